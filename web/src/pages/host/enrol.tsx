import KeyRound from 'icon:key-round'
import { useSignal } from '@preact/signals'
import { PageTitle } from '../../ui/page_title'
import { ask, type Problem } from './api'
import { LabelField, ProblemNote, usualLabel } from './parts'
import { hasPasskeys, makePasskey } from './passkeys'
import { th } from './words'

interface EnrolProps {
  /** The secret of the link. */
  readonly secret: string
  readonly onCodes: (codes: readonly string[]) => void
}

/** A new host makes the first passkey. */
export function Enrol({ secret, onCodes }: EnrolProps) {
  const label = useSignal(usualLabel())
  const problem = useSignal<Problem | null>(hasPasskeys() ? null : 'no_passkeys_here')
  const isWaiting = useSignal(false)
  const make = async () => {
    if (isWaiting.value) return
    isWaiting.value = true
    problem.value = null
    const codes = await enrol(secret, label.value)
    isWaiting.value = false
    if (typeof codes === 'string') problem.value = codes
    else onCodes(codes)
  }
  return (
    <main id="main" class="join host" tabIndex={-1}>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <PageTitle>{th('enrol.title')}</PageTitle>
        <p>{th('enrol.lead')}</p>
        <p class="soft">{th('enrol.how')}</p>
        <LabelField
          label={label.value}
          onLabel={(text) => {
            label.value = text
          }}
        />
        <ProblemNote problem={problem.value} />
        <button type="submit" class="main wide big" aria-disabled={isWaiting.value}>
          <KeyRound />
          {th(isWaiting.value ? 'enrol.waiting' : 'enrol.make')}
        </button>
      </form>
    </main>
  )
}

async function enrol(secret: string, label: string): Promise<readonly string[] | Problem> {
  const asked = await ask('enrol/begin', { secret }, 'make_passkey')
  if (typeof asked === 'string') return asked
  const credential = await makePasskey(asked)
  if (typeof credential === 'string') return credential
  const { challenge } = asked
  const made = await ask('enrol/finish', { secret, challenge, label, credential }, 'codes_made')
  return typeof made === 'string' ? made : made.codes
}
