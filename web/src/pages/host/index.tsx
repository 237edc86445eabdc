// What the chunk of hosts gives to the rest of the page.
import '../../styles/host.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Me } from '../../host.gen'
import { withWords } from '../../language'
import { enrolment, forgetEnrolment, route } from '../../route'
import { t } from '../../text'
import { useLater } from '../../ui/later'
import { PageTitle } from '../../ui/page_title'
import { Account } from './account'
import { ask, type Problem } from './api'
import { Codes } from './codes'
import { Enrol } from './enrol'
import { SignIn } from './sign_in'
import { th } from './words'

type State =
  | { readonly is: 'loading' }
  | { readonly is: 'out'; readonly problem: Problem | null; readonly hasLeft: boolean }
  | { readonly is: 'enrolling'; readonly secret: string }
  | { readonly is: 'codes'; readonly codes: readonly string[] }
  | { readonly is: 'in'; readonly me: Me }

const loadOperator = () => withWords('operator', import('../operator'))

/** The page of hosts, or of operators. */
export function Page() {
  return route.value.page === 'operator' ? <Operator /> : <Host />
}

function Operator() {
  const part = useLater(loadOperator)
  if (part !== null) return <part.Page />
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <p class="soft">{t('me.loading')}</p>
    </main>
  )
}

/** The page of hosts: who they are, and where they serve. */
function Host() {
  const state = useSignal<State>({ is: 'loading' })
  const secret = enrolment.value
  const look = async () => {
    const me = await ask('me', {}, 'me')
    if (typeof me !== 'string') state.value = { is: 'in', me }
    else state.value = { is: 'out', problem: me === 'not_signed_in' ? null : me, hasLeft: false }
  }
  useEffect(() => {
    if (secret === '') void look()
    else state.value = { is: 'enrolling', secret }
  }, [secret])
  // Whoever comes back from a group may have given it a room, or another name.
  const group = route.value.page === 'host' ? route.value.group : ''
  useEffect(() => {
    if (group === '' && state.value.is === 'in') void look()
  }, [group])
  const onCodes = (codes: readonly string[]) => {
    state.value = { is: 'codes', codes }
  }
  const at = state.value
  switch (at.is) {
    case 'loading':
      return (
        <main id="main" class="join" tabIndex={-1}>
          <div class="card">
            <PageTitle>{th('in.title')}</PageTitle>
            <p class="soft">{th('loading')}</p>
          </div>
        </main>
      )
    case 'out':
      return <SignIn key="out" problem={at.problem} hasLeft={at.hasLeft} onSignedIn={() => void look()} />
    case 'enrolling':
      return <Enrol key={at.secret} secret={at.secret} onCodes={onCodes} />
    case 'codes':
      return (
        <Codes
          codes={at.codes}
          onKept={() => {
            if (secret === '') void look()
            else forgetEnrolment()
          }}
        />
      )
    case 'in':
      return group !== '' ? (
        <Group
          key={group}
          slug={group}
          account_id={at.me.account_id}
          onOut={() => {
            state.value = { is: 'out', problem: 'not_signed_in', hasLeft: false }
          }}
        />
      ) : (
        <Account
          me={at.me}
          onChanged={() => void look()}
          onCodes={onCodes}
          onOut={(problem) => {
            state.value = { is: 'out', problem, hasLeft: problem === null }
          }}
        />
      )
  }
}

interface GroupProps {
  readonly slug: string
  readonly account_id: string
  readonly onOut: () => void
}

/** A group's own page, whose code is fetched only by those who open it. */
function Group(props: GroupProps) {
  const part = useLater(() => withWords('group', import('../group')))
  if (part !== null) return <part.GroupPage {...props} />
  return (
    <main id="main" class="lobby host" tabIndex={-1}>
      <p class="soft">{th('group.loading')}</p>
    </main>
  )
}
