import { initial, sharing } from '../../state/people'
import { t } from '../../text'
import type { Member, Room } from '../../wire.gen'
import { OptionsButton } from './host_options'
import type { RoomSession } from './session'

/** Who has the microphone on; whoever is audible right now is lit, in step with the sound. */
export function Stage({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const speakers = sharing(room)
  return (
    <section class="stage card" aria-labelledby="sharing-now">
      <h2 id="sharing-now">{t('room.sharing')}</h2>
      {speakers.length === 0 ? (
        <p class="soft quiet-room">{t('room.nobody_sharing')}</p>
      ) : (
        <ul class="speakers">
          {speakers.map((member) => (
            <Speaker key={member.member_id} session={session} member={member} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Speaker({ session, member }: { readonly session: RoomSession; readonly member: Member }) {
  const isAudible = session.audible.value.has(member.member_id)
  const isSelf = member.member_id === session.me.value
  const isAway = member.stranded_ms !== 0
  const state = isAway ? 'away' : isAudible ? 'speaking' : 'silent'
  return (
    <li class="speaker" data-state={state}>
      <span class="face" aria-hidden="true">
        {initial(member.name)}
      </span>
      <span class="name">{member.name}</span>
      <span class="doing">
        {t(isAway ? 'people.reconnecting' : isAudible ? 'people.speaking' : 'people.mic_on')}
      </span>
      <span class="marks">
        {isSelf && <span class="mark">{t('people.you')}</span>}
        {member.role === 'host' && <span class="mark">{t('people.host')}</span>}
      </span>
      {session.isHost.value && !isSelf && <OptionsButton session={session} member={member} />}
    </li>
  )
}
