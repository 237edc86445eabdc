import { useSignal } from '@preact/signals'
import { t } from '../../text'
import type { Reading as Text } from '../../wire.gen'

/** How much larger than other words; which one is kept on the device. */
const SIZES = [1, 1.2, 1.45, 1.75, 2.1] as const
const KEY = 'reading-size'

/** What is read out just now, for everybody to read along. */
export function Reading({ reading }: { readonly reading: Text }) {
  const size = useSignal(recallSize())
  const isFolded = useSignal(false)
  const change = (by: number) => {
    size.value = Math.min(Math.max(size.value + by, 0), SIZES.length - 1)
    keepSize(size.value)
  }
  return (
    <section class="reading card" aria-labelledby="reading-title">
      <h2 id="reading-title">{reading.title === '' ? t('reading.title') : reading.title}</h2>
      <div class="row">
        <button type="button" aria-disabled={size.value === 0} onClick={() => change(-1)}>
          {t('reading.smaller')}
        </button>
        <button type="button" aria-disabled={size.value === SIZES.length - 1} onClick={() => change(1)}>
          {t('reading.larger')}
        </button>
        <button
          type="button"
          class="quiet"
          aria-expanded={!isFolded.value}
          onClick={() => {
            isFolded.value = !isFolded.value
          }}
        >
          {t(isFolded.value ? 'reading.show' : 'reading.fold')}
        </button>
      </div>
      {!isFolded.value && (
        <p class="words" dir="auto" style={{ fontSize: `${SIZES[size.value] ?? 1}rem` }}>
          {reading.text}
        </p>
      )}
    </section>
  )
}

function recallSize(): number {
  try {
    const kept = Number(localStorage.getItem(KEY) ?? 0)
    return Number.isInteger(kept) && kept >= 0 && kept < SIZES.length ? kept : 0
  } catch {
    return 0
  }
}

function keepSize(size: number): void {
  try {
    if (size === 0) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, String(size))
  } catch {
    // Without storage the size lives as long as the card.
  }
}
