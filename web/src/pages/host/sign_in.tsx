import KeyRound from 'icon:key-round'
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { followLink } from '../../route'
import { PageTitle } from '../../ui/page_title'
import { ask, type Problem } from './api'
import { ProblemNote } from './parts'
import { hasPasskeys, takePasskey } from './passkeys'
import { th } from './words'

interface SignInProps {
  /** What there is to say first: why somebody is here again. */
  readonly problem: Problem | null
  readonly hasLeft: boolean
  readonly onSignedIn: () => void
}

/** The two ways in: a passkey, or a recovery code. */
export function SignIn({ problem: first, hasLeft, onSignedIn }: SignInProps) {
  const problem = useSignal<Problem | null>(first ?? (hasPasskeys() ? null : 'no_passkeys_here'))
  const isWaiting = useSignal(false)
  const goThrough = async (act: () => Promise<Problem | null>) => {
    if (isWaiting.value) return
    isWaiting.value = true
    problem.value = null
    const refused = await act()
    isWaiting.value = false
    problem.value = refused
    if (refused === null) onSignedIn()
  }
  return (
    <main id="main" class="join host" tabIndex={-1}>
      <div class="card">
        <PageTitle>{th('in.title')}</PageTitle>
        {hasLeft && first === null && <p role="status">{th('me.is_out')}</p>}
        <p>{th('in.lead')}</p>
        <ProblemNote problem={problem.value} />
        <button
          type="button"
          class="main wide big"
          aria-disabled={isWaiting.value}
          onClick={() => void goThrough(signIn)}
        >
          <KeyRound />
          {th(isWaiting.value ? 'in.waiting' : 'in.passkey')}
        </button>
        <details>
          <summary>{th('in.lost')}</summary>
          <RecoverForm onCode={(code) => void goThrough(() => recover(code))} />
        </details>
      </div>
      <p class="beside">
        <a href="/" onClick={followLink}>
          {th('in.lobby')}
        </a>
      </p>
    </main>
  )
}

function RecoverForm({ onCode }: { readonly onCode: (code: string) => void }) {
  const code = useSignal('')
  const helpId = useId()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (code.value.trim() !== '') onCode(code.value)
      }}
    >
      <label class="field">
        <span>{th('in.code')}</span>
        <input
          type="text"
          name="code"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={60}
          value={code.value}
          aria-describedby={helpId}
          onInput={(event) => {
            code.value = event.currentTarget.value
          }}
        />
      </label>
      <p id={helpId} class="soft help">
        {th('in.code_help')}
      </p>
      <button type="submit" class="wide">
        {th('in.recover')}
      </button>
      <p class="soft help">{th('in.nothing')}</p>
    </form>
  )
}

async function signIn(): Promise<Problem | null> {
  const asked = await ask('sign_in/begin', {}, 'use_passkey')
  if (typeof asked === 'string') return asked
  const credential = await takePasskey(asked)
  if (typeof credential === 'string') return credential
  const done = await ask('sign_in/finish', { challenge: asked.challenge, credential }, 'done')
  return typeof done === 'string' ? done : null
}

async function recover(code: string): Promise<Problem | null> {
  const done = await ask('recover', { code }, 'done')
  return typeof done === 'string' ? done : null
}
