import './words'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from '../src/a11y/announcer'
import { spokenChange, spokenFor, spokenTime } from '../src/state/spoken'
import { isTold } from '../src/state/told'
import type { Fact, Room } from '../src/wire.gen'
import { commit, ME, member, OTHER, room } from './fake_wire'

const nameOf = (id: number) => (id === ME ? 'Maya' : 'Tom')
const SHARE = { since_ms: 0, limit_ms: 180_000, lane: 'share', text: '' } as const

const FACTS: readonly (readonly [string, Fact, 'me' | 'floor' | 'everything', 'polite' | 'assertive'])[] = [
  ['own microphone on', { type: 'microphone_set', member_id: ME, on: true }, 'me', 'assertive'],
  ['own microphone off', { type: 'microphone_set', member_id: ME, on: false }, 'me', 'assertive'],
  ['muted by a host', { type: 'member_muted', member_id: ME, by: OTHER }, 'me', 'assertive'],
  ['own turn', { type: 'share_began', ...SHARE, member_id: ME } as Fact, 'me', 'assertive'],
  [
    'somebody else\u2019s turn',
    { type: 'share_began', ...SHARE, member_id: OTHER } as Fact,
    'floor',
    'polite',
  ],
  ['a text to read along', { type: 'reading_shown', title: 'A', text: 'b' } as Fact, 'floor', 'polite'],
  ['a closed room', { type: 'room_locked', on: true } as Fact, 'floor', 'polite'],
  [
    'somebody coming',
    { type: 'member_joined', member: member({ member_id: OTHER, name: 'Tom' }) } as Fact,
    'everything',
    'polite',
  ],
  [
    'somebody going',
    { type: 'member_left', member_id: OTHER, reason: 'left' } as Fact,
    'everything',
    'polite',
  ],
]

describe('how much is told', () => {
  it.each(FACTS)('%s', (_, fact, level, urgency) => {
    const spoken = spokenFor(commit(1, fact), nameOf, ME, room())
    expect(spoken?.urgency).toBe(urgency)
    expect(spoken?.level ?? 'me').toBe(level)
    const reached = (['me', 'floor', 'everything'] as const).filter(
      (told) => spoken !== null && isTold(spoken, { told, chat_told: 'count' }),
    )
    expect(reached).toEqual(['me', 'floor', 'everything'].slice(['me', 'floor', 'everything'].indexOf(level)))
  })

  it.each([
    ['running', true, null],
    ['half', true, 'me polite: Half of your time is left.'],
    ['soon', true, 'me polite: About half a minute left.'],
    ['over', true, 'me polite: The time is over. Please come to an end when you can.'],
    ['running', false, null],
    ['half', false, 'floor polite: Half of Tom\u2019s time is left.'],
    ['soon', false, 'floor polite: Tom has about half a minute left.'],
    ['over', false, 'floor polite: Tom\u2019s time is over.'],
  ] as const)('the time of a share at "%s", one\u2019s own: %s', (mark, isMine, expected) => {
    const spoken = spokenTime(mark, isMine, 'Tom')
    const { level = 'me', urgency, text } = spoken ?? { urgency: '', text: '' }
    expect(spoken && `${level} ${urgency}: ${text}`).toBe(expected)
    expect(text).not.toMatch(/\d/) // words, not numbers
  })

  it('never holds whose voice is heard, or what others do with their microphones', () => {
    expect(
      spokenFor(commit(1, { type: 'microphone_set', member_id: OTHER, on: true }), nameOf, ME, room()),
    ).toBeNull()
    expect(
      spokenFor(commit(1, { type: 'member_joined', member: member({ member_id: ME }) }), nameOf, ME, room()),
    ).toBeNull()
  })

  it('has the own place among the first three for everybody', () => {
    const hand = { member_id: ME, lane: 'share', raised_ms: 0 } as const
    const queued = (hands: readonly unknown[]): Room => {
      const base = room()
      return { ...base, floor: { ...base.floor, hands: hands as Room['floor']['hands'] } }
    }
    const said = spokenChange(queued([]), queued([hand]), ME)
    expect(said.map(({ level = 'me' }) => level)).toEqual(['me'])
  })

  it('has chat as it was chosen', () => {
    const chat = { kind: 'chat' } as const
    expect(isTold(chat, { told: 'me', chat_told: 'count' })).toBe(true)
    expect(isTold(chat, { told: 'everything', chat_told: 'off' })).toBe(false)
  })
})

describe('a crowd', () => {
  beforeEach(() => void vi.useFakeTimers())

  it('is told once in fifteen seconds, and holds nothing else up', () => {
    const said: string[] = []
    const announcer = new Announcer(
      (_, text) => void (text !== '' && said.push(text)),
      () => Date.now(),
    )
    for (let id = 10; id < 14; id += 1) {
      const joined = spokenFor(
        commit(id, { type: 'member_joined', member: member({ member_id: id }) }),
        nameOf,
        ME,
        room(),
      )
      if (joined !== null) announcer.announce(joined)
    }
    announcer.announce({ text: 'now', urgency: 'polite' })
    expect(said).toEqual(['now'])
    vi.advanceTimersByTime(14_900)
    expect(said).toEqual(['now'])
    vi.advanceTimersByTime(200)
    expect(said).toEqual(['now', '4 people came.'])
  })
})
