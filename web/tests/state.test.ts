import { describe, expect, it } from 'vitest'
import { CLOSED_MEDIA, changeMedia, type MediaEvent, type MediaState, nextRepair } from '../src/state/media'
import { countUnseen, initial, listening, sharing } from '../src/state/people'
import { losesLines } from '../src/state/replica'
import { spokenFor } from '../src/state/spoken'
import { commit, ME, member, OTHER, posted, room } from './fake_wire'

type Timed = readonly [at_ms: number, type: MediaEvent['type']]

function soundAfter(...events: Timed[]): MediaState {
  return events.reduce((state, [at_ms, type]) => changeMedia(state, { type }, at_ms), CLOSED_MEDIA)
}

const FLOWING: Timed[] = [
  [0, 'opened'],
  [100, 'connected'],
]

describe('sound', () => {
  it.each<[string, Timed[], MediaState['phase']]>([
    ['begins by opening', [[0, 'opened']], 'opening'],
    ['flows once connected', FLOWING, 'flowing'],
    ['stalls when nothing arrives', [...FLOWING, [5_000, 'quiet']], 'stalled'],
    ['flows again when something does', [...FLOWING, [5_000, 'quiet'], [7_000, 'heard']], 'flowing'],
    ['is lost when disconnected', [...FLOWING, [5_000, 'disconnected']], 'lost'],
    ['is lost after stalling', [...FLOWING, [5_000, 'quiet'], [6_000, 'disconnected']], 'lost'],
    ['comes back when connected', [...FLOWING, [5_000, 'disconnected'], [6_000, 'connected']], 'flowing'],
    [
      'is not heard while opening',
      [
        [0, 'opened'],
        [1, 'heard'],
      ],
      'opening',
    ],
    ['ends when closed', [...FLOWING, [5_000, 'closed']], 'closed'],
    [
      'does not fail after the end',
      [
        [0, 'closed'],
        [1, 'failed'],
      ],
      'closed',
    ],
  ])('%s', (_, events, phase) => {
    expect(soundAfter(...events).phase).toBe(phase)
  })

  it('is restarted after 1, 3, 7 and 15 s, then opened anew', () => {
    let state = soundAfter(...FLOWING, [10_000, 'disconnected'])
    const repairs: [number, string][] = []
    for (let at_ms = 10_000; at_ms <= 42_000; at_ms += 250) {
      const repair = nextRepair(state, at_ms)
      if (repair === null) continue
      repairs.push([at_ms - 10_000, repair])
      state = changeMedia(state, { type: 'repaired' }, at_ms)
      if (repair === 'reopen') state = changeMedia(state, { type: 'opened' }, at_ms)
    }
    expect(repairs).toEqual([
      [1_000, 'restart'],
      [3_000, 'restart'],
      [7_000, 'restart'],
      [15_000, 'restart'],
      [30_000, 'reopen'],
    ])
  })

  it('is opened anew at once when the transport gave up', () => {
    expect(nextRepair(soundAfter(...FLOWING, [5_000, 'failed']), 5_000)).toBe('reopen')
  })

  it('is tried again when an opening leads to nothing', () => {
    expect(nextRepair(soundAfter([0, 'opened']), 7_999)).toBeNull()
    expect(nextRepair(soundAfter([0, 'opened']), 8_000)).toBe('reopen')
  })

  it('is restarted at once when the network is back, also if it seemed fine', () => {
    expect(nextRepair(soundAfter(...FLOWING, [5_000, 'network_back']), 5_000)).toBe('restart')
    expect(nextRepair(soundAfter(...FLOWING, [5_000, 'disconnected'], [5_100, 'network_back']), 5_100)).toBe(
      'restart',
    )
  })

  it('needs nothing while it flows or is closed', () => {
    expect(nextRepair(soundAfter(...FLOWING), 100_000)).toBeNull()
    expect(nextRepair(CLOSED_MEDIA, 100_000)).toBeNull()
  })
})

describe('people', () => {
  const on = { by_self: false, by_host: false }

  it('share while neither they nor a host closed the microphone', () => {
    const members = {
      1: member({ member_id: 1, mutes: on, joined_ms: 5 }),
      2: member({ member_id: 2, mutes: on, joined_ms: 3 }),
      3: member({ member_id: 3, mutes: { by_self: false, by_host: true } }),
      4: member({ member_id: 4 }),
    }
    expect(sharing(room({ members })).map((one) => one.member_id)).toEqual([2, 1])
    expect(listening(room({ members }), 4).map((one) => one.member_id)).toEqual([4, 3])
  })

  it('list oneself first, then hosts, then by arrival', () => {
    const members = {
      1: member({ member_id: 1, joined_ms: 1 }),
      2: member({ member_id: 2, joined_ms: 2, role: 'host' }),
      3: member({ member_id: 3, joined_ms: 3 }),
    }
    expect(listening(room({ members }), 3).map((one) => one.member_id)).toEqual([3, 2, 1])
  })

  it.each([
    ['maya', 'M'],
    ['🌿 Fern', '🌿'],
    ['', '?'],
  ])('have an initial: %s', (name, letter) => {
    expect(initial(name)).toBe(letter)
  })

  it('count lines that others wrote since one looked', () => {
    const line = (seq: number, member_id: number, retracted = false) => ({
      seq,
      member_id,
      name: '',
      text: '',
      sent_ms: 0,
      n: 1,
      retracted,
    })
    const chat = [line(1, OTHER), line(2, OTHER), line(3, ME), line(4, OTHER, true), line(5, OTHER)]
    expect(countUnseen(chat, 1, ME)).toBe(2)
  })
})

describe('what is read out', () => {
  const nameOf = () => 'Tom'

  it('is urgent about the own microphone', () => {
    const muted = commit(1, { type: 'member_muted', member_id: ME, by: OTHER })
    expect(spokenFor(muted, nameOf, ME)).toEqual({
      text: 'Tom turned off your microphone. You can still listen and write.',
      urgency: 'assertive',
    })
  })

  it('leaves others’ microphones unsaid', () => {
    const others = [
      commit(1, { type: 'microphone_set', member_id: OTHER, on: true }),
      commit(3, { type: 'member_muted', member_id: OTHER, by: ME }),
    ]
    for (const one of others) expect(spokenFor(one, nameOf, ME)).toBeNull()
  })

  it('counts chat without reading it out', () => {
    const spoken = spokenFor(posted(1, 'something private'), nameOf, ME)
    expect(spoken?.text).toBe('Tom wrote in the chat.')
    expect(spoken?.merged?.(3)).toBe('3 new lines in the chat.')
    expect(spokenFor(posted(2, 'mine', ME), nameOf, ME)).toBeNull()
  })
})

describe('a history that begins anew', () => {
  const line = { seq: 5, member_id: OTHER, name: 'Tom', text: 'hello', sent_ms: 1, n: 1, retracted: false }

  it('is told only where lines are gone', () => {
    const before = room({ chat: [line] })
    expect(losesLines(before, room({ chat: [line, { ...line, seq: 6 }] }))).toBe(false)
    expect(losesLines(room(), room())).toBe(false)
    expect(losesLines(null, room())).toBe(false)
    expect(losesLines(before, room())).toBe(true)
    expect(losesLines(before, room({ chat: [{ ...line, text: 'another' }] }))).toBe(true)
  })
})
