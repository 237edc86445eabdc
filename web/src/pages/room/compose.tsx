import SendHorizontal from 'icon:send-horizontal'
import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { t, tCount } from '../../text'
import { CHAT_MAX_CHARS } from '../../wire.gen'
import type { RoomSession } from './session'

/** The limit is worth knowing only when it is near. */
const SHOW_LEFT_FROM = 200

/** The field for a line of chat. */
export function Compose({ session }: { readonly session: RoomSession }) {
  const text = useSignal('')
  const field = useRef<HTMLTextAreaElement>(null)
  const left = CHAT_MAX_CHARS - text.value.length
  useLayoutEffect(() => {
    const box = field.current
    if (box === null) return
    // As high as its words; the style sheet says how high at most.
    box.style.blockSize = 'auto'
    box.style.blockSize = `${box.scrollHeight + 2}px`
  }, [text.value])
  const send = () => {
    const line = text.value.trim()
    if (line === '') return
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
      <button type="submit" class="main">
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
