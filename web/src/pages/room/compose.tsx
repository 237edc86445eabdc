import SendHorizontal from 'icon:send-horizontal'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { slowWait, whyNoChat } from '../../state/floor'
import { isTrusted } from '../../state/hearing'
import { t, tCount, timeInWords } from '../../text'
import { CHAT_MAX_CHARS, type Room } from '../../wire.gen'
import type { RoomSession } from './session'

/** The limit is worth knowing only when it is near. */
const SHOW_LEFT_FROM = 200

/** The field for a line of chat. */
export function Compose({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const text = session.sheets.draft
  const field = useRef<HTMLTextAreaElement>(null)
  const left = CHAT_MAX_CHARS - text.value.length
  useLayoutEffect(() => {
    const box = field.current
    if (box === null) return
    // As high as its words; the style sheet says how high at most.
    box.style.blockSize = 'auto'
    box.style.blockSize = `${box.scrollHeight + 2}px`
  }, [text.value])
  const closed = closedText(session, room)
  const send = () => {
    const line = text.value.trim()
    if (line === '' || closed?.isShut === true) return
    text.value = ''
    void session.post(line)
    field.current?.focus()
  }
  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      {closed !== null && <p class="soft shut">{closed.text}</p>}
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        maxLength={CHAT_MAX_CHARS}
        aria-label={t('chat.label')}
        aria-describedby="chat-hint"
        placeholder={t('chat.placeholder')}
        enterkeyhint="send"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
        }}
        onKeyDown={(event) => {
          // While a word is being composed, Enter chooses it.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          send()
        }}
      />
      <button type="submit" class="main" aria-disabled={closed?.isShut === true}>
        <SendHorizontal />
        {t('chat.send')}
      </button>
      <p id="chat-hint" class="unseen">
        {t('chat.hint')}
      </p>
      {left <= SHOW_LEFT_FROM && <p class="soft left">{tCount('chat.left', left)}</p>}
    </form>
  )
}

/** Why no line goes out just now, or how often one may; the words in the field stay. */
function closedText(session: RoomSession, room: Room): { text: string; isShut: boolean } | null {
  const self = session.self.value
  if (self === null) return null
  const why = whyNoChat(room, self)
  if (why !== null) return { text: t(`chat.closed_${why}`), isShut: true }
  const { slow_ms } = room.order
  if (slow_ms === 0 || isTrusted(self.role)) return null
  const wait_ms = slowWait(room, self, session.turn.now_ms.value)
  if (wait_ms === 0) return { text: t('chat.slow', { time: timeInWords(slow_ms) }), isShut: false }
  return { text: t('chat.slow_wait', { time: timeInWords(wait_ms) }), isShut: true }
}
