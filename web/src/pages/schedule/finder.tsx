import Search from 'icon:search'
import SlidersHorizontal from 'icon:sliders-horizontal'
import { useId } from 'preact/hooks'
import { serverNow } from '../../rooms'
import type { Upcoming } from '../../state/lobby'
import { ANYTHING, choicesIn, DAYS, PARTS, type PartOfDay, toggled, type Wish } from '../../state/schedule'
import { daysAhead } from '../../state/times'
import { t, tCount } from '../../text'
import { zone } from '../../zone'
import { dayText } from '../when'

interface FinderProps {
  readonly wish: Wish
  readonly meetings: readonly Upcoming[]
  readonly isWeek: boolean
  readonly onWish: (wish: Wish) => void
  readonly onWeek: (isWeek: boolean) => void
}

/** Words to look for, boxes to tick, and on wide windows the choice of how the week is laid out. */
export function Finder({ wish, meetings, isWeek, onWish, onWeek }: FinderProps) {
  const id = useId()
  const count = choicesIn(wish)
  const change = (part: Partial<Wish>) => {
    const next = { ...wish, ...part }
    onWish(choicesIn(next) === 0 && next.words === '' ? ANYTHING : next)
  }
  return (
    <search class="finder">
      <label class="find" for={id}>
        <Search />
        <span class="unseen">{t('schedule.search')}</span>
        <input
          id={id}
          type="search"
          value={wish.words}
          placeholder={t('schedule.search')}
          maxLength={80}
          onInput={(event) => change({ words: event.currentTarget.value })}
        />
      </label>
      <fieldset class="layout">
        <legend class="unseen">{t('schedule.layout')}</legend>
        {[false, true].map((one) => (
          <label key={String(one)} class="check">
            <input type="radio" name="layout" checked={isWeek === one} onChange={() => onWeek(one)} />
            {t(one ? 'schedule.by_week' : 'schedule.by_day')}
          </label>
        ))}
      </fieldset>
      <details class="filters">
        <summary>
          <SlidersHorizontal />
          {count === 0 ? t('schedule.filters') : tCount('schedule.filters_on', count)}
        </summary>
        <Boxes
          title={t('schedule.day')}
          choices={daysOf(meetings)}
          chosen={wish.days}
          onToggle={(day) => change({ days: toggled(wish.days, day) })}
        />
        <Boxes
          title={t('schedule.part')}
          choices={(Object.keys(PARTS) as PartOfDay[]).map((part) => [part, t(`schedule.${part}`)])}
          chosen={wish.parts}
          onToggle={(part) => change({ parts: toggled(wish.parts, part) })}
        />
        <Boxes
          title={t('schedule.room')}
          choices={roomsOf(meetings)}
          chosen={wish.rooms}
          onToggle={(room) => change({ rooms: toggled(wish.rooms, room) })}
        />
        {count > 0 && (
          <button type="button" onClick={() => onWish(ANYTHING)}>
            {t('schedule.all')}
          </button>
        )}
      </details>
    </search>
  )
}

interface BoxesProps<T extends string | number> {
  readonly title: string
  readonly choices: readonly (readonly [T, string])[]
  readonly chosen: readonly T[]
  readonly onToggle: (one: T) => void
}

function Boxes<T extends string | number>({ title, choices, chosen, onToggle }: BoxesProps<T>) {
  return (
    <fieldset>
      <legend>{title}</legend>
      <div class="boxes">
        {choices.map(([one, text]) => (
          <label key={one} class="check">
            <input type="checkbox" checked={chosen.includes(one)} onChange={() => onToggle(one)} />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** The days that have meetings, by their names. */
function daysOf(meetings: readonly Upcoming[]): (readonly [number, string])[] {
  const found = new Map<number, string>()
  for (const { starts_ms } of meetings) {
    const ahead = Math.max(0, daysAhead(zone.value, starts_ms, serverNow()))
    if (ahead < DAYS) found.set(ahead, ahead === 0 ? t('lobby.today') : dayText(starts_ms))
  }
  return [...found].sort(([a], [b]) => a - b)
}

function roomsOf(meetings: readonly Upcoming[]): (readonly [string, string])[] {
  const found = new Map(meetings.map(({ slug, title }) => [slug, title]))
  return [...found].sort(([, a], [, b]) => a.localeCompare(b))
}
