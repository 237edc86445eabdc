import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import { withWords } from '../language'
import { t } from '../text'

/** The page of hosts, whose code is fetched only here: members never need it. */
export function HostGate() {
  const view = useSignal<FunctionComponent | null>(null)
  const hasFailed = useSignal(false)
  useEffect(() => {
    withWords('host', import('./host')).then(
      ({ HostPage }) => {
        view.value = HostPage
      },
      () => {
        hasFailed.value = true
      },
    )
  }, [])
  const View = view.value
  if (View !== null) return <View />
  return (
    <main id="main" class="join" tabIndex={-1}>
      {hasFailed.value && (
        <div class="card">
          <p>{t('error.words')}</p>
          <button type="button" class="main" onClick={() => location.reload()}>
            {t('error.again')}
          </button>
        </div>
      )}
    </main>
  )
}
