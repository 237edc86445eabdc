import { describe, expect, it } from 'vitest'
import { DOOR_LONG_MS, isOfSheet, nextAction } from '../src/state/next_action'
import type { Cue, Guest, Member, Phase, Role, Room, Sheet } from '../src/wire.gen'
import { ME, member, OTHER, room } from './fake_wire'

const NOW_MS = 10_000_000
const LIMIT_MS = 180_000
const THIRD = 11

const STEP: Cue = { title: 'A', text: '', floor: null, chat: null, mutes: false, limit_ms: 0, member_id: 0 }
const LATE: Guest = {
  member_id: 90,
  name: 'Sam',
  since_ms: NOW_MS - DOOR_LONG_MS,
  is_new: true,
  is_held: false,
  lines: [],
}

const JUST_CAME: Guest = { ...LATE, since_ms: NOW_MS - 1 }

function people(role: Role): Readonly<Record<number, Member>> {
  const tom = member({ member_id: OTHER, name: 'Tom', joined_ms: 2 })
  const jo = member({ member_id: THIRD, name: 'Jo', joined_ms: 3 })
  return { [ME]: member({ role }), [OTHER]: tom, [THIRD]: jo }
}

const hand = (member_id: number) => ({ member_id, lane: 'share', raised_ms: 0 }) as const
const calm = room().order
const hands: Room['floor'] = { ...room().floor, mode: 'hands' }
const share = (member_id: number, spent_ms: number): Room['floor']['share'] => ({
  member_id,
  lane: 'share',
  since_ms: NOW_MS - spent_ms,
  limit_ms: LIMIT_MS,
  text: '',
  written_seq: 0,
})
const sheet = (at: number, ...cues: readonly Partial<Cue>[]): Sheet => ({
  title: 'Tuesday',
  cues: cues.map((cue) => ({ ...STEP, ...cue })),
  at,
})
const TWO = sheet(0, {}, {})
const READS = sheet(0, { member_id: OTHER }, {})

/** What the button says, in short. */
function next(change: Partial<Room>, role: Role = 'host'): string {
  const at = room({ members: people(role), ...change })
  const self = at.members[ME]
  if (self === undefined) throw new Error('nobody is here')
  const action = nextAction(at, self, NOW_MS)
  switch (action?.act) {
    case undefined:
      return '-'
    case 'call':
      return `call ${action.next.name}`
    case 'thank':
      return `thank ${action.who.name}, ${action.next?.name ?? '-'}`
    case 'admit':
      return `admit ${action.guest.name}`
    case 'look_at_door':
      return `door ${action.count}`
    case 'cue':
      return `cue ${action.at}`
    default:
      return action?.act ?? '-'
  }
}

