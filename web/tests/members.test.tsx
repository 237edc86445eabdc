// @vitest-environment happy-dom
import { signal } from '@preact/signals'
import { render } from 'preact'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Ending } from '../src/pages/ending'
import { refusalText, waitText } from '../src/pages/refusal'
import { Fellowship } from '../src/pages/room/fellowship'
import { Letters } from '../src/pages/room/letters'
import { PhaseLine } from '../src/pages/room/phase_line'
import type { RoomSession } from '../src/pages/room/session'
import { countUnseen, heldOf, isBlocked, readable } from '../src/state/people'
import { spokenChange, spokenFor } from '../src/state/spoken'
import { timeIn } from '../src/state/times'
import type { Answer, Block, ChatLine, Guest, Room, Watch } from '../src/wire.gen'
import { zone } from '../src/zone'
import { commit, ME, member, OTHER, posted, room } from './fake_wire'

const MINUTE_MS = 60_000
const DONE: Answer = { type: 'accepted', revision: { epoch: 1, seq: 1 } }

function line(seq: number, change: Partial<ChatLine> = {}): ChatLine {
  return { seq, member_id: OTHER, name: 'Tom', text: 'words', sent_ms: 0, n: 1, retracted: false, ...change }
}

function block(until_seq = 0): Block {
  return { by: ME, member_id: OTHER, since_seq: 5, until_seq }
}

function guest(member_id = ME): Guest {
  return { member_id, name: 'Maya', since_ms: 0, is_new: true, is_held: false, lines: [] }
}

async function shown(part: preact.ComponentChildren): Promise<string> {
  document.body.innerHTML = '<div id="here"></div>'
  const here = document.getElementById('here')
  if (here === null) throw new Error('no place')
  render(part, here)
  await new Promise((resolve) => setTimeout(resolve, 20))
  return here.textContent ?? ''
}

describe('what a person may read', () => {
  it('leaves out lines that a block parts from the person, and older ones by whom they block', () => {
    const chat = [line(1), line(2, { member_id: 3, name: '', text: '' }), line(3, { member_id: ME })]
    expect(readable(room({ chat })).map(({ seq }) => seq)).toEqual([1, 3])
    expect(readable(room({ chat, blocks: [block()] })).map(({ seq }) => seq)).toEqual([3])
    expect(readable(room({ chat, blocks: [block(9)] })).map(({ seq }) => seq)).toEqual([1, 3])
    expect(countUnseen(readable(room({ chat })), 0, ME)).toBe(1)
  })

  it('knows whom the person keeps apart from, and which own lines wait', () => {
    expect(isBlocked(room({ blocks: [block()] }), OTHER)).toBe(true)
    expect(isBlocked(room({ blocks: [block(9)] }), OTHER)).toBe(false)
    expect(heldOf(room({ held: [line(1), line(2, { member_id: ME })] }), ME).map(({ seq }) => seq)).toEqual([
      2,
    ])
  })

  it('is not read out either', () => {
    const nameOf = () => 'Tom'
    expect(spokenFor(posted(1, 'hello'), nameOf, ME, room())?.text).toBe('Tom wrote in the chat.')
    expect(spokenFor(posted(1, 'hello'), nameOf, ME, room({ blocks: [block()] }))).toBeNull()
    const parted = { type: 'chat_posted', member_id: OTHER, n: 1, name: '', text: '', held_seq: 0 } as const
    expect(spokenFor(commit(1, parted), nameOf, ME, room())).toBeNull()
  })
})

describe('what is said of changes', () => {
  const outside = room({ members: {}, guests: [guest()] })
  const led = room().watch
  const said = (before: Room, after: Room) => spokenChange(before, after, ME)

  it('is urgent about the own place', () => {
    expect(said(outside, room())[0]).toMatchObject({ urgency: 'assertive', text: /let in/ })
    expect(said(room(), outside)[0]).toMatchObject({ urgency: 'assertive', text: /wait outside/ })
    // Another seat after a long break is no door that opened.
    expect(said(room({ members: {} }), room())).toEqual([])
  })

  it('tells who is asked to lead, and of safe mode and its end', () => {
    const watched = (watch: Partial<Watch>) => room({ watch: { ...led, lost_ms: 1, ...watch } })
    expect(said(room(), watched({}))).toEqual([])
    expect(said(watched({}), watched({ asked: ME }))[0]).toMatchObject({ urgency: 'assertive' })
    expect(said(watched({}), watched({ asked: OTHER }))[0]?.text).toBe('Tom is asked to step in.')
    expect(said(watched({ asked: OTHER }), watched({ asked: OTHER, is_safe: true }))[0]?.text).toContain(
      'No host is here',
    )
    expect(said(watched({ asked: OTHER }), room())[0]?.text).toBe('Somebody leads the meeting again.')
    expect(said(watched({}), room())).toEqual([])
  })

  it('tells a role that came with a new view of the room', () => {
    const host = room({ members: { [ME]: member({ role: 'host' }) } })
    expect(said(room({ members: { [ME]: member() } }), host)[0]?.text).toBe('Your role here is now: Host.')
  })
})

