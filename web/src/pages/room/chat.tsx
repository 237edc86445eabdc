import ArrowDown from 'icon:arrow-down'
import X from 'icon:x'
import { type Signal, useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { heldOf, readable } from '../../state/people'
import { t, tCount, timeOfDay } from '../../text'
import type { ChatLine, Room } from '../../wire.gen'
import { Compose } from './compose'
import { PersonName } from './person_name'
import type { RoomSession } from './session'

interface ChatProps {
  readonly session: RoomSession
  readonly room: Room
  /** The newest line that was looked at; written here. */
  readonly seenSeq: Signal<number>
  /** What those who keep order can do, once it is here. */
  readonly parts: typeof import('./order') | null
  /** Closes the panel; null where the chat stands beside the stage. */
  readonly onClose: (() => void) | null
}

/** Nearer to the end than this counts as reading along. */
const END_PX = 48
/** How much of a line its button repeats to a screen reader. */
export const REPEATED_CHARS = 60

/** Words beside the sound. */
export function Chat({ session, room, seenSeq, parts, onClose }: ChatProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const isAtEnd = useRef(true)
  const below = useSignal(0)
  const firstNew = useSignal(seenSeq.value)
  const lines = readable(room)
  const lastSeq = lines.at(-1)?.seq ?? 0
  const held = heldOf(room, session.me.value)
  const pending = session.pending.value
  const { isApart } = session.board.troubles.value
  const failed = session.failed.value

  // The person opened the panel: that is where the focus belongs. Beside the stage it opens by itself.
  useLayoutEffect(() => {
    if (onClose !== null) heading.current?.focus()
  }, [])
  const wasLast = useRef(lastSeq)
  useLayoutEffect(() => {
    const box = scroller.current
    if (box === null) return
    const isMine = lines.at(-1)?.member_id === session.me.value
    if (isAtEnd.current || isMine) box.scrollTop = box.scrollHeight
    else if (lastSeq > wasLast.current)
      below.value += lines.filter((line) => line.seq > wasLast.current).length
    wasLast.current = lastSeq
  }, [lastSeq, pending.length, failed.length, held.length])
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible' && isAtEnd.current)
        seenSeq.value = Math.max(seenSeq.value, lastSeq)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [lastSeq, below.value])

  const erasing = useSignal<ChatLine | null>(null)
  const setErasing = (line: ChatLine) => {
    erasing.value = line
  }
  const stopErasing = () => {
    erasing.value = null
  }
  const toEnd = () => {
    const box = scroller.current
    if (box !== null) box.scrollTop = box.scrollHeight
  }
  const newFrom =
    firstNew.value > 0
      ? lines.find((line) => line.seq > firstNew.value && line.member_id !== session.me.value)?.seq
      : undefined
  return (
    <section
      class="chat card"
      aria-labelledby="chat-title"
      {...(onClose === null ? { 'aria-keyshortcuts': 'C' } : {})}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && onClose !== null) onClose()
      }}
    >
      <div class="row spread">
        <h2 id="chat-title" ref={heading} tabIndex={-1}>
          {t('chat.title')}
        </h2>
        {onClose !== null && (
          <button type="button" class="quiet" onClick={onClose}>
            <X />
            {t('chat.close')}
          </button>
        )}
      </div>
      <div
        ref={scroller}
        class="lines"
        role="log"
        aria-live="off"
        aria-labelledby="chat-title"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget
          isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < END_PX
          if (isAtEnd.current) below.value = 0
        }}
      >
        {lines.length + pending.length + held.length === 0 && <p class="soft">{t('chat.empty')}</p>}
        <ol>
          {lines.map((line) => (
            <Fragment key={line.seq}>
              {line.seq === newFrom && onClose !== null && <li class="since">{t('chat.new_since')}</li>}
              <Line session={session} room={room} line={line} onErase={setErasing} />
            </Fragment>
          ))}
          {held.map((line) => (
            <HeldLine key={line.seq} session={session} line={line} />
          ))}
          {pending.map((line) => (
            <li key={`n${line.n}`} class="line mine pending">
              <p class="by">
                <span class="name">{session.self.value?.name}</span>{' '}
                <span class="soft">{t(isApart ? 'chat.kept' : 'chat.sending')}</span>
              </p>
              <p class="text" dir="auto">
                {line.text}
              </p>
            </li>
          ))}
          {failed.map((line) => (
            <li key={`f${line.id}`} class="line mine failed">
              <p class="by">
                <span class="soft">{t('chat.not_sent')}</span>
              </p>
              <p class="text" dir="auto">
                {line.text}
              </p>
              <div class="row">
                <button
                  type="button"
                  class="quiet"
                  onClick={() => {
                    session.dropFailed(line.id)
                    void session.post(line.text)
                  }}
                >
                  {t('chat.try_again')}
                </button>
                <button type="button" class="quiet" onClick={() => session.dropFailed(line.id)}>
                  {t('chat.drop')}
                </button>
              </div>
            </li>
          ))}
        </ol>
      </div>
      {below.value > 0 && (
        <button type="button" class="below" onClick={toEnd}>
          <ArrowDown />
          {tCount('chat.new_below', below.value)}
        </button>
      )}
      <Compose session={session} room={room} />
      {erasing.value !== null && parts !== null && (
        <parts.EraseSheet session={session} line={erasing.value} onClose={stopErasing} />
      )}
    </section>
  )
}

