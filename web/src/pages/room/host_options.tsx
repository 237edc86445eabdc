import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { isBelow } from '../../state/hearing'
import type { Command } from '../../state/outbox'
import { type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { type Member, RANK, type Role, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
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

/** What a host can do about one person: a sheet that says each effect in words. */
export function HostOptions({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const chosen = session.chosen.value
  const isRemoving = useSignal(false)
  if (chosen === null) return null
  const close = () => {
    session.chosen.value = null
    isRemoving.value = false
  }
  const member = room.members[chosen.member_id]
  if (member === undefined) {
    return (
      <Dialog key="gone" title={chosen.name} onClose={close}>
        <p>{t('refused.no_such_member')}</p>
        <div class="row">
          <button type="button" onClick={close}>
            {t('host.close')}
          </button>
        </div>
      </Dialog>
    )
  }
  if (isRemoving.value) return <RemoveSheet key="remove" session={session} member={member} onClose={close} />
  return (
    <OptionsSheet
      key="options"
      session={session}
      room={room}
      member={member}
      onClose={close}
      onRemove={() => {
        isRemoving.value = true
      }}
    />
  )
}

interface SheetProps {
  readonly session: RoomSession
  readonly member: Member
  readonly onClose: () => void
}

function OptionsSheet({
  session,
  room,
  member,
  onClose,
  onRemove,
}: SheetProps & { readonly room: Room; readonly onRemove: () => void }) {
  const problem = useSignal<string | null>(null)
  const { name, member_id } = member
  const self = session.self.value
  const isMuted = member.mutes.by_host
  const hasFloor = room.floor.share?.member_id === member_id
  const below = self !== null && isBelow(member, self)
  const act = async (command: Command) => {
    const refusal = await session.ask(command)
    if (refusal === null) onClose()
    else problem.value = refusalText(refusal.code, name)
  }
  return (
    <Dialog title={name} onClose={onClose}>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {session.may('keep_order') && (below || isMuted) && (
        <>
          <button
            type="button"
            class="main wide"
            onClick={() => void act({ event: isMuted ? 'lift_mute' : 'mute_member', payload: { member_id } })}
          >
            {t(isMuted ? 'host.lift' : 'host.mute')}
          </button>
          <p class="soft help">{t(isMuted ? 'host.lift_help' : 'host.mute_help', { name })}</p>
        </>
      )}
      {session.may('run_floor') && !hasFloor && (
        <>
          <button
            type="button"
            class="wide"
            onClick={() => void act({ event: 'give_floor', payload: { member_id } })}
          >
            {t('host.call')}
          </button>
          <p class="soft help">{t('host.call_help', { name })}</p>
        </>
      )}
      {session.may('give_roles') && below && (
        <RoleForm
          member={member}
          self={self}
          onGive={(role) => void act({ event: 'give_role', payload: { member_id, role } })}
        />
      )}
      {session.may('keep_order') && below && (
        <button type="button" class="danger wide" onClick={onRemove}>
          {t('host.remove')}
        </button>
      )}
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

/** Trust somebody with a role below the own one; what it brings is said in words. */
function RoleForm({
  member,
  self,
  onGive,
}: {
  readonly member: Member
  readonly self: Member
  readonly onGive: (role: Role) => void
}) {
  const role = useSignal(member.role)
  const choices = (Object.keys(RANK) as Role[]).filter((one) => RANK[one] < RANK[self.role])
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
          {choices.map((one) => (
            <option key={one} value={one}>
              {t(`role.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <p class="soft help">{t(`role.help.${role.value}` as TextKey)}</p>
      <button type="submit" class="wide">
        {t('host.give_role')}
      </button>
    </form>
  )
}

function RemoveSheet({ session, member, onClose }: SheetProps) {
  const problem = useSignal<string | null>(null)
  const cancel = useRef<HTMLButtonElement>(null)
  const { name, member_id } = member
  // The harmless answer is the one that a hasty Enter gives.
  useEffect(() => cancel.current?.focus(), [])
  const remove = async () => {
    const refusal = await session.ask({ event: 'remove_member', payload: { member_id } })
    if (refusal === null) onClose()
    else problem.value = refusalText(refusal.code, name)
  }
  return (
    <Dialog title={t('host.remove_title', { name })} onClose={onClose}>
      <p>{t('host.remove_words', { name })}</p>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <div class="row">
        <button ref={cancel} type="button" onClick={onClose}>
          {t('host.cancel')}
        </button>
        <button type="button" class="danger" onClick={() => void remove()}>
          {t('host.remove_yes', { name })}
        </button>
      </div>
    </Dialog>
  )
}
