import type { FunctionComponent } from 'preact'
import { withWords } from '../language'
import type { Route } from '../route'
import { t } from '../text'
import { useLater } from '../ui/later'
import { loadKeys } from './load_keys'
import { loadMe } from './load_me'

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

/** For hosts, and the way to the page of operators: members never need them. */
const Hosts = () => <LaterPage load={loadHost} />

/** Pages that few people open, by what an address says. */
export const LATER: Partial<Record<Route['page'], FunctionComponent>> = {
  host: Hosts,
  operator: Hosts,
  keys: () => <LaterPage load={loadKeys} />,
  me: () => <LaterPage load={loadMe} />,
}
