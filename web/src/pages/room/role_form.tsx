import { useSignal } from '@preact/signals'
import { may } from '../../state/hearing'
import { type TextKey, t } from '../../text'
import { type Member, RANK, type Role, type Room } from '../../wire.gen'
import { openProposals } from './proposals'
import type { RoomSession } from './session'

interface RoleFormProps {
  readonly session: RoomSession
  readonly room: Room
  readonly member: Member
  readonly onGive: (role: Role) => void
}

/** Trust somebody with a role; what it brings is said in words, and which ones need a second host. */
export function RoleForm({ session, room, member, onGive }: RoleFormProps) {
  const role = useSignal(member.role)
  const waiting = openProposals(room, session.turn.now_ms.value).find(
    (one) => one.member_id === member.member_id,
  )
  const needsSecond = may(role.value, 'give_roles')
  return (
    <form
      class="role-form"
      onSubmit={(event) => {
        event.preventDefault()
        onGive(role.value)
      }}
    >
      <label class="field">
        <span>{t('host.role')}</span>
        <select
          value={role.value}
          onChange={(event) => {
            role.value = event.currentTarget.value as Role
          }}
        >
          {(Object.keys(RANK) as Role[]).map((one) => (
            <option key={one} value={one}>
              {t(`role.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <p class="soft help">{t(`role.help.${role.value}` as TextKey)}</p>
      {needsSecond && <p class="soft help">{t('person.role_second')}</p>}
      <div role="status">
        {waiting !== undefined && (
          <p class="note calm">
            {t('person.waiting', { name: member.name, role: t(`role.${waiting.role}`) })}
          </p>
        )}
      </div>
      <button type="submit" class="wide">
        {t('host.give_role')}
      </button>
    </form>
  )
}
