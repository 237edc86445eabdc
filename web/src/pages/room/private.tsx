import X from 'icon:x'
import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { t, tCount, timeOfDay } from '../../text'
import { CHAT_MAX_CHARS, type Refusal, type Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { Letter } from './letters'
import type { RoomSession } from './session'

interface PrivateProps {
  readonly session: RoomSession
  readonly room: Room
  readonly onClose: () => void
}

/** Private words: who asks, what was said, and an end to it. The panel shuts nothing of the room. */
export function Private({ session, room, onClose }: PrivateProps) {
  const { letters, sheets } = session
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = letters.all.value.get(sheets.letter.value ?? 0)
  // The person opened the panel, or somebody's words in it: that is where the focus belongs. What others do
  // in it moves nothing.
  useLayoutEffect(() => heading.current?.focus(), [sheets.letter.value])
  useEffect(() => {
    if (shown !== undefined) letters.seen(shown.memberId)
  }, [shown?.memberId, shown?.unseen])
  return (
    <section
      class="chat letters card"
      aria-labelledby="letters-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div class="row spread">
        <h2 id="letters-title" ref={heading} tabIndex={-1}>
          {shown === undefined ? t('letters.title') : t('letters.with', { name: shown.name })}
        </h2>
        <button type="button" class="quiet" onClick={onClose}>
          <X />
          {t('letters.close')}
        </button>
      </div>
      <p class="soft help">{t('letters.promise')}</p>
      {shown === undefined ? (
        <Everybody session={session} />
      ) : (
        <Exchange key={shown.memberId} session={session} room={room} letter={shown} />
      )}
    </section>
  )
}

/** With whom there is something, and whether others may ask. */
function Everybody({ session }: { readonly session: RoomSession }) {
  const { letters, sheets } = session
  const all = [...letters.all.value.values()]
  const problem = useSignal<string | null>(null)
  const isReachable = letters.isReachable.value ?? session.self.value?.is_new === false
  return (
    <div class="lines">
      {all.length === 0 && <p class="soft">{t('letters.none')}</p>}
      <ul class="plain-rows">
        {all.map((letter) => (
          <li key={letter.memberId}>
            <button
              type="button"
              class="wide"
              onClick={() => {
                sheets.letter.value = letter.memberId
              }}
            >
              <span>{letter.name}</span>
              <span class="soft">
                {letter.unseen > 0 && letter.phase === 'open'
                  ? tCount('letters.unseen', letter.unseen)
                  : t(SHORT[letter.phase])}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <label class="check">
        <input
          type="checkbox"
          checked={isReachable}
          aria-describedby="reachable-help"
          onChange={(event) => {
            const on = event.currentTarget.checked
            void letters.setReachable(on).then((refusal) => {
              problem.value = refusal === null ? null : refusalText(refusal.code, '', refusal.retry_ms)
            })
          }}
        />
        <span>{t('letters.reachable')}</span>
      </label>
      <p id="reachable-help" class="soft help">
        {t('letters.reachable_help')}
      </p>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
    </div>
  )
}

const SHORT = {
  asked_by_me: 'letters.short_asked',
  asked_by_them: 'letters.short_asks',
  open: 'letters.short_open',
  ended: 'letters.short_ended',
} as const

interface ExchangeProps {
  readonly session: RoomSession
  readonly room: Room
  readonly letter: Letter
}

/** What goes on with one person. */
function Exchange({ session, room, letter }: ExchangeProps) {
  const { letters, sheets } = session
  const { memberId, name, phase } = letter
  const problem = useSignal<string | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = scroller.current
    if (box !== null) box.scrollTop = box.scrollHeight
  }, [letter.lines.length])
  const tell = (refusal: Refusal | null) => {
    problem.value = refusal === null ? null : refusalText(refusal.code, name, refusal.retry_ms)
    return refusal === null
  }
  const toAll = () => {
    sheets.letter.value = null
  }
  const answer = async (yes: boolean) => {
    if (tell(await letters.answer(memberId, yes)) && !yes) toAll()
  }
  return (
    <>
      <div
        ref={scroller}
        class="lines"
        role="log"
        aria-live="off"
        aria-labelledby="letters-title"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {phase === 'asked_by_them' && <p>{t('letters.asks_long', { name })}</p>}
        {phase === 'asked_by_me' && <p>{t('letters.waits', { name })}</p>}
        {phase === 'open' && letter.lines.length === 0 && <p class="soft">{t('letters.empty')}</p>}
        <ol>
          {letter.lines.map((line, index) => (
            <li key={index} class={`line${line.isMine ? ' mine' : ''}`}>
              <p class="by">
                <span class="name">{line.isMine ? session.self.value?.name : name}</span>{' '}
                <time class="soft" dateTime={new Date(line.sent_ms).toISOString()}>
                  {timeOfDay(line.sent_ms)}
                </time>
              </p>
              <p class="text" dir="auto">
                {line.text}
              </p>
            </li>
          ))}
        </ol>
        {phase === 'ended' && <p class="soft">{t('letters.is_over', { name })}</p>}
      </div>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      {phase === 'asked_by_them' && (
        <div class="row">
          <button type="button" class="main" onClick={() => void answer(true)}>
            {t('letters.accept')}
          </button>
          <button type="button" onClick={() => void answer(false)}>
            {t('letters.not_now')}
          </button>
        </div>
      )}
      {phase === 'open' && <Write letters={letters} memberId={memberId} name={name} tell={tell} />}
      <div class="row letter-tools">
        <button type="button" class="quiet" onClick={toAll}>
          {t('letters.back')}
        </button>
        {phase === 'open' && (
          <button type="button" class="quiet" onClick={() => void answer(false)}>
            {t('letters.end')}
          </button>
        )}
        {room.members[memberId] !== undefined && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              sheets.report.value = { member_id: memberId, name }
            }}
          >
            {t('report.open')}
          </button>
        )}
      </div>
    </>
  )
}

interface WriteProps {
  readonly letters: RoomSession['letters']
  readonly memberId: number
  readonly name: string
  readonly tell: (refusal: Refusal | null) => boolean
}

/** The field for a private line; a line that did not go out stays in it. */
function Write({ letters, memberId, name, tell }: WriteProps) {
  const text = useSignal('')
  const isSending = useRef(false)
  const send = async () => {
    const line = text.value.trim()
    if (line === '' || isSending.current) return
    isSending.current = true
    const isDone = tell(await letters.send(memberId, line))
    isSending.current = false
    if (isDone && text.value.trim() === line) text.value = ''
  }
  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <textarea
        rows={2}
        dir="auto"
        maxLength={CHAT_MAX_CHARS}
        aria-label={t('letters.label', { name })}
        placeholder={t('letters.placeholder', { name })}
        enterkeyhint="send"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
        }}
        onKeyDown={(event) => {
          // While a word is being composed, Enter chooses it.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          void send()
        }}
      />
      <button type="submit" class="main">
        {t('chat.send')}
      </button>
    </form>
  )
}