describe('the next right act of a host', () => {
  it.each<[string, string, Partial<Room>]>([
    ['nothing, in an open room', '-', {}],
    ['nothing, where nobody waits', '-', { floor: hands }],
    ['call whoever waits', 'call Tom', { floor: { ...hands, hands: [hand(OTHER), hand(THIRD)] } }],
    ['call a newcomer in an open room', 'call Jo', { floor: { ...room().floor, hands: [hand(THIRD)] } }],
    ['call round', 'call Tom', { floor: { ...hands, mode: 'round', shared: [ME] } }],
    [
      'call whoever asks where only invited people speak',
      'call Tom',
      { floor: { ...hands, mode: 'listen', hands: [hand(OTHER)] } },
    ],
    ['thank', 'thank Tom, -', { floor: { ...hands, share: share(OTHER, 5_000) } }],
    [
      'thank and call',
      'thank Tom, Jo',
      { floor: { ...hands, share: share(OTHER, 5_000), hands: [hand(THIRD)] } },
    ],
    ['nothing in the own turn', '-', { floor: { ...hands, share: share(ME, 5_000), hands: [hand(THIRD)] } }],
    [
      'the door during a share',
      'admit Sam',
      { floor: { ...hands, share: share(OTHER, 5_000) }, guests: [LATE] },
    ],
    [
      'the door during the own turn',
      'admit Sam',
      { floor: { ...hands, share: share(ME, 5_000) }, guests: [LATE] },
    ],
    [
      'first who shares over the time',
      'thank Tom, Jo',
      { floor: { ...hands, share: share(OTHER, LIMIT_MS), hands: [hand(THIRD)] }, guests: [LATE] },
    ],
    ['whoever just came, where nothing else is to be done', 'admit Sam', { guests: [JUST_CAME] }],
    ['no hurry for whoever just came: the run-sheet', 'cue 1', { guests: [JUST_CAME], sheet: TWO }],
    [
      'no hurry for whoever just came: a share',
      'thank Tom, -',
      { guests: [JUST_CAME], floor: { ...hands, share: share(OTHER, 9) } },
    ],
    ['whoever just came before the end', 'admit Sam', { guests: [JUST_CAME], phase: 'fellowship' }],
    ['no hurry for whoever was asked to wait', '-', { guests: [{ ...LATE, is_held: true }] }],
    ['one look for several', 'door 2', { guests: [LATE, { ...LATE, member_id: 91 }] }],
    ['nobody of a burst', '-', { guests: [LATE], burst: [90] }],
    [
      'first who waits for a turn',
      'call Tom',
      { floor: { ...hands, hands: [hand(OTHER)] }, guests: [LATE], sheet: TWO },
    ],
    ['the run-sheet', 'cue 1', { sheet: TWO }],
    ['the run-sheet begins', 'cue 0', { sheet: sheet(-1, {}) }],
    ['the run-sheet is done with its last step', 'cue 2', { sheet: sheet(1, {}, {}) }],
    ['the door before the run-sheet', 'admit Sam', { sheet: TWO, guests: [LATE] }],
    [
      'the run-sheet ends its own share',
      'cue 1',
      { sheet: READS, floor: { ...hands, share: share(OTHER, 9) } },
    ],
    [
      'also over the time',
      'cue 1',
      { sheet: READS, floor: { ...hands, share: share(OTHER, LIMIT_MS) }, guests: [LATE] },
    ],
    [
      'and the own reading',
      'cue 1',
      { sheet: sheet(0, { member_id: ME }, {}), floor: { ...hands, share: share(ME, 9) } },
    ],
    [
      'a share by a hand ends by thanks, with a run-sheet too',
      'thank Tom, -',
      { sheet: TWO, floor: { ...hands, share: share(OTHER, 9) } },
    ],
    [
      'the run-sheet goes on where only invited people speak',
      'cue 1',
      { sheet: TWO, floor: { ...hands, mode: 'listen', hands: [hand(OTHER)] } },
    ],
    ['fellowship after the run-sheet', 'fellowship', { sheet: sheet(2, {}, {}) }],
    ['fellowship when the time is over', 'fellowship', { ends_ms: NOW_MS }],
    ['no end before it', '-', { ends_ms: NOW_MS + 1 }],
    ['the end of fellowship', 'close', { phase: 'fellowship' }],
    ['begin', 'begin', { phase: 'doors', starts_ms: NOW_MS + 60_000, sheet: TWO }],
    ['not yet', 'cue 1', { phase: 'doors', starts_ms: NOW_MS + 3_600_000, sheet: TWO }],
    ['not yet, and the door', 'admit Sam', { phase: 'doors', starts_ms: NOW_MS + 3_600_000, guests: [LATE] }],
    [
      'let a frozen room go on',
      'unfreeze',
      { order: { ...calm, is_frozen: true }, sheet: TWO, guests: [LATE] },
    ],
    [
      'first those who came together',
      '-',
      { order: { ...calm, is_frozen: true }, burst: [90], guests: [LATE] },
    ],
  ])('%s: %s', (_, words, change) => {
    expect(next(change)).toBe(words)
  })

  it.each<[Role, string, Partial<Room>]>([
    ['member', '-', { guests: [LATE], floor: { ...hands, hands: [hand(OTHER)] }, sheet: TWO }],
    ['greeter', 'admit Sam', { guests: [LATE], sheet: TWO }],
    ['greeter', '-', { order: { ...calm, is_frozen: true } }],
    ['timekeeper', '-', { guests: [LATE], floor: { ...hands, share: share(OTHER, LIMIT_MS) } }],
    ['safety', 'unfreeze', { order: { ...calm, is_frozen: true } }],
    ['safety', 'admit Sam', { guests: [LATE] }],
    ['cohost', 'call Tom', { floor: { ...hands, hands: [hand(OTHER)] } }],
    ['cohost', '-', { phase: 'fellowship' }],
    ['secretary', 'close', { phase: 'fellowship' }],
  ])('a %s: %s', (role, words, change) => {
    expect(next(change, role)).toBe(words)
  })

  it('knows one act, or none, for every mix of what may be going on', () => {
    const phases: readonly Phase[] = ['doors', 'on', 'fellowship']
    const shares = [null, share(OTHER, 9), share(OTHER, LIMIT_MS), share(ME, 9)]
    let many = 0
    for (const phase of phases)
      for (const one of shares)
        for (const run of [null, TWO, READS, sheet(2, {}, {})])
          for (const guests of [[], [LATE]]) {
            const words = next({ phase, sheet: run, guests, floor: { ...hands, share: one } })
            // Whoever shares is never passed over by the run-sheet, unless it is its own reader.
            if (one?.member_id === OTHER && run !== READS) expect(words).not.toMatch(/^cue|fellowship|close/)
            many += 1
          }
    expect(many).toBe(96)
  })
})

describe('whose share it is', () => {
  it.each<[boolean, Partial<Room>]>([
    [true, { sheet: READS, floor: { ...hands, share: share(OTHER, 1) } }],
    [false, { sheet: READS, floor: { ...hands, share: share(THIRD, 1) } }],
    [false, { sheet: TWO, floor: { ...hands, share: share(OTHER, 1) } }],
    [false, { sheet: READS }],
    [false, { floor: { ...hands, share: share(OTHER, 1) } }],
  ])('%s', (isIt, change) => {
    expect(isOfSheet(room(change))).toBe(isIt)
  })
})
