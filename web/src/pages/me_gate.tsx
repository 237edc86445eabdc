import { withWords } from '../language'
import { t } from '../text'
import { useLater } from '../ui/later'

/** The page of the person's own things on this device, whose code is fetched only here. */
export function MeGate() {
  const part = useLater(() => withWords('me', import('./me')))
  if (part !== null) return <part.MePage />
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <p class="soft">{t('me.loading')}</p>
    </main>
  )
}
