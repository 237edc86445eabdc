import { t } from '../../text'
import { changeWordsSize, WORDS_SIZES, wordsSize } from '../../words_size'

/** Three buttons for the size of what is read along: smaller, as usual, larger. */
export function WordsSize() {
  const size = wordsSize.value
  const isSmallest = size === 0
  const isLargest = size === WORDS_SIZES.length - 1
  return (
    <fieldset class="words-size">
      <legend class="unseen">{t('reading.size')}</legend>
      <button type="button" aria-disabled={isSmallest} onClick={() => changeWordsSize(-1)}>
        <span aria-hidden="true">A−</span>
        <span class="unseen">{t('reading.smaller')}</span>
      </button>
      <button type="button" aria-pressed={isSmallest} onClick={() => changeWordsSize(0)}>
        <span aria-hidden="true">A</span>
        <span class="unseen">{t('reading.usual')}</span>
      </button>
      <button type="button" aria-disabled={isLargest} onClick={() => changeWordsSize(1)}>
        <span aria-hidden="true" class="large">
          A+
        </span>
        <span class="unseen">{t('reading.larger')}</span>
      </button>
    </fieldset>
  )
}