describe('waiting in words', () => {
  it('is whole minutes once it is long', () => {
    expect(waitText(15 * MINUTE_MS + 900)).toBe('15 minutes')
    expect(waitText(14 * MINUTE_MS + 2_000)).toBe('15 minutes')
    expect(waitText(MINUTE_MS + 500)).toBe('1 minute')
    expect(waitText(20_000)).toBe('20 seconds')
    expect(refusalText('on_probation', '', 2 * MINUTE_MS)).toContain('in 2 minutes')
  })
})

describe('private words', () => {
  const asked: [string, unknown][] = []
  let answers: (Answer | null)[] = []
  const here = signal<Room | null>(null)
  const stay = {
    room: here,
    me: signal(ME),
    request: (event: string, payload: unknown) => {
      asked.push([event, payload])
      return Promise.resolve(answers.length > 0 ? (answers.shift() ?? null) : DONE)
    },
  }
  let letters: Letters
  const of = (memberId: number) => letters.all.value.get(memberId)

  beforeEach(() => {
    asked.length = 0
    answers = []
    const plain = room()
    here.value = { ...plain, rules: { ...plain.rules, has_private: true } }
    letters = new Letters(stay)
  })

  it('are asked for, agreed to, and counted while nobody looks', async () => {
    expect(await letters.ask(OTHER)).toBeNull()
    expect(of(OTHER)).toMatchObject({ phase: 'asked_by_me', name: 'Tom', unseen: 0 })
    letters.answered(OTHER, true)
    letters.received({ member_id: OTHER, text: 'hello', sent_ms: 5 })
    expect(of(OTHER)).toMatchObject({ phase: 'open', unseen: 2 })
    letters.seen(OTHER)
    expect(letters.unseen.value).toEqual([])
    expect(await letters.send(OTHER, 'and you')).toBeNull()
    expect(of(OTHER)?.lines.map(({ isMine, text }) => [isMine, text])).toEqual([
      [false, 'hello'],
      [true, 'and you'],
    ])
    expect(asked.map(([event]) => event)).toEqual(['ask_private', 'send_private'])
  })

  it('stay as they were where the server says no, or nothing', async () => {
    answers = [{ type: 'refused', code: 'not_reachable', retry_ms: 0, suggestion: '' }]
    expect((await letters.ask(OTHER))?.code).toBe('not_reachable')
    expect(of(OTHER)).toBeUndefined()
    letters.answered(OTHER, true)
    answers = [null]
    expect((await letters.send(OTHER, 'lost'))?.code).toBe('busy')
    expect(of(OTHER)?.lines).toEqual([])
  })

  it('are no news when told again after a break', () => {
    letters.asked(OTHER)
    letters.seen(OTHER)
    letters.asked(OTHER)
    expect(letters.unseen.value).toEqual([])
  })

  it('end with whoever leaves or is blocked, under the name that was known', () => {
    letters.asked(OTHER)
    const plain = here.value
    if (plain === null) throw new Error('no room')
    here.value = { ...plain, members: { [ME]: member() } }
    letters.follow(here.value)
    expect(of(OTHER)).toMatchObject({ phase: 'ended', name: 'Tom', unseen: 0 })
    letters.answered(OTHER, true)
    here.value = { ...plain, blocks: [block()] }
    letters.follow(here.value)
    expect(of(OTHER)?.phase).toBe('ended')
  })

  it('remember over a reload whether the person may be asked, for the same seat', async () => {
    await letters.setReachable(true)
    const reloaded = new Letters(stay)
    reloaded.recall()
    expect(reloaded.isReachable.value).toBe(true)
    const other = new Letters({ ...stay, me: signal(OTHER) })
    other.recall()
    expect(other.isReachable.value).toBeNull()
  })

  it('are forgotten with the seat', () => {
    letters.asked(OTHER)
    letters.forget()
    expect(letters.all.value.size).toBe(0)
  })
})

