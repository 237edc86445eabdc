import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { captionLines, captionNames } from '../../state/captions'
import { t } from '../../text'
import type { CaptionLine, Room } from '../../wire.gen'
import type { RoomSession } from './session'
import { WordsSize } from './words_size'

/** So close to the end the reader counts as reading along. */
const NEAR_PX = 24

interface LiveTextProps {
  readonly session: RoomSession
  readonly room: Room
}

/** What a captioner writes down of what is said; nothing where nobody does. */
export function LiveText({ session, room }: LiveTextProps) {
  const names = captionNames(room)
  if (names.length === 0) return null
  const { isLiveTextShown } = session.sheets
  return (
    <section class="live card" aria-labelledby="live-title">
      <h2 id="live-title">{t('live.by', { name: names.join(', ') })}</h2>
      {isLiveTextShown.value && <Lines session={session} room={room} />}
      <div class="row spread live-tools">
        {isLiveTextShown.value && <WordsSize />}
        <button
          type="button"
          class="quiet"
          aria-expanded={isLiveTextShown.value}
          onClick={() => {
            isLiveTextShown.value = !isLiveTextShown.value
          }}
        >
          {t(isLiveTextShown.value ? 'live.hide' : 'live.show')}
        </button>
      </div>
    </section>
  )
}

/** The lines, the newest last. Whoever has scrolled back stays there. */
function Lines({ session, room }: LiveTextProps) {
  const lines = captionLines(room)
  const box = useRef<HTMLDivElement>(null)
  const isBack = useSignal(false)
  const toEnd = () => {
    box.current?.scrollTo({ top: box.current.scrollHeight })
  }
  useLayoutEffect(() => {
    if (!isBack.value) toEnd()
  }, [room.captions])
  return (
    <>
      {lines.length === 0 && <p class="soft">{t('live.none')}</p>}
      <div
        ref={box}
        class="captions"
        role="log"
        aria-live="off"
        aria-labelledby="live-title"
        // A keyboard must reach what scrolls.
        tabIndex={lines.length === 0 ? -1 : 0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget
          isBack.value = scrollHeight - scrollTop - clientHeight > NEAR_PX
        }}
      >
        {lines.map((one) => (
          <Line key={`${one.member_id} ${one.line}`} session={session} line={one} />
        ))}
      </div>
      {isBack.value && (
        <button
          type="button"
          class="wide"
          onClick={() => {
            isBack.value = false
            toEnd()
            box.current?.focus()
          }}
        >
          {t('live.newest')}
        </button>
      )}
    </>
  )
}

function Line({ session, line }: { readonly session: RoomSession; readonly line: CaptionLine }) {
  const { member_id } = line
  // Whoever writes the line takes it back in the field while it goes on.
  const mayErase = session.may('keep_order') || (member_id === session.me.value && line.is_over)
  return (
    <div class="caption" data-over={line.is_over}>
      <p dir="auto">{line.text}</p>
      {mayErase && (
        <button
          type="button"
          class="quiet"
          aria-label={t('live.erase_line', { text: line.text })}
          onClick={() => {
            const payload = { member_id, line: line.line }
            void session.act({ event: 'erase_caption', payload }, line.name)
          }}
        >
          {t('live.erase')}
        </button>
      )}
    </div>
  )
}
