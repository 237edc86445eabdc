import { isBelow } from '../../state/hearing'
import { t } from '../../text'
import type { Member } from '../../wire.gen'
import type { RoomSession } from './session'

/** Whether there is anything that the own role may do about this member. */
export function trust(session: RoomSession, member: Member): boolean {
  const self = session.self.value
  if (self === null || self.member_id === member.member_id) return false
  if (session.may('run_floor')) return true
  return session.may('keep_order') && isBelow(member, self)
}

/** The button beside a person that opens the host's sheet. */
export function OptionsButton({
  session,
  member,
}: {
  readonly session: RoomSession
  readonly member: Member
}) {
  return (
    <button
      type="button"
      class="quiet options"
      id={`options-${member.member_id}`}
      aria-haspopup="dialog"
      aria-label={t('people.options_for', { name: member.name })}
      onClick={() => {
        session.chosen.value = member
      }}
    >
      {t('people.options')}
    </button>
  )
}
