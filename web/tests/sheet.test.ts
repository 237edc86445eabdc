// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { draftFrom, TEMPLATES } from '../src/pages/room/templates'
import { begun, closed, isBeginDue, longer } from '../src/state/phase'
import { effectWords, nearSteps, readers, stepOf, taken } from '../src/state/sheet'
import {
  type Draft,
  draftOf,
  flawOf,
  forgetDraft,
  freshDraft,
  keepDraft,
  recallDrafts,
  savedOf,
  sizeOf,
  withCue,
  withCueBack,
  withMoved,
  withNewCue,
  withoutCue,
} from '../src/state/sheet_draft'
import { spokenChange } from '../src/state/spoken'
import { type Cue, READING_MAX_CHARS, type Room, SHEET_MAX_BYTES, type Sheet } from '../src/wire.gen'
import { ME, member, OTHER, room } from './fake_wire'

const GONE = 99
const PLAIN: Cue = { title: 'A', text: '', floor: null, chat: null, mutes: false, limit_ms: 0, member_id: 0 }

function sheet(at: number, ...cues: readonly Partial<Cue>[]): Sheet {
  return { title: 'Tuesday', cues: cues.map((cue) => ({ ...PLAIN, ...cue })), at }
}

/** What "Next" says in a room with one step ahead. */
function words(cue: Partial<Cue>, change: Partial<Room> = {}): string {
  return effectWords(room({ sheet: sheet(-1, cue), ...change }), 0)
}

describe('what the next step does, in words', () => {
  const share = { member_id: ME, lane: 'share', since_ms: 1, limit_ms: 0, text: '', written_seq: 0 } as const

  it.each<[string, Partial<Cue>, Partial<Room>]>([
    ['Nothing else changes.', {}, {}],
    ['The text is shown to everybody.', { text: 'Hello' }, {}],
    ['Tom reads.', { text: 'Hello', member_id: OTHER }, {}],
    ['Tom reads, 5 minutes.', { text: 'Hello', member_id: OTHER, limit_ms: 300_000 }, {}],
    ['Tom has the floor.', { member_id: OTHER }, {}],
    ['Tom has the floor, 20 minutes.', { member_id: OTHER, limit_ms: 1_200_000 }, {}],
    ['Everybody without a role muted.', { mutes: true }, {}],
    ['Tom has the floor; everybody else without a role muted.', { mutes: true, member_id: OTHER }, {}],
    ['Turns by raised hands; everybody without a role muted.', { floor: 'hands' }, {}],
    ['Nothing else changes.', { floor: 'open', chat: 'everyone' }, {}],
    ['Chat off.', { chat: 'off' }, {}],
    ['Whoever was to have the floor has left.', { member_id: GONE }, {}],
    ['The text is taken away.', {}, { reading: { title: 'A', text: 'Before', line: 0 } }],
  ])('%s', (said, cue, change) => {
    expect(words(cue, change)).toBe(said)
  })

  it('says as in a real meeting: who reads, who is muted, and whether the chat is closed', () => {
    const cue = { text: 'Welcome', member_id: OTHER, mutes: true, chat: 'off' } as const
    expect(words(cue)).toBe('Tom reads; everybody else without a role muted; chat off.')
  })

  it('knows whose turn ends with it, and that one who goes on is not thanked', () => {
    const floor = { ...room().floor, share }
    expect(words({ member_id: OTHER }, { floor })).toBe('Tom has the floor; Maya’s turn ends.')
    expect(words({ member_id: ME }, { floor })).toBe('Maya has the floor.')
  })

  it('says when the chosen one cannot have the floor', () => {
    const members = { [OTHER]: member({ member_id: OTHER, name: 'Tom', stranded_ms: 5 }) }
    expect(words({ member_id: OTHER }, { members })).toBe('Tom is reconnecting and gets no floor.')
    const order = { ...room().order, is_frozen: true }
    expect(words({ member_id: OTHER }, { order })).toBe('The room is frozen, so Tom gets no floor.')
    const reader = { [OTHER]: member({ member_id: OTHER, name: 'Tom', role: 'reader' }) }
    expect(words({ member_id: OTHER }, { order, members: reader })).toBe('Tom has the floor.')
  })

  it('closes no microphone where turns become open', () => {
    const floor = { ...room().floor, mode: 'hands' } as const
    expect(words({ floor: 'open' }, { floor })).toBe('Whoever turns the microphone on is heard.')
  })

  it('takes the text and the turn away at the end', () => {
    const last = room({
      sheet: sheet(0, {}),
      reading: { title: 'A', text: 'B', line: 0 },
      floor: { ...room().floor, share },
    })
    expect(effectWords(last, 1)).toBe('The text is taken away; Maya’s turn ends.')
  })
})

