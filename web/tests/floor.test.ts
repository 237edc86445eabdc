import { describe, expect, it } from 'vitest'
import {
  mayRaise,
  nextUp,
  placeOf,
  shareTime,
  slowWait,
  timeMark,
  whyClosed,
  whyNoChat,
} from '../src/state/floor'
import { isHeard, may, mayBeHeard } from '../src/state/hearing'
import { holder, listening, sharing } from '../src/state/people'
import { spokenChange, spokenFor } from '../src/state/spoken'
import type { Floor, FloorMode, Hand, Member, Order, Role, Room } from '../src/wire.gen'
import { commit, ME, member, OTHER, room } from './fake_wire'

const ON = { by_self: false, by_host: false }

function hand(member_id: number): Hand {
  return { member_id, lane: 'share', raised_ms: 0 }
}

function spokenText(before: Room, after: Room, me: number): string | null {
  return spokenChange(before, after, me)[0]?.text ?? null
}

interface Change {
  readonly floor?: Partial<Floor>
  readonly order?: Partial<Order>
  readonly members?: readonly Partial<Member>[]
}

function roomWith({ floor = {}, order = {}, members = [] }: Change = {}): Room {
  const plain = room()
  const seats = members.length === 0 ? Object.values(plain.members) : members.map((one) => member(one))
  return {
    ...plain,
    members: Object.fromEntries(seats.map((seat) => [seat.member_id, seat])),
    floor: { ...plain.floor, ...floor },
    order: { ...plain.order, ...order },
  }
}

function shareOf(member_id: number, limit_ms = 180_000) {
  return { member_id, lane: 'share' as const, since_ms: 1_000, limit_ms, text: '', written_seq: 0 }
}

describe('who would be heard', () => {
  it.each<[FloorMode, boolean, boolean, Role, boolean]>([
    // mode, frozen, has the floor, role, heard
    ['open', false, false, 'member', true],
    ['open', true, false, 'member', false],
    ['open', true, true, 'member', false],
    ['open', true, false, 'speaker', true],
    ['hands', false, false, 'member', false],
    ['hands', false, true, 'member', true],
    ['round', false, false, 'member', false],
    ['round', false, true, 'member', true],
    ['listen', false, false, 'member', false],
    ['listen', false, true, 'member', true],
    ['listen', false, false, 'reader', true],
    ['hands', true, false, 'host', true],
  ])('%s, frozen %s, floor %s, as %s: %s', (mode, is_frozen, hasFloor, role, heard) => {
    const share = hasFloor ? shareOf(ME) : null
    const at = roomWith({ floor: { mode, share }, order: { is_frozen } })
    expect(mayBeHeard(at, member({ role }))).toBe(heard)
    expect(isHeard(at, member({ role }))).toBe(false)
    expect(isHeard(at, member({ role, mutes: ON }))).toBe(heard)
    expect(isHeard(at, member({ role, mutes: { by_self: false, by_host: true } }))).toBe(false)
  })

  it('is by the server’s own table of roles', () => {
    expect(may('cohost', 'run_floor')).toBe(true)
    expect(may('cohost', 'give_roles')).toBe(false)
    expect(may('safety', 'run_floor')).toBe(false)
    expect(may('member', 'speak_unasked')).toBe(false)
  })
})

describe('a closed microphone', () => {
  it.each<[string, Change, Partial<Member>, string | null]>([
    ['is not closed in an open room', {}, {}, null],
    [
      'names the host first',
      { order: { is_frozen: true } },
      { mutes: { by_self: true, by_host: true } },
      'muted',
    ],
    ['then the freeze', { order: { is_frozen: true }, floor: { mode: 'hands' } }, {}, 'frozen'],
    ['then how turns are taken', { floor: { mode: 'round' } }, {}, 'round'],
    ['is open for whoever has the floor', { floor: { mode: 'hands', share: shareOf(ME) } }, {}, null],
    ['waits for newcomers, who are told so', {}, { probation_ms: 1 }, 'new'],
    ['is open for newcomers who are called', { floor: { share: shareOf(ME) } }, { probation_ms: 1 }, null],
    ['is open for newcomers with a role', {}, { role: 'speaker', probation_ms: 1 }, null],
    ['is open for whoever has a role', { floor: { mode: 'listen' } }, { role: 'speaker' }, null],
  ])('%s', (_, change, self, why) => {
    expect(whyClosed(roomWith(change), member(self), 0)).toBe(why)
  })
})

