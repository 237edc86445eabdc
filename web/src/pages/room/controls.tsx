import Ellipsis from 'icon:ellipsis'
import Hand from 'icon:hand'
import LogOut from 'icon:log-out'
import MessageCircle from 'icon:message-circle'
import Mic from 'icon:mic'
import MicOff from 'icon:mic-off'
import type { RefObject, TargetedKeyboardEvent, TargetedMouseEvent, TargetedPointerEvent } from 'preact'
import { settings } from '../../settings'
import { type Closed, mayRaise, placeOf } from '../../state/floor'
import { type TextKey, t, tCount } from '../../text'
import type { Room } from '../../wire.gen'
import type { Holding } from './hold'
import type { RoomSession } from './session'

interface ControlsProps {
  readonly session: RoomSession
  readonly room: Room
  readonly chatButton: RefObject<HTMLButtonElement | null>
  /** The chat's button, where the chat is not on the page anyway. */
  readonly chat: { readonly isOpen: boolean; readonly unseen: number; readonly toggle: () => void } | null
}

/** The bar at the bottom: equal columns, an icon above a short word, leaving always at the same end. */
export function Controls({ session, room, chatButton, chat }: ControlsProps) {
  return (
    <nav class="controls" aria-label={t('room.controls')}>
      <MicButton session={session} />
      <HandButton session={session} room={room} />
      {chat !== null && (
        <button
          ref={chatButton}
          type="button"
          aria-keyshortcuts="C"
          aria-expanded={chat.isOpen}
          onClick={chat.toggle}
        >
          <MessageCircle />
          <span>{t('chat.open')}</span>
          {chat.unseen > 0 && (
            <span class="count">
              <span aria-hidden="true">{chat.unseen}</span>
              <span class="unseen">{tCount('chat.unseen', chat.unseen)}</span>
            </span>
          )}
        </button>
      )}
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => {
          session.sheets.more.value = 'menu'
        }}
      >
        <Ellipsis />
        <span>{t('more.open')}</span>
      </button>
      <button type="button" class="leave" onClick={() => void session.leave()}>
        <LogOut />
        <span>{t('room.leave')}</span>
      </button>
    </nav>
  )
}

const WHY_CLOSED: Readonly<Record<Closed, TextKey>> = {
  muted: 'mic.do_muted',
  frozen: 'mic.do_frozen',
  hands: 'mic.do_hands',
  round: 'mic.do_round',
  listen: 'mic.do_listen',
  new: 'mic.do_new',
}

/** Where turns are taken by call: the way to one. */
function HandButton({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const me = session.me.value
  const place = placeOf(room.floor, me)
  if (!mayRaise(room, me, session.turn.now_ms.value) && place === 0) return null
  const press = () => {
    if (place === 0) session.turn.isAsking.value = true
    else void session.act({ event: 'lower_hand', payload: { member_id: me } })
  }
  return (
    <button type="button" class={place > 0 ? 'on' : ''} aria-keyshortcuts="H" onClick={press}>
      <Hand />
      <span>{t(place > 0 ? 'hand.lower' : 'hand.raise')}</span>
      {place > 0 && <span class="unseen">{t('hand.do_lower', { place })}</span>}
    </button>
  )
}

/** What a button does that is to be held: a press that no finger or key made cannot hold it, and is told so. */
function holding(hold: Holding) {
  return {
    onPointerDown: (event: TargetedPointerEvent<HTMLButtonElement>) => {
      if (event.button === 0) hold.press('pointer', event.currentTarget)
    },
    onKeyDown: (event: TargetedKeyboardEvent<HTMLButtonElement>) => {
      if (event.key !== ' ' && event.key !== 'Enter') return
      event.preventDefault()
      if (!event.repeat) hold.press('key', event.currentTarget)
    },
    onKeyUp: (event: TargetedKeyboardEvent<HTMLButtonElement>) => {
      if (event.key === ' ') event.preventDefault()
    },
    onClick: (event: TargetedMouseEvent<HTMLButtonElement>) => {
      if (event.detail === 0) hold.explain()
    },
  }
}

/** Off is outlined and struck through, on is filled: nobody should have to guess. */
function MicButton({ session }: { readonly session: RoomSession }) {
  const phase = session.mic.value
  const closed = phase === 'on' ? null : session.closed.value
  const hold = settings.value.holds_to_talk && closed === null ? session.hold.value : null
  const isHold = hold !== null
  const word =
    phase === 'asking'
      ? 'mic.asking'
      : phase === 'on'
        ? 'mic.turn_off'
        : closed === null || closed === 'muted'
          ? isHold
            ? 'mic.hold'
            : 'mic.turn_on'
          : 'mic.closed'
  const deed =
    closed !== null
      ? WHY_CLOSED[closed]
      : phase === 'asking'
        ? 'mic.do_asking'
        : isHold
          ? 'mic.do_hold'
          : phase === 'on'
            ? 'mic.do_off'
            : 'mic.do_on'
  return (
    <button
      type="button"
      class={`${phase === 'on' ? 'on' : 'off'}${isHold ? ' held' : ''}`}
      aria-keyshortcuts="M"
      aria-disabled={closed === 'muted'}
      {...(isHold ? holding(hold) : { onClick: () => void session.toggleMic() })}
    >
      {phase === 'on' ? <Mic /> : <MicOff />}
      <span>{t(word)}</span>
      <span class="unseen">{t(deed)}</span>
    </button>
  )
}
