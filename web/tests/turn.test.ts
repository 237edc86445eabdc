import { signal } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { announcer } from '../src/a11y/announcer'
import { chime } from '../src/media/chime'
import type { MicPhase } from '../src/media/mic'
import { Turn } from '../src/pages/room/turn'
import { settings, USUAL } from '../src/settings'
import type { Closed } from '../src/state/floor'
import type { Command } from '../src/state/outbox'
import { spokenFor } from '../src/state/spoken'
import type { Refusal, Role, Room, Share } from '../src/wire.gen'
import { commit, ME, member, OTHER, room } from './fake_wire'

vi.mock('../src/media/chime', () => ({ chime: vi.fn(), cue: vi.fn() }))

const LIMIT_MS = 180_000

const KEEPER_HEARS = [
  'polite: Half of Tom’s time is left.',
  'polite: Tom has about half a minute left.',
  'polite: Tom’s time is over.',
]

let said: string[]

beforeEach(() => {
  vi.useFakeTimers()
  said = []
  settings.value = USUAL
  vi.mocked(chime).mockClear()
  vi.spyOn(announcer, 'announce').mockImplementation(({ text, urgency }) => said.push(`${urgency}: ${text}`))
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function shareOf(member_id: number, change: Partial<Share> = {}): Share {
  return {
    member_id,
    lane: 'share',
    since_ms: Date.now(),
    limit_ms: LIMIT_MS,
    text: '',
    written_seq: 0,
    ...change,
  }
}

function sharedBy(share: Share | null, role: Role = 'member'): Room {
  const plain = room()
  return {
    ...plain,
    members: { [ME]: member({ role }), [OTHER]: member({ member_id: OTHER, name: 'Tom' }) },
    floor: { ...plain.floor, mode: 'hands', share },
  }
}

/** A page in whose room somebody shares, and what it asks the server. */
class Page {
  readonly room = signal<Room | null>(null)
  readonly self = signal(member())
  readonly mic = signal<MicPhase>('off')
  readonly closed = signal<Closed | null>(null)
  readonly asked: Command[] = []
  refusal: Refusal | null = null
  readonly turn = new Turn({
    room: this.room,
    self: this.self,
    mic: this.mic,
    closed: this.closed,
    ask: (command) => {
      this.asked.push(command)
      return Promise.resolve(this.refusal)
    },
  })

  show(after: Room): void {
    const before = this.room.value
    this.room.value = after
    this.self.value = after.members[ME] ?? member()
    this.turn.follow(before, after)
  }

  /** Let so many seconds pass, in which the clock is looked at as often as the page does. */
  async pass(seconds: number): Promise<void> {
    for (let tick = 0; tick < seconds * 2; tick += 1) {
      await vi.advanceTimersByTimeAsync(500)
      this.turn.tick()
    }
  }
}

function pageWith(after: Room): Page {
  const page = new Page()
  page.turn.readClock(Date.now())
  page.show(after)
  return page
}

describe('the time of a share', () => {
  it('is told softly to the speaker at 1:30, 2:30 and 3:00, once each, the first without a sound', async () => {
    const page = pageWith(sharedBy(shareOf(ME)))
    await page.pass(89)
    expect(said).toEqual([])
    await page.pass(2)
    expect(said).toEqual(['polite: Half of your time is left.'])
    await page.pass(58)
    expect(said).toHaveLength(1)
    await page.pass(2)
    expect(said.slice(1)).toEqual(['polite: About half a minute left.'])
    await page.pass(28)
    expect(said).toHaveLength(2)
    await page.pass(60)
    expect(said.slice(2)).toEqual(['polite: The time is over. Please come to an end when you can.'])
    expect(vi.mocked(chime).mock.calls).toEqual([[1], [2]])
  })

  it.each<[Role, string[]]>([
    ['member', []],
    ['greeter', []],
    ['timekeeper', KEEPER_HEARS],
    ['host', KEEPER_HEARS],
  ])('of somebody else is told to %s like this: %s', async (role, expected) => {
    const page = pageWith(sharedBy(shareOf(OTHER), role))
    await page.pass(240)
    expect(said).toEqual(expected)
    expect(chime).not.toHaveBeenCalled()
  })

  it('of somebody else is not told to a host who wants to hear of nothing but themselves', async () => {
    settings.value = { ...USUAL, told: 'me' }
    const page = pageWith(sharedBy(shareOf(OTHER), 'host'))
    await page.pass(240)
    expect(said).toEqual([])
  })

  it('that has passed before is not told to who comes in the middle', async () => {
    const page = pageWith(sharedBy(shareOf(OTHER, { since_ms: Date.now() - 100_000 }), 'host'))
    await page.pass(45)
    expect(said).toEqual([])
    await page.pass(10)
    expect(said).toEqual(KEEPER_HEARS.slice(1, 2))
  })

  it('of a minute has no half but the last half minute', async () => {
    const page = pageWith(sharedBy(shareOf(ME, { limit_ms: 60_000 })))
    await page.pass(45)
    expect(said).toEqual(['polite: About half a minute left.'])
  })

  it('is told anew where more time was given', async () => {
    const share = shareOf(ME)
    const page = pageWith(sharedBy(share))
    await page.pass(181)
    expect(said).toHaveLength(3)
    page.show(sharedBy({ ...share, limit_ms: LIMIT_MS + 60_000 }))
    await page.pass(60)
    expect(said.slice(3)).toEqual([said[1], said[2]])
  })

  it('is told of the next speaker as of the first', async () => {
    const page = pageWith(sharedBy(shareOf(OTHER)))
    await page.pass(200)
    page.show(sharedBy(shareOf(ME)))
    await page.pass(91)
    expect(said).toEqual(['polite: Half of your time is left.'])
  })

  it('is not told where there is no limit', async () => {
    const page = pageWith(sharedBy(shareOf(ME, { limit_ms: 0 }), 'host'))
    await page.pass(600)
    expect(said).toEqual([])
  })

  it('that was added is told to the speaker with what is left', () => {
    const added = commit(1, { type: 'time_added', limit_ms: LIMIT_MS + 60_000 }, { at_ms: LIMIT_MS })
    const at = (who: number) => sharedBy(shareOf(who, { since_ms: 0 }))
    expect(spokenFor(added, () => '', ME, at(ME))?.text).toContain('1:00')
    expect(spokenFor(added, () => '', ME, at(OTHER))).toBeNull()
  })
})

describe('a share in writing', () => {
  it('goes out while it is written, and whole before the turn ends', async () => {
    const page = pageWith(sharedBy(shareOf(ME)))
    expect(page.turn.isCalled.value).toBe(true)
    page.turn.startWriting()
    expect(page.turn.isCalled.value).toBe(false)
    page.turn.write('I would')
    page.turn.write('I would rather')
    expect(page.asked).toEqual([])
    await vi.advanceTimersByTimeAsync(1_500)
    page.turn.write('I would rather write.')
    await page.turn.end(false)
    expect(page.asked).toEqual([
      { event: 'write_share', payload: { text: 'I would rather' } },
      { event: 'write_share', payload: { text: 'I would rather write.' } },
      { event: 'end_share', payload: { passed: false } },
    ])
  })

  it('that was not taken goes out whole with the next word', async () => {
    const page = pageWith(sharedBy(shareOf(ME)))
    page.turn.startWriting()
    page.refusal = { type: 'refused', code: 'busy', retry_ms: 1_000, suggestion: '' }
    page.turn.write('one')
    await vi.advanceTimersByTimeAsync(1_500)
    page.refusal = null
    page.turn.write('one')
    await vi.advanceTimersByTimeAsync(1_500)
    expect(page.asked.map(({ payload }) => payload)).toEqual([{ text: 'one' }, { text: 'one' }])
  })

  it('has the same time as a spoken one', async () => {
    const page = pageWith(sharedBy(shareOf(ME)))
    page.turn.startWriting()
    await page.pass(91)
    expect(said).toEqual(['polite: Half of your time is left.'])
  })
})