describe('the steps', () => {
  it('are done, on, next, or to come', () => {
    const three = sheet(1, {}, {}, {}, {})
    expect([0, 1, 2, 3].map((at) => stepOf(three, at))).toEqual(['done', 'now', 'next', 'later'])
    expect(stepOf(sheet(-1, {}, {}), 0)).toBe('next')
  })

  it('are folded around the one that is on', () => {
    const cues = Array.from({ length: 9 }, () => ({}))
    expect(nearSteps(sheet(-1, ...cues))).toEqual([0, 1, 2, 3, 4])
    expect(nearSteps(sheet(3, ...cues))).toEqual([2, 3, 4, 5, 6])
    expect(nearSteps(sheet(9, ...cues))).toEqual([4, 5, 6, 7, 8])
    expect(nearSteps(sheet(0, {}, {}))).toEqual([0, 1])
  })

  it('offer those with a role first, and never somebody whom a block hides', () => {
    const members = {
      1: member({ member_id: 1, name: 'Ada', joined_ms: 1 }),
      2: member({ member_id: 2, name: '', joined_ms: 2 }),
      3: member({ member_id: 3, name: 'Cleo', joined_ms: 3, role: 'reader' }),
    }
    expect(readers(room({ members }), 0).map((one) => one.name)).toEqual(['Cleo', 'Ada'])
  })

  it('offer the chosen one in any crowd', () => {
    const crowd = Array.from({ length: 300 }, (_, at) => member({ member_id: at + 1, joined_ms: at }))
    const members = Object.fromEntries(crowd.map((one) => [one.member_id, one]))
    expect(readers(room({ members }), 300)[0]?.member_id).toBe(300)
    expect(readers(room({ members }), 300)).toHaveLength(201)
  })
})

describe('a kept sheet in a room', () => {
  it('begins before its first step', () => {
    expect(taken(null, { title: 'Tuesday', cues: [PLAIN] })).toEqual(sheet(-1, {}))
    expect(taken(sheet(0, {}), { title: 'Friday', cues: [PLAIN] }).at).toBe(-1)
  })

  it('goes on where its old version stood, with those who were chosen', () => {
    const old = sheet(1, { member_id: OTHER }, { title: 'B', member_id: ME }, { title: 'C' })
    const mended = taken(old, {
      title: 'Tuesday',
      cues: [
        { ...PLAIN, text: 'New' },
        { ...PLAIN, title: 'X' },
      ],
    })
    expect(mended.at).toBe(1)
    expect(mended.cues.map((cue) => [cue.text, cue.member_id])).toEqual([
      ['New', OTHER],
      ['', 0],
    ])
    expect(taken(sheet(3, {}, {}, {}), { title: 'Tuesday', cues: [PLAIN] }).at).toBe(1)
  })
})

describe('a sheet that is being written', () => {
  const draft = draftOf({ sheet_id: 's', title: 'Tuesday', cues: [PLAIN, { ...PLAIN, title: 'B' }] })
  const titles = ({ cues }: Draft) => cues.map((cue) => cue.title).join('')

  beforeEach(() => sessionStorage.clear())

  it('has an id that the server takes, another one each time', () => {
    const ids = new Set(Array.from({ length: 20 }, () => freshDraft().sheet_id))
    expect(ids.size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{20}$/)
  })

  it('is what was kept, and names nobody', () => {
    const named = draftOf({ sheet_id: 's', title: ' Tuesday ', cues: [{ ...PLAIN, member_id: ME }] })
    expect(savedOf(named)).toEqual({ sheet_id: 's', title: 'Tuesday', cues: [PLAIN] })
  })

  it('gets steps, loses and moves them', () => {
    const [longer, key] = withNewCue(draft)
    const three = withCue(longer, key, { title: 'C' })
    expect(titles(three)).toBe('ABC')
    expect(titles(withMoved(three, key, -1))).toBe('ACB')
    expect(titles(withMoved(three, 1, 1))).toBe('BAC')
    expect(withMoved(three, key, 1)).toBe(three)
    expect(withMoved(three, 1, -1)).toBe(three)
    const second = three.cues[1]
    const without = withoutCue(three, 2)
    expect(titles(without)).toBe('AC')
    expect(second && titles(withCueBack(without, second, 1))).toBe('ABC')
    expect(withNewCue(without)[1]).toBe(4)
  })

  it('says what is missing', () => {
    expect(flawOf(draft)).toBeNull()
    expect(flawOf({ ...draft, title: ' ' })?.text).toBe('sheet.no_title')
    expect(flawOf({ ...draft, cues: [] })?.text).toBe('sheet.no_steps')
    expect(flawOf(withCue(draft, 2, { title: ' ' }))).toEqual({ where: 2, text: 'sheet.no_step_title' })
    const long = { text: '€'.repeat(READING_MAX_CHARS) }
    const large = withCue(withCue(draft, 1, long), 2, long)
    expect(sizeOf(large)).toBeGreaterThan(SHEET_MAX_BYTES)
    expect(flawOf(large)?.text).toBe('sheet.too_large')
  })

  it('is kept in the tab until it is saved, for its room', () => {
    keepDraft('talk', draft)
    keepDraft('walk', { ...draft, sheet_id: 'w' })
    expect([...recallDrafts('talk').values()]).toEqual([draft])
    forgetDraft('talk', 's')
    expect(recallDrafts('talk').size).toBe(0)
    expect(recallDrafts('walk').size).toBe(1)
  })

  it.each(['{', 'null', '{"sheet_id":"s"}', '{"sheet_id":"s","title":"","cues":[{"title":7}]}'])(
    'is not made of %s',
    (stored) => {
      sessionStorage.setItem('sheet talk s', stored)
      keepDraft('talk', { ...draft, sheet_id: 'good' })
      expect([...recallDrafts('talk').keys()]).toEqual(['good'])
    },
  )
})

