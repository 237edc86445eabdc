import { t } from '../../text'
import { Question } from '../../ui/question'
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
  const { name, member_id } = member
  const send = async () => {
    const refusal = await session.ask({ event: 'step_out', payload: { member_id } })
    if (refusal !== null) return refusalText(refusal.code, name)
    session.undo.offer('undo.out', name, () => [{ event: 'admit_guest', payload: { member_id } }])
    return null
  }
  return (
    <Question
      title={t('out.title', { name })}
      yes={t('out.yes', { name })}
      no={t('host.cancel')}
      onYes={send}
      onClose={onClose}
    >
      <p>{t('out.words', { name })}</p>
    </Question>
  )
}
