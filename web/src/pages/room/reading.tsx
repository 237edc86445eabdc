import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { hasFloor } from '../../state/hearing'
import { markedOf, type Paragraph, paragraphsOf } from '../../state/reading'
import { t } from '../../text'
import type { Room, Reading as Text } from '../../wire.gen'
import type { RoomSession } from './session'
import { WordsSize } from './words_size'

interface ReadingProps {
  readonly session: RoomSession
  readonly room: Room
  readonly reading: Text
}

/** What is read out just now, for everybody to read along; whoever reads marks the place. */
export function Reading({ session, room, reading }: ReadingProps) {
  const isFolded = useSignal(false)
  const isFollowing = useSignal(true)
  const self = session.self.value
  const mayMark = session.may('run_floor') || self?.role === 'reader' || hasFloor(room, session.me.value)
  const paragraphs = useMemo(() => paragraphsOf(reading.text), [reading.text])
  const marked = markedOf(paragraphs, reading.line)
  const mark = (place: number) => {
    const paragraph = paragraphs[place]
    if (paragraph === undefined) return
    isFollowing.value = true
    void session.act({ event: 'mark_reading', payload: { line: paragraph.line } })
  }
  return (
    <section class="reading card" aria-labelledby="reading-title" aria-keyshortcuts="R">
      <div class="row spread">
        <h2 id="reading-title">{reading.title === '' ? t('reading.title') : reading.title}</h2>
        <span class="row">
          <WordsSize />
          <button
            type="button"
            class="quiet"
            aria-expanded={!isFolded.value}
            onClick={() => {
              isFolded.value = !isFolded.value
            }}
          >
            {t(isFolded.value ? 'reading.show' : 'reading.fold')}
          </button>
        </span>
      </div>
      {!isFolded.value && (
        <Page
          paragraphs={paragraphs}
          marked={marked}
          isFollowing={isFollowing.value}
          onScroll={() => {
            isFollowing.value = false
          }}
          onMark={mayMark ? mark : null}
        />
      )}
      {!isFolded.value && paragraphs.length > 1 && (
        <div class="row">
          {mayMark && (
            <button
              type="button"
              aria-disabled={marked === paragraphs.length - 1}
              onClick={() => mark(marked + 1)}
            >
              {t('reading.next')}
            </button>
          )}
          {mayMark && <p class="soft help">{t('reading.mark_help')}</p>}
          {!isFollowing.value && (
            <button
              type="button"
              onClick={() => {
                isFollowing.value = true
              }}
            >
              {t('reading.follow')}
            </button>
          )}
        </div>
      )}
    </section>
  )
}

interface PageProps {
  readonly paragraphs: readonly Paragraph[]
  /** Where the reader is, by place among the paragraphs. */
  readonly marked: number
  readonly isFollowing: boolean
  /** The person looks at another place. */
  readonly onScroll: () => void
  /** Marks a place; null for those who only read along. */
  readonly onMark: ((place: number) => void) | null
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }

/** The text itself: it moves in its own frame, never the page, and not where the person moved it. */
function Page({ paragraphs, marked, isFollowing, onScroll, onMark }: PageProps) {
  const frame = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const box = frame.current
    const paragraph = box?.children[marked]
    if (box === null || !isFollowing || !(paragraph instanceof HTMLElement)) return
    box.scrollTop = marked === 0 ? 0 : paragraph.offsetTop - box.clientHeight / 4
  }, [marked, isFollowing, paragraphs])
  // One stop for Tab; from there on the arrows lead.
  const onKeyDown = (event: KeyboardEvent) => {
    const by = STEPS[event.key]
    const row = [...(frame.current?.children ?? [])]
    const at = row.findIndex((one) => one.contains(document.activeElement))
    const to = by === undefined || at < 0 ? undefined : row[at + by]
    if (!(to instanceof HTMLElement)) return
    event.preventDefault()
    onScroll()
    to.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrows move the focus among what is inside
    <div ref={frame} class="words" dir="auto" onWheel={onScroll} onTouchMove={onScroll} onKeyDown={onKeyDown}>
      {paragraphs.map(({ line, text }, place) => {
        const isMarked = place === marked && paragraphs.length > 1
        const props = {
          class: 'paragraph',
          'aria-current': isMarked ? ('location' as const) : undefined,
          tabIndex: place === marked ? 0 : -1,
        }
        return onMark === null ? (
          <p key={line} {...props}>
            {text}
          </p>
        ) : (
          <button key={line} type="button" {...props} onClick={() => onMark(place)}>
            {text}
          </button>
        )
      })}
    </div>
  )
}
