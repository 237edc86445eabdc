import { describe, expect, it } from 'vitest'
import type { Upcoming } from '../src/state/lobby'
import { ANYTHING, choicesIn, findMeetings, partOf, toggled, type Wish } from '../src/state/schedule'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A Monday at noon, in UTC. */
const NOW = Date.parse('2026-01-05T12:00Z')

function meeting(slug: string, after_ms: number, title = slug): Upcoming {
  const starts_ms = NOW + after_ms
  return { slug, title, starts_ms, ends_ms: starts_ms + HOUR_MS, zone: 'UTC' }
}

const WEEK = [
  meeting('over', -2 * HOUR_MS),
  meeting('on', -HOUR_MS / 2),
  meeting('tea', 2 * HOUR_MS, 'Té de la tarde'),
  meeting('late', 11.5 * HOUR_MS),
  meeting('dawn', 18 * HOUR_MS),
  meeting('tea', DAY_MS + 2 * HOUR_MS, 'Té de la tarde'),
  meeting('far', 6 * DAY_MS),
  meeting('beyond', 7 * DAY_MS),
]

const ABOUTS: Readonly<Record<string, string>> = { dawn: 'A quiet start.' }

function found(wish: Partial<Wish>, zone = 'UTC'): Record<number, string[]> {
  const days = findMeetings(WEEK, { ...ANYTHING, ...wish }, NOW, zone, (slug) => ABOUTS[slug] ?? '')
  return Object.fromEntries(days.map((day) => [day.ahead, day.meetings.map((one) => one.slug)]))
}

describe('the schedule', () => {
  it('has what is on and what comes in a week, by days', () => {
    expect(found({})).toEqual({ 0: ['on', 'tea', 'late'], 1: ['dawn', 'tea'], 6: ['far'] })
  })

  it('has the days of the zone it is looked at in', () => {
    // In Kathmandu it is a quarter to six in the evening: what comes late today is tomorrow there.
    expect(found({}, 'Asia/Kathmandu')).toEqual({
      0: ['on', 'tea'],
      1: ['late', 'dawn', 'tea'],
      6: ['far'],
    })
  })

  it.each<[Partial<Wish>, Record<number, string[]>]>([
    [{ days: [1] }, { 1: ['dawn', 'tea'] }],
    [{ days: [0, 6] }, { 0: ['on', 'tea', 'late'], 6: ['far'] }],
    [{ parts: ['morning'] }, { 0: ['on'], 1: ['dawn'] }],
    [{ parts: ['evening', 'night'] }, { 0: ['late'] }],
    [{ rooms: ['tea'] }, { 0: ['tea'], 1: ['tea'] }],
    [{ rooms: ['tea'], days: [1] }, { 1: ['tea'] }],
    [{ words: 'te TARDE' }, { 0: ['tea'], 1: ['tea'] }],
    [{ words: '  quiet ' }, { 1: ['dawn'] }],
    [{ words: 'quiet tea' }, {}],
    [{ days: [3] }, {}],
  ])('finds by %j', (wish, expected) => {
    expect(found(wish)).toEqual(expected)
  })

  it('is none where none is planned', () => {
    expect(findMeetings([], ANYTHING, NOW, 'UTC', () => '')).toEqual([])
  })
})

describe('parts of the day', () => {
  it.each([
    ['00:00', 'night'],
    ['04:59', 'night'],
    ['05:00', 'morning'],
    ['11:59', 'morning'],
    ['12:00', 'afternoon'],
    ['17:59', 'afternoon'],
    ['18:00', 'evening'],
    ['23:59', 'evening'],
  ])('%s is %s', (time, part) => {
    expect(partOf(Date.parse(`2026-01-05T${time}Z`), 'UTC')).toBe(part)
  })

  it('follow the zone', () => {
    expect(partOf(NOW, 'America/Los_Angeles')).toBe('night')
  })
})

describe('choices', () => {
  it('are taken and taken back', () => {
    expect(toggled([1, 2], 3)).toEqual([1, 2, 3])
    expect(toggled([1, 2, 3], 2)).toEqual([1, 3])
    expect(choicesIn({ ...ANYTHING, days: [1], parts: ['night'], words: 'x' })).toBe(2)
  })
})
