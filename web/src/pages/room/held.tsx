import { useEffect, useRef } from 'preact/hooks'
import { announcer } from '../../a11y/announcer'
import { t, tCount, timeOfDay } from '../../text'
import { useSteady } from '../../ui/steady'
import type { ChatLine, Room } from '../../wire.gen'
import type { RoomSession } from './session'

interface HeldProps {
  readonly session: RoomSession
  readonly room: Room
}

/** Lines with a way to reach somebody in them: a host lets them through, or drops them. */
export function Held({ session, room }: HeldProps) {
  const { rows, holding } = useSteady(room.held, (line) => line.seq)
  const known = useRef(0)
  const isKeeper = session.may('keep_order')
  useEffect(() => {
    for (const line of room.held.filter((one) => one.seq > known.current && isKeeper)) {
      announcer.announce({
        text: t('held.came_one', { name: line.name }),
        urgency: 'polite',
        kind: 'held',
        merged: (count) => tCount('held.came', count),
      })
    }
    known.current = Math.max(known.current, ...room.held.map((line) => line.seq))
  }, [room.held])
  if (rows.length === 0 || !isKeeper) return null
  return (
    <section class="held card" aria-labelledby="held-title">
      <h2 id="held-title" tabIndex={-1}>
        {t('held.title', { count: room.held.length })}
      </h2>
      <p class="soft help">{t('held.help')}</p>
      <ul {...holding}>
        {rows.map(({ item, isGone }) =>
          isGone ? (
            <li key={item.seq} class="gone soft">
              {t('held.done')}
            </li>
          ) : (
            <HeldRow key={item.seq} session={session} line={item} />
          ),
        )}
      </ul>
    </section>
  )
}

function HeldRow({ session, line }: { readonly session: RoomSession; readonly line: ChatLine }) {
  const { name, seq } = line
  const act = (event: 'release_line' | 'drop_line') => {
    document.getElementById('held-title')?.focus({ preventScroll: true })
    void session.act({ event, payload: { seq } }, name)
  }
  return (
    <li>
      <p class="by">
        <span class="name">{name}</span>{' '}
        <time class="soft" dateTime={new Date(line.sent_ms).toISOString()}>
          {timeOfDay(line.sent_ms)}
        </time>
      </p>
      <p class="words" dir="auto">
        {line.text}
      </p>
      <div class="row">
        <button type="button" aria-label={t('held.let_name', { name })} onClick={() => act('release_line')}>
          {t('held.let')}
        </button>
        <button type="button" aria-label={t('held.drop_name', { name })} onClick={() => act('drop_line')}>
          {t('held.drop')}
        </button>
      </div>
    </li>
  )
}
