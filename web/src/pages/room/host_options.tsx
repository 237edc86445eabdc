import { useSignal } from '@preact/signals'
import { placeOf } from '../../state/floor'
import { isBelow } from '../../state/hearing'
import { joined } from '../../state/locale'
import type { Command } from '../../state/outbox'
import { t, timeOfDay } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Member, Role, Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import { RoleForm } from './role_form'
import { SendAway } from './send_away'
import type { RoomSession } from './session'
import { StepOutSheet } from './step_out'

/** What a host can do about one person: a sheet that says each effect in words. */
export function HostOptions({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const chosen = session.chosen.value
  const sheet = useSignal<'options' | 'away' | 'out'>('options')
  if (chosen === null) return null
  const close = () => {
    session.chosen.value = null
    sheet.value = 'options'
  }
  const member = room.members[chosen.member_id]
  const isOutside = room.guests.some((guest) => guest.member_id === chosen.member_id)
  if (sheet.value === 'away') {
    const from = member !== undefined ? 'seat' : isOutside ? 'door' : 'gone'
    // Where the person is when the question comes is where it is about; they may leave before the answer.
    return <SendAway key="away" session={session} person={member ?? chosen} from={from} onClose={close} />
  }
  if (member === undefined) {
    return (
      <Dialog key="gone" title={chosen.name} onClose={close}>
        <p>{t(isOutside ? 'person.outside' : 'refused.no_such_member')}</p>
        {session.may('keep_order') && (
          <button
            type="button"
            class="danger wide"
            onClick={() => {
              sheet.value = 'away'
            }}
          >
            {t('person.keep_away')}
          </button>
        )}
        <div class="row">
          <button type="button" onClick={close}>
            {t('host.close')}
          </button>
        </div>
      </Dialog>
    )
  }
  if (sheet.value === 'out')
    return <StepOutSheet key="out" session={session} member={member} onClose={close} />
  return (
    <OptionsSheet
      key="options"
      session={session}
      room={room}
      member={member}
      onClose={close}
      onAway={() => {
        sheet.value = 'away'
      }}
      onOut={() => {
        sheet.value = 'out'
      }}
    />
  )
}

interface OptionsProps {
  readonly session: RoomSession
  readonly room: Room
  readonly member: Member
  readonly onClose: () => void
  readonly onAway: () => void
  readonly onOut: () => void
}

function OptionsSheet({ session, room, member, onClose, onAway, onOut }: OptionsProps) {
  const problem = useSignal<string | null>(null)
  const { name, member_id } = member
  const self = session.self.value
  const isMuted = member.mutes.by_host
  const runsFloor = session.may('run_floor')
  const below = self !== null && isBelow(member, self)
  const keepsOrder = session.may('keep_order')
  const ask = async (command: Command) => {
    const refusal = await session.ask(command)
    problem.value = refusal === null ? null : refusalText(refusal.code, name)
    return refusal === null
  }
  const act = async (command: Command) => {
    if (await ask(command)) onClose()
  }
  const mute = async () => {
    if (!(await ask({ event: 'mute_member', payload: { member_id } }))) return
    onClose()
    session.undo.offer('undo.muted', name, () => [{ event: 'lift_mute', payload: { member_id } }])
  }
  const give = async (role: Role) => {
    // One that needs a second host is not given yet: the sheet stays, and says so.
    if ((await ask({ event: 'give_role', payload: { member_id, role } })) && !isWaiting(session, member_id))
      onClose()
  }
  return (
    <Dialog title={name} onClose={onClose}>
      <Known member={member} />
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {keepsOrder && (below || isMuted) && (
        <>
          <button
            type="button"
            class="main wide"
            onClick={() => void (isMuted ? act({ event: 'lift_mute', payload: { member_id } }) : mute())}
          >
            {t(isMuted ? 'host.lift' : 'host.mute')}
          </button>
          <p class="soft help">{t(isMuted ? 'host.lift_help' : 'host.mute_help', { name })}</p>
        </>
      )}
      {runsFloor && room.floor.share?.member_id !== member_id && (
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
      {runsFloor && placeOf(room.floor, member_id) > 0 && (
        <button
          type="button"
          class="wide"
          onClick={() => void act({ event: 'lower_hand', payload: { member_id } })}
        >
          {t('person.lower')}
        </button>
      )}
      {session.may('give_roles') && self !== null && below && (
        <RoleForm session={session} room={room} member={member} onGive={(role) => void give(role)} />
      )}
      {keepsOrder && below && (
        <>
          <button type="button" class="wide" onClick={onOut}>
            {t('person.out')}
          </button>
          <button type="button" class="danger wide" onClick={onAway}>
            {t('host.remove')}
          </button>
        </>
      )}
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

/** What only those who keep order are shown of a person. */
function Known({ member }: { readonly member: Member }) {
  const { is_new, was, probation_ms } = member
  return (
    <>
      {is_new && <p class="soft">{t('person.new')}</p>}
      {was.length > 0 && <p class="soft">{t('person.was', { names: joined(was) })}</p>}
      {probation_ms > Date.now() && (
        <p class="soft">{t('person.probation', { time: timeOfDay(probation_ms) })}</p>
      )}
    </>
  )
}

function isWaiting(session: RoomSession, memberId: number): boolean {
  return session.room.value?.proposals.some((one) => one.member_id === memberId) === true
}
