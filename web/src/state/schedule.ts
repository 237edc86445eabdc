import type { Upcoming } from './lobby'
import { daysAhead, hourIn } from './times'

/** Parts of a day, each from its hour to the next one's. */
export const PARTS = { night: 0, morning: 5, afternoon: 12, evening: 18 } as const
export type PartOfDay = keyof typeof PARTS

/** What somebody looks for. An empty list of a kind is all of it. */
export interface Wish {
  /** Midnights from now on; 0 is today. */
  readonly days: readonly number[]
  readonly parts: readonly PartOfDay[]
  readonly rooms: readonly string[]
  readonly words: string
}

export const ANYTHING: Wish = { days: [], parts: [], rooms: [], words: '' }

/** A meeting among others of its day. */
export interface ListedDay {
  readonly ahead: number
  readonly meetings: readonly Upcoming[]
}

/** How many of the choices are made, words aside. */
export function choicesIn(wish: Wish): number {
  return wish.days.length + wish.parts.length + wish.rooms.length
}

/** With one more in a list, or without it where it was there. */
export function toggled<T>(list: readonly T[], one: T): readonly T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one]
}

/** The part of the day that a moment lies in, by the clocks of a zone. */
export function partOf(at_ms: number, zone: string): PartOfDay {
  const hour = hourIn(zone, at_ms)
  if (hour >= PARTS.evening) return 'evening'
  if (hour >= PARTS.afternoon) return 'afternoon'
  return hour >= PARTS.morning ? 'morning' : 'night'
}

/** The meetings that are wished for, by days of the zone; what is over is left out. */
export function findMeetings(
  meetings: readonly Upcoming[],
  wish: Wish,
  now_ms: number,
  zone: string,
  aboutOf: (slug: string) => string,
): readonly ListedDay[] {
  const words = plain(wish.words).split(/\s+/).filter(Boolean)
  const days = new Map<number, Upcoming[]>()
  for (const one of meetings) {
    const ahead = Math.max(0, daysAhead(zone, one.starts_ms, now_ms)) // what began yesterday and is on is today's
    const text = plain(`${one.title} ${aboutOf(one.slug)}`)
    const isWished =
      one.ends_ms > now_ms &&
      ahead < DAYS &&
      isIn(wish.days, ahead) &&
      isIn(wish.parts, partOf(one.starts_ms, zone)) &&
      isIn(wish.rooms, one.slug) &&
      words.every((word) => text.includes(word))
    if (isWished) days.set(ahead, [...(days.get(ahead) ?? []), one])
  }
  return [...days]
    .sort(([a], [b]) => a - b)
    .map(([ahead, found]) => ({
      ahead,
      meetings: found.sort((a, b) => a.starts_ms - b.starts_ms),
    }))
}

/** The schedule goes so far. */
export const DAYS = 7

function isIn<T>(list: readonly T[], one: T): boolean {
  return list.length === 0 || list.includes(one)
}

/** A text as people type it in a hurry: small letters, without marks. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}
