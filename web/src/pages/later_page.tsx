import type { FunctionComponent } from 'preact'
import { withWords } from '../language'
import { t } from '../text'
import { useLater } from '../ui/later'
import { loadKeys } from './load_keys'
import { loadMe } from './load_me'

const loadOperator = () => withWords('operator', import('./operator'))
const loadHost = () => withWords('host', import('./host'))

/** A page whose code is fetched only where it is opened. */
function LaterPage({ load }: { readonly load: () => Promise<{ readonly Page: FunctionComponent }> }) {
  const part = useLater(load)
  if (part !== null) return <part.Page />
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <p class="soft">{t('me.loading')}</p>
    </main>
  )
}

/** The page of hosts: members never need it. */
export const HostGate = () => <LaterPage load={loadHost} />

/** The page of operators. */
export const OperatorGate = () => <LaterPage load={loadOperator} />

/** The page with the list of keys. */
export const KeysGate = () => <LaterPage load={loadKeys} />

/** The page of the person's own things on this device. */
export const MeGate = () => <LaterPage load={loadMe} />