describe('the end of a stay', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('says to whoever is banned why, until when, and how to appeal', async () => {
    const fetched = vi.fn((..._given: unknown[]) =>
      Promise.resolve(new Response(JSON.stringify({ appeal: 'Write to us.' }))),
    )
    vi.stubGlobal('fetch', fetched)
    const refusal = { type: 'refused', code: 'banned', retry_ms: 60 * MINUTE_MS, suggestion: 'hate' } as const
    const text = await shown(<Ending slug="talk" ending={{ refusal }} />)
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/rooms/talk/appeal')
    for (const words of ['closed its doors', 'words of hate', 'in 60 minutes', 'Write to us.', 'Help now'])
      expect(text).toContain(words)
    expect(text).not.toContain('Join again')
    const live = { reason: 'banned', why: 'flood', until_ms: Date.now() + 60 * MINUTE_MS } as const
    expect(await shown(<Ending slug="talk" ending={live} />)).toContain('flooding the room')
    const long = { ...refusal, retry_ms: 2 ** 31 - 1, suggestion: 'something newer' }
    const longText = await shown(<Ending slug="talk" ending={{ refusal: long }} />)
    expect(longText).toContain('more than three weeks')
    expect(longText).not.toContain('The reason')
  })

  it('is polite to whoever was not let in, and when the meeting is over', async () => {
    const away = await shown(<Ending slug="talk" ending={{ reason: 'turned_away' }} />)
    expect(away).toContain('did not let you in this time')
    expect(away).toContain('Help now')
    expect(await shown(<Ending slug="talk" ending={{ reason: 'closed' }} />)).toContain(
      'Find another meeting',
    )
  })
})

describe('the meeting’s time', () => {
  const at = (phase: Room['phase'], left_ms: number) => {
    const now_ms = 1_700_000_000_000
    const session = { turn: { now_ms: signal(now_ms) } } as unknown as RoomSession
    const ends_ms = left_ms === 0 ? 0 : now_ms + left_ms
    return shown(
      <PhaseLine session={session} room={room({ phase, ends_ms, starts_ms: now_ms + MINUTE_MS })} />,
    )
  }
  const clock = (at_ms: number) => timeIn(zone.value, at_ms)

  it('is said in words, and nearer the end with more weight', async () => {
    const now_ms = 1_700_000_000_000
    expect(await at('on', 0)).toBe('')
    expect(await at('on', 30 * MINUTE_MS)).toBe(`Ends at ${clock(now_ms + 30 * MINUTE_MS)}`)
    expect(await at('on', 5 * MINUTE_MS)).toContain('in a few minutes')
    expect(await at('doors', 30 * MINUTE_MS)).toContain(`begins at ${clock(now_ms + MINUTE_MS)}`)
    expect(await at('fellowship', 0)).toBe('The meeting after the meeting')
  })
})

describe('when the meeting passes into fellowship', () => {
  const sessionOf = (mayLead: boolean) =>
    ({ may: () => mayLead, leave: () => undefined }) as unknown as RoomSession
  const thanks = 'The meeting has ended. Thank you for being here.'
  const pass = async (mayLead: boolean, ...phases: readonly Room['phase'][]) => {
    document.body.innerHTML = '<main id="main" tabindex="-1"></main><div id="here"></div>'
    const here = document.getElementById('here')
    if (here === null) throw new Error('no place')
    for (const phase of phases) {
      render(<Fellowship session={sessionOf(mayLead)} room={room({ phase })} />, here)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return here
  }

  it('thanks whoever was there, and goes with the choice to stay', async () => {
    const here = await pass(false, 'on', 'fellowship')
    expect(here.textContent).toContain(thanks)
    here.querySelector('button')?.click()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(here.textContent).toBe('')
    expect(document.activeElement?.id).toBe('main')
  })

  it('asks nobody who came later, nobody who leads, and nobody once the meeting goes on', async () => {
    expect((await pass(false, 'fellowship')).textContent).toBe('')
    expect((await pass(true, 'on', 'fellowship')).textContent).toBe('')
    expect((await pass(false, 'on', 'fellowship', 'on')).textContent).toBe('')
  })
})