describe('the queue', () => {
  const members = [
    { member_id: 1, joined_ms: 1 },
    { member_id: 2, joined_ms: 2 },
    { member_id: 3, joined_ms: 3 },
  ]

  it('has numbers from 1', () => {
    const { floor } = roomWith({ floor: { hands: [hand(3), hand(1)] } })
    expect([placeOf(floor, 3), placeOf(floor, 1), placeOf(floor, 2)]).toEqual([1, 2, 0])
  })

  it.each<[string, Change, number | null]>([
    ['nobody without hands', { floor: { mode: 'hands' } }, null],
    ['the first hand', { floor: { mode: 'hands', hands: [hand(3), hand(1)] } }, 3],
    [
      'nobody who is away',
      {
        floor: { mode: 'hands', hands: [hand(3), hand(1)] },
        members: [{ member_id: 1 }, { member_id: 3, stranded_ms: 5 }],
      },
      1,
    ],
    [
      'nobody who would not be heard',
      { floor: { mode: 'hands', hands: [hand(3), hand(1)] }, order: { is_frozen: true } },
      null,
    ],
    ['in a round the first to come', { floor: { mode: 'round', hands: [hand(3)] } }, 1],
    ['in a round nobody twice', { floor: { mode: 'round', shared: [1], share: shareOf(2) } }, 3],
  ])('calls %s', (_, change, next) => {
    expect(nextUp(roomWith({ members, ...change }))?.member_id ?? null).toBe(next)
  })

  it('takes hands where turns are by call, but for whoever has one', () => {
    expect(mayRaise(roomWith(), ME, 0)).toBe(false)
    expect(mayRaise(roomWith({ floor: { mode: 'listen' } }), ME, 0)).toBe(true)
    expect(mayRaise(roomWith({ floor: { mode: 'hands', share: shareOf(ME) } }), ME, 0)).toBe(false)
  })
})

describe('the stage', () => {
  it('has whose turn it is apart, silent or not, and nobody twice', () => {
    const at = roomWith({
      floor: { share: shareOf(1) },
      members: [{ member_id: 1 }, { member_id: 2, mutes: ON }, { member_id: 3 }],
    })
    expect(holder(at)?.member_id).toBe(1)
    expect(sharing(at).map((one) => one.member_id)).toEqual([2])
    expect(listening(at, 3).map((one) => one.member_id)).toEqual([3])
  })
})

describe('the time of a share', () => {
  it.each<[number, number, string, number]>([
    // limit, now, phase, left
    [180_000, 500, 'running', 180_000],
    [180_000, 150_999, 'running', 30_001],
    [180_000, 151_000, 'soon', 30_000],
    [180_000, 180_999, 'soon', 1],
    [180_000, 181_000, 'over', 0],
    [180_000, 999_000, 'over', 0],
    [0, 999_000, 'running', 0],
  ])('of %d ms at %d ms is %s', (limit_ms, now_ms, phase, left_ms) => {
    expect(shareTime(shareOf(ME, limit_ms), now_ms)).toMatchObject({ phase, left_ms })
  })

  it.each<[number, number, string]>([
    // limit, now, mark
    [180_000, 1_000, 'running'],
    [180_000, 90_999, 'running'],
    [180_000, 91_000, 'half'],
    [180_000, 150_999, 'half'],
    [180_000, 151_000, 'soon'],
    [180_000, 181_000, 'over'],
    [60_000, 30_999, 'running'],
    [60_000, 31_000, 'soon'],
    [0, 999_000, 'running'],
  ])('of %d ms at %d ms has the mark %s', (limit_ms, now_ms, mark) => {
    expect(timeMark(shareTime(shareOf(ME, limit_ms), now_ms))).toBe(mark)
  })
})