/** An own line that is shown to nobody before a host let it through. */
function HeldLine({ session, line }: { readonly session: RoomSession; readonly line: ChatLine }) {
  const { seq, text } = line
  return (
    <li class="line mine pending">
      <p class="by">
        <span class="name">{line.name}</span> <span class="soft">{t('chat.held')}</span>
        <button
          type="button"
          class="quiet take-back"
          aria-label={t('chat.retract_name', { text: text.slice(0, REPEATED_CHARS) })}
          onClick={() => {
            document.getElementById('chat-title')?.focus({ preventScroll: true })
            void session.act({ event: 'drop_line', payload: { seq } })
          }}
        >
          {t('chat.retract')}
        </button>
      </p>
      <p class="text" dir="auto">
        {text}
      </p>
      <p class="soft help">{t('chat.held_help')}</p>
    </li>
  )
}

interface LineProps {
  readonly session: RoomSession
  readonly room: Room
  readonly line: ChatLine
  readonly onErase: (line: ChatLine) => void
}

function Line({ session, room, line, onErase }: LineProps) {
  const isMine = line.member_id === session.me.value
  const { text } = line
  return (
    <li class={`line${isMine ? ' mine' : ''}`}>
      <p class="by">
        <PersonName
          session={session}
          about={line}
          where="chat"
          isStop={room.members[line.member_id] === undefined}
        />{' '}
        <time class="soft" dateTime={new Date(line.sent_ms).toISOString()}>
          {timeOfDay(line.sent_ms)}
        </time>
        {isMine && !line.retracted && (
          <button
            type="button"
            class="quiet take-back"
            aria-label={t('chat.retract_name', { text: text.slice(0, REPEATED_CHARS) })}
            onClick={() => void session.ask({ event: 'retract_chat', payload: { seq: line.seq } })}
          >
            {t('chat.retract')}
          </button>
        )}
        {!isMine && !line.retracted && session.may('keep_order') && (
          <button
            type="button"
            class="quiet take-back"
            aria-label={t('chat.erase_name', { text: text.slice(0, REPEATED_CHARS) })}
            onClick={() => onErase(line)}
          >
            {t('chat.erase')}
          </button>
        )}
      </p>
      {line.retracted ? (
        <p class="soft">{t('chat.retracted')}</p>
      ) : (
        <p class="text" dir="auto">
          {text}
        </p>
      )}
    </li>
  )
}
