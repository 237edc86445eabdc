import { t } from '../text'
import { useLater } from '../ui/later'
import { loadMe } from './load_me'

/** The page of the person's own things on this device, whose code is fetched only here. */
export function MeGate() {
  const part = useLater(loadMe)
  if (part !== null) return <part.MePage />
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <p class="soft">{t('me.loading')}</p>
    </main>
  )
}
