import { useSignal } from '@preact/signals'
import { t } from '../text'
import { useLater } from '../ui/later'
import { loadMe } from './load_me'

/** The check of sound and microphone, folded away: nobody has to. Folding it again lets go of the microphone. */
export function CheckFold() {
  const isOpen = useSignal(false)
  const part = useLater(loadMe, isOpen.value)
  return (
    <details
      class="fold"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open
      }}
    >
      <summary>{t('join.test')}</summary>
      <h2 class="unseen">{t('join.test')}</h2>
      {isOpen.value && (part === null ? <p class="soft">{t('me.loading')}</p> : <part.SoundCheck />)}
    </details>
  )
}
