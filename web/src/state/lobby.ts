import { daysAhead } from './times'

export type CardPhase = 'closed' | 'doors' | 'on' | 'fellowship'

/** A room as the lobby shows it. Moments are milliseconds since 1970, 0 for none. */
export interface RoomCard {
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly members: number
  readonly phase: CardPhase
  readonly starts_ms: number
  readonly ends_ms: number
  readonly next_starts_ms: number
  readonly has_host: boolean
  readonly is_continuous: boolean
}

/** A meeting of the days to come; `ends_ms` 0 where only its start is known. */
export interface Upcoming {
  readonly slug: string
  readonly title: string
  readonly starts_ms: number
  readonly ends_ms: number
  /** The time zone that it is held by; empty where that is not known. */
  readonly zone: string
}

/** Meetings of one day that start after today. */
export interface Day {
  readonly at_ms: number
  readonly meetings: readonly Upcoming[]
}

/** The lobby, from what is on to what is far away. */
export interface LobbyView {
  /** Meetings, first where a host is. */
  readonly on: readonly RoomCard[]
  /** Rooms that are open round the clock. */
  readonly always: readonly RoomCard[]
  readonly next: readonly Upcoming[]
  readonly later: readonly Upcoming[]
  readonly days: readonly Day[]
  /** Closed rooms without a meeting in the days above. */
  readonly rest: readonly RoomCard[]
}

const DAYS_SHOWN = 7

/** Sort rooms and meetings by how near they are. Without `meetings` the rooms' own next starts are used. */
export function lobbyView(
  cards: readonly RoomCard[],
  meetings: readonly Upcoming[] | null,
  now_ms: number,
  zone: string,
): LobbyView {
  const isOpen = (card: RoomCard) => card.phase !== 'closed'
  const open = [...cards].filter(isOpen).sort((a, b) => Number(b.has_host) - Number(a.has_host))
  const on = open.filter((card) => !card.is_continuous)
  const coming = (meetings ?? fromCards(cards))
    .filter((one) => one.starts_ms > now_ms && daysAhead(zone, one.starts_ms, now_ms) < DAYS_SHOWN)
    .filter((one) => !open.some((card) => card.slug === one.slug && card.starts_ms === one.starts_ms))
    .sort((a, b) => a.starts_ms - b.starts_ms)
  const first_ms = coming[0]?.starts_ms
  const next = coming.filter((one) => one.starts_ms === first_ms)
  const after = coming.slice(next.length)
  const isToday = (one: Upcoming) => daysAhead(zone, one.starts_ms, now_ms) === 0
  return {
    on,
    always: open.filter((card) => card.is_continuous),
    next,
    later: after.filter(isToday),
    days: byDay(
      after.filter((one) => !isToday(one)),
      zone,
    ),
    rest: cards.filter((card) => !isOpen(card) && !coming.some((one) => one.slug === card.slug)),
  }
}

function fromCards(cards: readonly RoomCard[]): Upcoming[] {
  return cards
    .filter((card) => card.next_starts_ms > 0)
    .map(({ slug, title, next_starts_ms }) => ({
      slug,
      title,
      starts_ms: next_starts_ms,
      ends_ms: 0,
      zone: '',
    }))
}

function byDay(meetings: readonly Upcoming[], zone: string): Day[] {
  const days: { at_ms: number; meetings: Upcoming[] }[] = []
  for (const one of meetings) {
    const last = days.at(-1)
    if (last !== undefined && daysAhead(zone, one.starts_ms, last.at_ms) === 0) last.meetings.push(one)
    else days.push({ at_ms: one.starts_ms, meetings: [one] })
  }
  return days
}
