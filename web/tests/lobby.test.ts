import { describe, expect, it } from 'vitest'
import { type LobbyView, lobbyView, type RoomCard, type Upcoming } from '../src/state/lobby'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A Monday at noon, in UTC. */
const NOW = Date.parse('2026-01-05T12:00Z')

function card(slug: string, more: Partial<RoomCard> = {}): RoomCard {
  return {
    slug,
    title: slug.toUpperCase(),
    about: '',
    members: 0,
    phase: 'closed',
    starts_ms: 0,
    ends_ms: 0,
    next_starts_ms: 0,
    has_host: false,
    is_continuous: false,
    ...more,
  }
}

function meeting(slug: string, after_ms: number): Upcoming {
  return {
    slug,
    title: slug.toUpperCase(),
    starts_ms: NOW + after_ms,
    ends_ms: NOW + after_ms + HOUR_MS,
    zone: 'UTC',
  }
}

const names = (view: LobbyView) => ({
  on: view.on.map((one) => one.slug),
  always: view.always.map((one) => one.slug),
  next: view.next.map((one) => one.slug),
  later: view.later.map((one) => one.slug),
  days: view.days.map((day) => day.meetings.map((one) => one.slug)),
  rest: view.rest.map((one) => one.slug),
})

describe('the lobby', () => {
  it('goes from what is on to what is far away', () => {
    const cards = ['always', 'hall', 'dawn', 'book', 'idle'].map((slug) => card(slug))
    cards[0] = card('always', { phase: 'on', is_continuous: true })
    cards[1] = card('hall', { phase: 'on', starts_ms: NOW - 1 })
    const week = [
      meeting('hall', -1),
      meeting('dawn', HOUR_MS),
      meeting('book', 3 * HOUR_MS),
      meeting('hall', DAY_MS),
      meeting('dawn', DAY_MS + HOUR_MS),
      meeting('book', 3 * DAY_MS),
    ]
    expect(names(lobbyView(cards, week, NOW, 'UTC'))).toEqual({
      on: ['hall'],
      always: ['always'],
      next: ['dawn'],
      later: ['book'],
      days: [['hall', 'dawn'], ['book']],
      rest: ['idle'],
    })
  })

  it('has rooms where a host is before others', () => {
    const on = [card('alone', { phase: 'on' }), card('hosted', { phase: 'on', has_host: true })]
    const always = on.map((one) => ({ ...one, slug: `${one.slug}-always`, is_continuous: true }))
    expect(names(lobbyView([...on, ...always], [], NOW, 'UTC'))).toMatchObject({
      on: ['hosted', 'alone'],
      always: ['hosted-always', 'alone-always'],
    })
  })

  it('names all that start next at the same time', () => {
    const week = [meeting('hall', HOUR_MS), meeting('dawn', HOUR_MS), meeting('book', HOUR_MS + 1)]
    const view = lobbyView(
      ['hall', 'dawn', 'book'].map((slug) => card(slug)),
      week,
      NOW,
      'UTC',
    )
    expect(names(view)).toMatchObject({ next: ['hall', 'dawn'], later: ['book'] })
  })

  it('does not call a meeting next whose doors are open', () => {
    const doors = card('hall', { phase: 'doors', starts_ms: NOW + HOUR_MS })
    const view = lobbyView([doors], [meeting('hall', HOUR_MS), meeting('hall', DAY_MS)], NOW, 'UTC')
    expect(names(view)).toMatchObject({ on: ['hall'], next: ['hall'], later: [], days: [] })
    expect(view.next[0]?.starts_ms).toBe(NOW + DAY_MS)
  })

  it('has the days of the zone it is looked at in', () => {
    const week = [meeting('hall', HOUR_MS), meeting('dawn', 11 * HOUR_MS), meeting('book', 13 * HOUR_MS)]
    const cards = ['hall', 'dawn', 'book'].map((slug) => card(slug))
    expect(names(lobbyView(cards, week, NOW, 'UTC'))).toMatchObject({ later: ['dawn'], days: [['book']] })
    expect(names(lobbyView(cards, week, NOW, 'Asia/Kathmandu'))).toMatchObject({
      later: [],
      days: [['dawn', 'book']],
    })
    expect(names(lobbyView(cards, week, NOW, 'America/New_York'))).toMatchObject({
      later: ['dawn', 'book'],
      days: [],
    })
  })

  it('shows a week, and keeps farther ones with their rooms', () => {
    const cards = [card('hall', { next_starts_ms: NOW + 7 * DAY_MS }), card('dawn')]
    const view = lobbyView(cards, [meeting('hall', 7 * DAY_MS)], NOW, 'UTC')
    expect(names(view)).toEqual({
      on: [],
      always: [],
      next: [],
      later: [],
      days: [],
      rest: ['hall', 'dawn'],
    })
  })

  it('does without the schedule where the rooms alone are known', () => {
    const cards = [
      card('hall', { next_starts_ms: NOW + DAY_MS }),
      card('dawn', { next_starts_ms: NOW + HOUR_MS }),
    ]
    expect(names(lobbyView(cards, null, NOW, 'UTC'))).toMatchObject({
      next: ['dawn'],
      days: [['hall']],
      rest: [],
    })
  })

  it('is empty where there is nothing', () => {
    expect(lobbyView([], [], NOW, 'UTC')).toEqual({
      on: [],
      always: [],
      next: [],
      later: [],
      days: [],
      rest: [],
    })
  })
})