describe('the phases', () => {
  const MINUTE_MS = 60_000
  const now_ms = 1_000_000_000

  it('begin by a big button near the start, and where no start is planned', () => {
    const doors = { phase: 'doors', starts_ms: now_ms + 11 * MINUTE_MS } as const
    expect(isBeginDue(room(doors), now_ms)).toBe(false)
    expect(isBeginDue(room(doors), now_ms + MINUTE_MS)).toBe(true)
    expect(isBeginDue(room({ phase: 'doors', starts_ms: 0 }), now_ms)).toBe(true)
    expect(isBeginDue(room({ phase: 'on', starts_ms: now_ms }), now_ms)).toBe(false)
  })

  it('keep the end that the meeting has', () => {
    const ends_ms = now_ms + 60 * MINUTE_MS
    expect(begun(room({ ends_ms }), now_ms)).toEqual({ phase: 'on', ends_ms })
    expect(begun(room({ ends_ms: now_ms - 1 }), now_ms)).toEqual({ phase: 'on', ends_ms: 0 })
    expect(begun(room({ ends_ms: now_ms + 25 * 60 * MINUTE_MS }), now_ms).ends_ms).toBe(0)
  })

  it('leave people half an hour, or all the time there is', () => {
    expect(closed(room({ ends_ms: now_ms }), now_ms).ends_ms).toBe(now_ms + 30 * MINUTE_MS)
    expect(closed(room(), now_ms)).toEqual({ phase: 'fellowship', ends_ms: 0 })
  })

  it('last ten minutes longer from their end, or from now if that is over', () => {
    expect(longer(room({ ends_ms: now_ms + 5 }), now_ms)?.ends_ms).toBe(now_ms + 5 + 10 * MINUTE_MS)
    expect(longer(room({ ends_ms: now_ms - 5 }), now_ms)?.ends_ms).toBe(now_ms + 10 * MINUTE_MS)
    expect(longer(room({ phase: 'fellowship', ends_ms: now_ms }), now_ms)?.phase).toBe('fellowship')
    expect(longer(room(), now_ms)).toBeNull()
    expect(longer(room({ phase: 'doors', ends_ms: now_ms }), now_ms)).toBeNull()
    expect(longer(room({ ends_ms: now_ms + 24 * 60 * MINUTE_MS }), now_ms)).toBeNull()
  })

  it('are said when they change, and the end when it moves', () => {
    const said = (before: Partial<Room>, after: Partial<Room>) =>
      spokenChange(room(before), room(after), ME).map((one) => one.text)
    expect(said({ phase: 'doors' }, { phase: 'on' })).toEqual(['The meeting begins now.'])
    expect(said({ phase: 'on', ends_ms: 5 }, { phase: 'fellowship', ends_ms: 9 })[0]).toMatch(/is over/)
    expect(said({ ends_ms: now_ms }, { ends_ms: now_ms + 1 })[0]).toMatch(/^It goes on until \d/)
    expect(said({ ends_ms: now_ms }, { ends_ms: now_ms })).toEqual([])
    expect(said({ ends_ms: now_ms }, { ends_ms: 0 })).toEqual([])
  })
})

describe('run-sheets to begin from', () => {
  it.each(TEMPLATES)('%s can be kept as it is, and sets the room at its steps', (template) => {
    const draft = draftFrom(template)
    expect(flawOf(draft)).toBeNull()
    expect(draft.cues.length).toBeGreaterThan(5)
    expect(new Set(draft.cues.map((cue) => cue.key)).size).toBe(draft.cues.length)
    expect(draft.cues.map((cue) => cue.title).join()).not.toContain('tpl.')
    // Where the group's own texts go is said in brackets.
    expect(draft.cues.filter((cue) => cue.text.includes('[')).length).toBeGreaterThan(1)
    expect(draft.cues.some((cue) => cue.floor === 'hands')).toBe(true)
    expect(draft.cues.at(-1)).toMatchObject({ mutes: true, floor: 'listen' })
  })

  it('are each a draft of their own', () => {
    expect(draftFrom('speaker').sheet_id).not.toBe(draftFrom('speaker').sheet_id)
  })
})
