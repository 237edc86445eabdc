import LogOut from 'icon:log-out'
import MessageCircle from 'icon:message-circle'
import Mic from 'icon:mic'
import MicOff from 'icon:mic-off'
import Volume from 'icon:volume-2'
import VolumeOff from 'icon:volume-off'
import type { RefObject } from 'preact'
import { t, tCount } from '../../text'
import type { RoomSession } from './session'

interface ControlsProps {
  readonly session: RoomSession
  readonly chatButton: RefObject<HTMLButtonElement | null>
  /** The chat's button, where the chat is not on the page anyway. */
  readonly chat: { readonly isOpen: boolean; readonly unseen: number; readonly toggle: () => void } | null
}

/** The bar at the bottom: equal columns, an icon above a short word, leaving always at the same end. */
export function Controls({ session, chatButton, chat }: ControlsProps) {
  const isSoundOff = session.isSoundOff.value
  return (
    <nav class="controls" aria-label={t('room.controls')}>
      <MicButton session={session} />
      <button type="button" class={isSoundOff ? 'off' : ''} onClick={() => session.toggleSound()}>
        {isSoundOff ? <VolumeOff /> : <Volume />}
        <span>{t(isSoundOff ? 'sound.off' : 'sound.on')}</span>
        <span class="unseen">{t(isSoundOff ? 'sound.do_on' : 'sound.do_off')}</span>
      </button>
      {chat !== null && (
        <button ref={chatButton} type="button" aria-expanded={chat.isOpen} onClick={chat.toggle}>
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
      <button type="button" class="leave" onClick={() => void session.leave()}>
        <LogOut />
        <span>{t('room.leave')}</span>
      </button>
    </nav>
  )
}

/** Off is outlined and struck through, on is filled: nobody should have to guess. */
function MicButton({ session }: { readonly session: RoomSession }) {
  const phase = session.mic.value
  const isMuted = session.self.value?.mutes.by_host === true
  const word = phase === 'asking' ? 'mic.asking' : phase === 'on' ? 'mic.turn_off' : 'mic.turn_on'
  const deed = isMuted
    ? 'mic.do_muted'
    : phase === 'asking'
      ? 'mic.do_asking'
      : phase === 'on'
        ? 'mic.do_off'
        : 'mic.do_on'
  return (
    <button
      type="button"
      class={phase === 'on' ? 'on' : 'off'}
      aria-disabled={isMuted}
      onClick={() => void session.toggleMic()}
    >
      {phase === 'on' ? <Mic /> : <MicOff />}
      <span>{t(word)}</span>
      <span class="unseen">{t(deed)}</span>
    </button>
  )
}
