import KeyRound from 'icon:key-round'
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { PasskeyLine } from '../../host.gen'
import { Dialog } from '../../ui/dialog'
import { ask, type Problem } from './api'
import { LabelField, usualLabel } from './parts'
import { makePasskey } from './passkeys'
import { dayOf, th } from './words'

interface PasskeyListProps {
  readonly passkeys: readonly PasskeyLine[]
  readonly onChanged: () => void
  readonly onProblem: (problem: Problem | null) => void
}

/** The account's passkeys: one more, or one less. */
export function PasskeyList({ passkeys, onChanged, onProblem }: PasskeyListProps) {
  const asked = useSignal<PasskeyLine | null>(null)
  const told = useSignal('')
  const titleId = useId()
  const remove = async (passkey: PasskeyLine) => {
    asked.value = null
    told.value = ''
    onProblem(null)
    const done = await ask('passkeys/remove', { credential_id: passkey.credential_id }, 'done')
    if (typeof done === 'string') return onProblem(done)
    told.value = th('me.removed')
    onChanged()
  }
  return (
    <section class="card keys" aria-labelledby={titleId}>
      <h2 id={titleId}>{th('me.passkeys')}</h2>
      <p class="soft">{th(passkeys.length === 0 ? 'me.no_passkey' : 'me.passkeys_lead')}</p>
      {passkeys.length > 0 && (
        <ul>
          {passkeys.map((passkey) => (
            <li key={passkey.credential_id} class="row spread">
              <span>
                <span class="strong">{labelOf(passkey)}</span>{' '}
                <span class="soft help">{th('me.made', { day: dayOf(passkey.made_ms) })}</span>
              </span>
              <button
                type="button"
                aria-label={th('me.remove_named', { label: labelOf(passkey) })}
                aria-haspopup="dialog"
                onClick={() => {
                  asked.value = passkey
                }}
              >
                {th('me.remove')}
              </button>
            </li>
          ))}
        </ul>
      )}
      <AddForm
        onAdded={() => {
          told.value = th('me.added')
          onChanged()
        }}
        onProblem={onProblem}
      />
      <p role="status" class="soft help">
        {told.value}
      </p>
      {asked.value !== null && (
        <RemoveDialog
          passkey={asked.value}
          onYes={(passkey) => void remove(passkey)}
          onNo={() => {
            asked.value = null
          }}
        />
      )}
    </section>
  )
}

interface RemoveDialogProps {
  readonly passkey: PasskeyLine
  readonly onYes: (passkey: PasskeyLine) => void
  readonly onNo: () => void
}

function RemoveDialog({ passkey, onYes, onNo }: RemoveDialogProps) {
  return (
    <Dialog title={th('me.remove_sure', { label: labelOf(passkey) })} onClose={onNo}>
      <p>{th('me.remove_words')}</p>
      <div class="row">
        <button type="button" class="danger" onClick={() => onYes(passkey)}>
          {th('me.remove_yes')}
        </button>
        <button type="button" onClick={onNo}>
          {th('me.remove_no')}
        </button>
      </div>
    </Dialog>
  )
}

interface AddFormProps {
  readonly onAdded: () => void
  readonly onProblem: (problem: Problem | null) => void
}

function AddForm({ onAdded, onProblem }: AddFormProps) {
  const label = useSignal(usualLabel())
  const isWaiting = useSignal(false)
  const add = async () => {
    if (isWaiting.value) return
    isWaiting.value = true
    onProblem(null)
    const refused = await addPasskey(label.value)
    isWaiting.value = false
    if (refused === null) onAdded()
    else onProblem(refused)
  }
  return (
    <details>
      <summary>{th('me.add')}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <LabelField
          label={label.value}
          onLabel={(text) => {
            label.value = text
          }}
        />
        <button type="submit" class="main wide" aria-disabled={isWaiting.value}>
          <KeyRound />
          {th(isWaiting.value ? 'enrol.waiting' : 'enrol.make')}
        </button>
      </form>
    </details>
  )
}

async function addPasskey(label: string): Promise<Problem | null> {
  const asked = await ask('passkeys/begin', {}, 'make_passkey')
  if (typeof asked === 'string') return asked
  const credential = await makePasskey(asked)
  if (typeof credential === 'string') return credential
  const done = await ask('passkeys/finish', { challenge: asked.challenge, label, credential }, 'done')
  return typeof done === 'string' ? done : null
}

function labelOf(passkey: PasskeyLine): string {
  return passkey.label || th('me.unnamed')
}