describe('the chat', () => {
  it.each<[string, Partial<Order>, Role, string | null]>([
    ['is for everybody', {}, 'member', null],
    ['is closed while frozen', { is_frozen: true }, 'member', 'frozen'],
    ['is not for a role', { is_frozen: true }, 'greeter', null],
    ['is for those who keep order', { chat: 'hosts' }, 'greeter', 'hosts'],
    ['is open to them', { chat: 'hosts' }, 'safety', null],
    ['is closed for all', { chat: 'off' }, 'host', 'off'],
  ])('%s', (_, order, role, why) => {
    expect(whyNoChat(roomWith({ order }), member({ role }))).toBe(why)
  })

  it('waits between lines in slow mode, but not for roles', () => {
    const slow = roomWith({ order: { slow_ms: 30_000 } })
    expect(slowWait(slow, member({ wrote_ms: 10_000 }), 25_000)).toBe(15_000)
    expect(slowWait(slow, member({ wrote_ms: 10_000 }), 40_000)).toBe(0)
    expect(slowWait(slow, member({ wrote_ms: 10_000, role: 'reader' }), 25_000)).toBe(0)
    expect(slowWait(roomWith(), member({ wrote_ms: 10_000 }), 10_001)).toBe(0)
  })
})

describe('what is read out about turns', () => {
  const nameOf = (memberId: number) => (memberId === ME ? 'Maya' : 'Tom')
  const began = (member_id: number) =>
    commit(1, { type: 'share_began', member_id, lane: 'share', limit_ms: 180_000 })

  it('is urgent about the own turn, and calm about others’', () => {
    expect(spokenFor(began(ME), nameOf, ME)).toMatchObject({
      text: 'It is your turn, Maya.',
      urgency: 'assertive',
    })
    expect(spokenFor(began(OTHER), nameOf, ME)).toMatchObject({
      text: 'Tom has the floor now.',
      urgency: 'polite',
    })
  })

  it('tells of the own place where it is among the first three and new', () => {
    const queue = (...hands: number[]) => roomWith({ floor: { mode: 'hands', hands: hands.map(hand) } })
    expect(spokenText(queue(1, 2, 3, ME), queue(2, 3, ME), ME)).toBe('You are number 3 in the queue.')
    expect(spokenText(queue(1, ME), queue(ME), ME)).toBe('You are next in the queue.')
    expect(spokenText(queue(1, 2, 3, 4, ME), queue(1, 2, 3, ME), ME)).toBeNull()
    expect(spokenText(queue(1, ME), queue(1, ME, 2), ME)).toBeNull()
    expect(spokenText(queue(1, ME), queue(1), ME)).toBeNull()
  })

  it('tells of hands only those who run the floor', () => {
    const raised = commit(1, { type: 'hand_raised', hand: hand(OTHER), place: 0 })
    const asRole = (role: Role) => roomWith({ members: [{ role }, { member_id: OTHER }] })
    expect(spokenFor(raised, nameOf, ME, asRole('member'))).toBeNull()
    expect(spokenFor(raised, nameOf, ME, asRole('cohost'))?.text).toBe('Tom raised a hand.')
    expect(spokenFor(raised, nameOf, ME, asRole('cohost'))?.merged?.(3)).toBe('3 hands went up.')
  })

  it('says of all microphones only what happened to the own one', () => {
    const all = (members: number[]) => commit(1, { type: 'all_muted', members })
    expect(spokenFor(all([OTHER]), nameOf, ME)).toBeNull()
    expect(spokenFor(all([ME, OTHER]), nameOf, ME)?.urgency).toBe('assertive')
  })

  it('says whether a turn’s end closed the microphone', () => {
    const ended = commit(1, { type: 'share_ended', member_id: ME, had_turn: true })
    const open = roomWith({ members: [{ mutes: ON }] })
    expect(spokenFor(ended, nameOf, ME, open)?.text).toBe('Your turn is over. Thank you.')
    expect(spokenFor(ended, nameOf, ME, roomWith())?.text).toContain('your microphone is off')
  })
})
