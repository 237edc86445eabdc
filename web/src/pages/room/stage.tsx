import { useLayoutEffect, useRef } from 'preact/hooks'
import { isHeard } from '../../state/hearing'
import { isOfSheet } from '../../state/next_action'
import { holder, initial, isBlocked, sharing } from '../../state/people'
import { clockTime, type TextKey, t } from '../../text'
import { type Member, type Room, SHARE_TEXT_MAX_CHARS, type Share } from '../../wire.gen'
import { OptionsButton, trust } from './options_button'
import { PersonName } from './person_name'
import type { RoomSession } from './session'

const HOW: Readonly<Record<Room['floor']['mode'], TextKey | null>> = {
  open: null,
  hands: 'floor.hands_how',
  round: 'floor.round_how',
  listen: 'floor.listen_how',
}

/** Whose turn it is and who else is heard; whoever is audible right now is lit, in step with the sound. */
export function Stage({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { share, mode } = room.floor
  const holding = holder(room)
  const others = sharing(room)
  const how = room.order.is_frozen || session.turn.isMine.value ? null : HOW[mode]
  return (
    <section class="stage card" aria-labelledby="sharing-now">
      <h2 id="sharing-now">{t(session.turn.isMine.value ? 'floor.yours' : 'room.sharing')}</h2>
      {holding === null && others.length === 0 && <p class="soft quiet-room">{t('room.nobody_sharing')}</p>}
      {(holding !== null || others.length > 0) && (
        <ul class="speakers">
          {holding !== null && share !== null && (
            <Speaker key={holding.member_id} session={session} room={room} member={holding} share={share} />
          )}
          {others.map((member) => (
            <Speaker key={member.member_id} session={session} room={room} member={member} share={null} />
          ))}
        </ul>
      )}
      {holding !== null &&
        share !== null &&
        !isBlocked(room, share.member_id) &&
        !session.turn.isMine.value &&
        share.text !== '' && (
          <figure class="written">
            <figcaption class="soft">{t('floor.text_of', { name: holding.name })}</figcaption>
            <p dir="auto">{share.text}</p>
          </figure>
        )}
      {session.turn.isMine.value && !session.turn.isCalled.value && (
        <OwnShare session={session} room={room} />
      )}
      {how !== null && <p class="soft how">{t(how)}</p>}
    </section>
  )
}

interface SpeakerProps {
  readonly session: RoomSession
  readonly room: Room
  readonly member: Member
  /** The turn that the member has, or null where there is none. */
  readonly share: Share | null
}

function Speaker({ session, room, member, share }: SpeakerProps) {
  // A voice's last packets may still be on their way out of the loudspeaker.
  const isApart = isBlocked(room, member.member_id)
  const isAudible = !isApart && isHeard(room, member) && session.audible.value.has(member.member_id)
  const isSelf = member.member_id === session.me.value
  const state = member.stranded_ms !== 0 ? 'away' : isAudible ? 'speaking' : 'silent'
  return (
    <li class={`speaker${share === null ? '' : ' holder'}`} data-state={state}>
      <span class="face" aria-hidden="true">
        {initial(member.name)}
      </span>
      <PersonName session={session} about={member} where="stage" />
      <span class="doing">{t(doing(state, member, share))}</span>
      {share !== null && <Timer session={session} isSelf={isSelf} />}
      <span class="marks">
        {isSelf && <span class="mark">{t('people.you')}</span>}
        {isApart && <span class="mark">{t('block.mark')}</span>}
        {member.role !== 'member' && <span class="mark">{t(`role.${member.role}`)}</span>}
        {share !== null && share.lane !== 'share' && <span class="mark">{t(`lane.${share.lane}`)}</span>}
      </span>
      {trust(session, member) && <OptionsButton session={session} member={member} />}
    </li>
  )
}

function doing(state: 'away' | 'speaking' | 'silent', member: Member, share: Share | null): TextKey {
  if (state === 'away') return 'people.reconnecting'
  if (state === 'speaking') return 'people.speaking'
  if (!member.mutes.by_self) return 'people.mic_on'
  return share !== null && share.text !== '' ? 'floor.writing' : 'floor.about_to'
}

/** How long the share may still take. Nobody but the speaker and those who keep time is told of its end. */
function Timer({ session, isSelf }: { readonly session: RoomSession; readonly isSelf: boolean }) {
  const time = session.turn.time.value
  const limit_ms = session.room.value?.floor.share?.limit_ms ?? 0
  if (time === null) return null
  const isOver = limit_ms === 0 || time.phase === 'over'
  return (
    <span
      class="timer"
      role="timer"
      aria-label={t('floor.timer')}
      data-phase={isSelf ? time.phase : 'running'}
    >
      {isOver
        ? t('floor.spent', { time: clockTime(time.spent_ms) })
        : t('floor.left', { time: clockTime(time.left_ms) })}
    </span>
  )
}

/** What whoever has the floor can do: come to an end, or share in writing. */
function OwnShare({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const { turn } = session
  // To a host who reads what the run-sheet has, its next step is the way on.
  const isLed = session.may('run_floor') && isOfSheet(room)
  const phase = turn.time.value?.phase ?? 'running'
  const isWriting = turn.isWriting.value || turn.draft.value !== ''
  return (
    <div class="own-share">
      {phase !== 'running' && <p class="note warm">{t(`floor.${phase}`)}</p>}
      {isWriting && <WrittenShare session={session} />}
      <div class="row">
        <button type="button" class={isLed ? '' : 'main big'} onClick={() => void turn.end(false)}>
          {t('floor.done')}
        </button>
        {!isWriting && (
          <button type="button" onClick={() => turn.startWriting()}>
            {t('floor.write')}
          </button>
        )}
      </div>
    </div>
  )
}

function WrittenShare({ session }: { readonly session: RoomSession }) {
  const { turn } = session
  const field = useRef<HTMLTextAreaElement>(null)
  // The person asked to write; a text that was there before (after a reload) takes no focus. Within the
  // press: a letter typed before the next frame must not fall beside the field.
  useLayoutEffect(() => {
    if (turn.isWriting.value) field.current?.focus()
  }, [])
  return (
    <label class="field">
      <span>{t('turn.write_label')}</span>
      <textarea
        ref={field}
        rows={5}
        dir="auto"
        maxLength={SHARE_TEXT_MAX_CHARS}
        aria-describedby="write-help"
        value={turn.draft.value}
        onInput={(event) => turn.write(event.currentTarget.value)}
      />
      <span id="write-help" class="soft help">
        {t('turn.write_help')}
      </span>
    </label>
  )
}
