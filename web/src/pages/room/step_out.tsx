import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Member } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

interface StepOutProps {
  readonly session: RoomSession
  readonly member: Member
  readonly onClose: () => void
}

/** The question before somebody is sent back to the door. */
export function StepOutSheet({ session, member, onClose }: StepOutProps) {
  const problem = useSignal<string | null>(null)
  const cancel = useRef<HTMLButtonElement>(null)
  const { name, member_id } = member
  useEffect(() => cancel.current?.focus(), [])
  const send = async () => {
    const refusal = await session.ask({ event: 'step_out', payload: { member_id } })
    if (refusal !== null) {
      problem.value = refusalText(refusal.code, name)
      return
    }
    onClose()
    session.undo.offer('undo.out', name, () => [{ event: 'admit_guest', payload: { member_id } }])
  }
  return (
    <Dialog title={t('out.title', { name })} onClose={onClose}>
      <p>{t('out.words', { name })}</p>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <div class="row">
        <button ref={cancel} type="button" onClick={onClose}>
          {t('host.cancel')}
        </button>
        <button type="button" class="danger" onClick={() => void send()}>
          {t('out.yes', { name })}
        </button>
      </div>
    </Dialog>
  )
}
