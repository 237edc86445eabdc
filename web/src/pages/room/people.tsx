import { useSignal } from '@preact/signals'
import { initial, listening } from '../../state/people'
import { t, tCount } from '../../text'
import type { Member, Room } from '../../wire.gen'
import { OptionsButton, trust } from './options_button'
import { Rename } from './rename'
import type { RoomSession } from './session'

/** A large room is folded, so that a phone need not draw it whole. */
const FOLDED = 24

/** Everybody whose microphone is off. */
export function People({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const isUnfolded = useSignal(false)
  const people = listening(room, session.me.value)
  const shown = isUnfolded.value ? people : people.slice(0, FOLDED)
  const isAlone = Object.keys(room.members).length === 1
  return (
    <section class="listening" aria-labelledby="listening-now">
      <div class="row spread">
        <h2 id="listening-now">{tCount('room.listening', people.length)}</h2>
        <Rename session={session} />
      </div>
      <ul class="people">
        {shown.map((member) => (
          <Person key={member.member_id} session={session} member={member} />
        ))}
      </ul>
      {isAlone && <p class="soft">{t('room.nobody_else')}</p>}
      {people.length > FOLDED && (
        <button
          type="button"
          aria-expanded={isUnfolded.value}
          onClick={() => {
            isUnfolded.value = !isUnfolded.value
          }}
        >
          {isUnfolded.value ? t('room.show_fewer') : tCount('room.show_all', people.length - FOLDED)}
        </button>
      )}
    </section>
  )
}

function Person({ session, member }: { readonly session: RoomSession; readonly member: Member }) {
  const isSelf = member.member_id === session.me.value
  const marks = [
    isSelf ? t('people.you') : null,
    member.role !== 'member' ? t(`role.${member.role}`) : null,
    member.mutes.by_host ? t('people.muted_by_host') : null,
    member.stranded_ms !== 0 ? t('people.reconnecting') : null,
  ].filter((mark) => mark !== null)
  return (
    <li class="person" data-state={member.stranded_ms === 0 ? 'here' : 'away'}>
      <span class="face small" aria-hidden="true">
        {initial(member.name)}
      </span>
      <span class="who">
        <span class="name">{member.name}</span>
        {marks.length > 0 && <span class="soft with">{marks.join(', ')}</span>}
      </span>
      {trust(session, member) && <OptionsButton session={session} member={member} />}
    </li>
  )
}
