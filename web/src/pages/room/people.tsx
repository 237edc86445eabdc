import { useSignal } from '@preact/signals'
import { joined } from '../../state/locale'
import { initial, isBlocked, listening } from '../../state/people'
import { t, tCount } from '../../text'
import type { Member, Room } from '../../wire.gen'
import { OptionsButton, trust } from './options_button'
import { PersonName } from './person_name'
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
    <section class="listening" aria-labelledby="listening-now" aria-keyshortcuts="P">
      <div class="row spread">
        <h2 id="listening-now">{tCount('room.listening', people.length)}</h2>
        <button
          type="button"
          class="quiet"
          aria-haspopup="dialog"
          onClick={() => {
            session.sheets.more.value = 'rename'
          }}
        >
          {t('people.change_name')}
        </button>
      </div>
      <Apart session={session} room={room} />
      <ul class="people">
        {shown.map((member) => (
          <Person key={member.member_id} session={session} room={room} member={member} />
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

/** The ways to private words, and to those whom the person keeps apart from. */
function Apart({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { letters, sheets } = session
  const blocked = room.blocks.filter((block) => block.until_seq === 0).length
  const unseen = letters.unseen.value.length
  if (!room.rules.has_private && blocked === 0) return null
  return (
    <div class="row">
      {room.rules.has_private && (
        <button
          type="button"
          id="letters-button"
          aria-expanded={sheets.areLettersOpen.value}
          onClick={() => {
            sheets.areLettersOpen.value = !sheets.areLettersOpen.value
          }}
        >
          {t('letters.title')}
          {unseen > 0 && <span class="mark">{tCount('letters.unseen', unseen)}</span>}
        </button>
      )}
      {blocked > 0 && (
        <button
          type="button"
          class="quiet"
          aria-haspopup="dialog"
          onClick={() => {
            sheets.isBlockedOpen.value = true
          }}
        >
          {tCount('block.count', blocked)}
        </button>
      )}
    </div>
  )
}

interface PersonProps {
  readonly session: RoomSession
  readonly room: Room
  readonly member: Member
}

function Person({ session, room, member }: PersonProps) {
  const isSelf = member.member_id === session.me.value
  const marks = [
    isSelf ? t('people.you') : null,
    member.role !== 'member' ? t(`role.${member.role}`) : null,
    member.is_new && !isSelf ? t('people.new') : null,
    member.mutes.by_host ? t('people.muted_by_host') : null,
    isBlocked(room, member.member_id) ? t('block.mark') : null,
    member.stranded_ms !== 0 ? t('people.reconnecting') : null,
  ].filter((mark) => mark !== null)
  return (
    <li class="person" data-state={member.stranded_ms === 0 ? 'here' : 'away'}>
      <span class="face small" aria-hidden="true">
        {initial(member.name)}
      </span>
      <span class="who">
        <PersonName session={session} about={member} where="people" />
        {marks.length > 0 && <span class="soft with">{joined(marks)}</span>}
      </span>
      {trust(session, member) && <OptionsButton session={session} member={member} />}
    </li>
  )
}
