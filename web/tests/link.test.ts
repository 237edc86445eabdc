import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Link, type LinkListener, type LinkPhase } from '../src/net/link'
import type { Seat } from '../src/net/seat'
import type { Outbox } from '../src/state/outbox'
import type { Guest, Room, Waits } from '../src/wire.gen'
import { FakeServer, joined, ME, posted, resumed, room, settled } from './fake_wire'

const WISH = { slug: 'talk', name: 'Maya', invite: '' }

class Seen {
  phases: LinkPhase[] = []
  seats: Seat[] = []
  room: Room | null = null
  outbox: Outbox | null = null
  calls: string[] = []
  clock: number[] = []

  readonly listener: LinkListener = {
    phaseChanged: (phase) => this.phases.push(phase),
    seated: (seat) => this.seats.push(seat),
    clockRead: (now_ms) => this.clock.push(now_ms),
    stepped: (step) => {
      this.room = step.replica.room
      if (step.wasReset) this.calls.push('reset')
    },
    outboxChanged: (outbox) => {
      this.outbox = outbox
    },
    offered: (offer) => this.calls.push(`offered ${offer.peer_id}`),
    resumed: (peerId) => this.calls.push(`resumed ${peerId}`),
    moved: (offer) => this.calls.push(`moved ${offer?.peer_id ?? ''}`),
    privateAsked: (memberId) => this.calls.push(`asked ${memberId}`),
    privateAnswered: (memberId, yes) => this.calls.push(`answered ${memberId} ${yes}`),
    privateLine: (line) => this.calls.push(`line ${line.member_id} ${line.text}`),
    mediaClosed: (peerId) => this.calls.push(`closed ${peerId}`),
    slowed: () => this.calls.push('slowed'),
    refusedLate: ({ code }, { event }) => this.calls.push(`refused ${event} ${code}`),
    reached: (isWhole) => this.calls.push(`reached ${isWhole}`),
    restarting: () => this.calls.push('restarting'),
    refused: (refusal) => this.calls.push(`refused ${refusal.code}`),
    turnedAway: (why) => this.calls.push(`turned away ${why}`),
    ended: ({ reason }) => this.calls.push(`ended ${reason}`),
  }

  get lines(): string[] {
    return this.room?.chat.map((line) => line.text) ?? []
  }

  get pending(): string[] {
    const queued = this.outbox?.queued ?? []
    return queued.flatMap(({ command }) => (command.event === 'post_chat' ? [command.payload.text] : []))
  }
}

let server: FakeServer
let seen: Seen
let link: Link

beforeEach(() => {
  vi.useFakeTimers()
  server = new FakeServer()
  seen = new Seen()
  link = new Link(server.open, seen.listener, () => 0.5)
})

afterEach(() => {
  vi.useRealTimers()
})

async function sitDown(): Promise<void> {
  link.join(WISH)
  server.wire.listener.opened()
  await server.wire.last.answer(joined())
}

async function comeBack(answer = resumed()): Promise<void> {
  await vi.advanceTimersByTimeAsync(6_000)
  server.wire.listener.opened()
  await server.wire.last.answer(answer)
}

function post(text: string) {
  return link.send({ event: 'post_chat', payload: { text } })
}

function postedEvent(seqs: readonly number[]) {
  return {
    event: 'commits',
    payload: { type: 'commits', epoch: 1, commits: seqs.map((seq) => posted(seq, `line ${seq}`)) },
  } as const
}

describe('sitting down', () => {
  it('says which browser it is, and shows the card that this room gave before', async () => {
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    })
    await sitDown()
    const { device, card } = server.wire.last.payload
    expect(device).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(card).toBe('')
    server.wire.listener.heard({ event: 'card_given', payload: { card: 'sealed' } })
    link = new Link(server.open, seen.listener)
    await sitDown()
    expect(server.wires.at(-1)?.last.payload).toMatchObject({ device, card: 'sealed' })
    vi.unstubAllGlobals()
  })

  it('tries again as the same attempt, so that a lost answer costs no name', async () => {
    link.join(WISH)
    server.wire.listener.opened()
    const first = server.wire.last.payload['attempt']
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.opened()
    expect(server.wire.last).toMatchObject({ event: 'join', payload: { attempt: first } })
  })

  it('joins with the wish and hands on seat, room and offer', async () => {
    await sitDown()
    expect(server.wire.last).toMatchObject({
      event: 'join',
      payload: { room: 'talk', name: 'Maya', invite: '' },
    })
    expect(seen.seats.at(-1)).toMatchObject({ ticket: 'first', memberId: ME })
    expect(seen.room?.title).toBe('Talk')
    expect(seen.calls).toEqual(['offered p1'])
    expect(seen.phases).toEqual(['connecting', 'up'])
  })

  it('tells a refusal and stops', async () => {
    link.join(WISH)
    server.wire.listener.opened()
    await server.wire.last.answer({ type: 'refused', code: 'name_taken', retry_ms: 0, suggestion: 'Maya 2' })
    expect(seen.calls).toEqual(['refused name_taken'])
    expect(server.wire.isClosed).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.wires).toHaveLength(1)
  })

  it('tries again when there is no server yet', async () => {
    link.join(WISH)
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(server.wires).toHaveLength(2)
    server.wire.listener.opened()
    await server.wire.last.answer(joined())
    expect(seen.phases.at(-1)).toBe('up')
  })

  it('applies commits that overtake the answer to join', async () => {
    link.join(WISH)
    server.wire.listener.opened()
    server.wire.hear(postedEvent([11]))
    await server.wire.last.answer(joined(10))
    expect(seen.lines).toEqual(['line 11'])
  })
})

const GUEST: Guest = {
  member_id: ME,
  name: 'Maya',
  since_ms: 1,
  is_new: true,
  is_held: false,
  lines: [],
}

describe('the door', () => {
  const outside = () => room({ members: {}, guests: [GUEST] })
  const waits = (): Waits => ({
    type: 'waits',
    member_id: ME,
    ticket: 'outside',
    sync: { type: 'snapshot', revision: { epoch: 1, seq: 10 }, room: outside() },
    now_ms: 0,
  })

  it('has a seat of its own kind: no transport until somebody lets one in', async () => {
    link.join(WISH)
    server.wire.listener.opened()
    await server.wire.last.answer(waits())
    expect(seen.calls).not.toContain('offered p1')
    expect(seen.room?.guests).toHaveLength(1)
    server.wire.hear({
      event: 'moved',
      payload: {
        sync: { type: 'snapshot', revision: { epoch: 1, seq: 12 }, room: room() },
        offer: { peer_id: 'p1', sdp: '' },
      },
    })
    expect(seen.calls.at(-1)).toBe('moved p1')
    expect(seen.room?.members[ME]).toBeDefined()
  })

  it('asks for no sound where one comes back to it', async () => {
    link.join(WISH)
    server.wire.listener.opened()
    await server.wire.last.answer(waits())
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.opened()
    await server.wire.last.answer(resumed({ sync: { type: 'commits', epoch: 1, commits: [] } }))
    expect(seen.calls.some((call) => call.startsWith('resumed'))).toBe(false)
  })
})

describe('the log', () => {
  it('applies in order and ignores what is old', async () => {
    await sitDown()
    server.wire.hear(postedEvent([11, 12]))
    server.wire.hear(postedEvent([12, 13]))
    expect(seen.lines).toEqual(['line 11', 'line 12', 'line 13'])
    expect(server.wire.asked).toHaveLength(1)
  })

  it('holds what is early, asks once, and closes the hole', async () => {
    await sitDown()
    server.wire.hear(postedEvent([13]))
    server.wire.hear(postedEvent([14]))
    expect(seen.lines).toEqual([])
    const asked = server.wire.asked.filter((one) => one.event === 'catch_up')
    expect(asked).toHaveLength(1)
    expect(asked[0]?.payload).toEqual({ epoch: 1, seq: 10 })
    await asked[0]?.answer({
      type: 'synced',
      sync: { type: 'commits', epoch: 1, commits: [posted(11, 'a'), posted(12, 'b')] },
    })
    expect(seen.lines).toEqual(['a', 'b', 'line 13', 'line 14'])
  })

  it('catches up when the server says that it was too slow', async () => {
    await sitDown()
    server.wire.hear({ event: 'resync', payload: { revision: { epoch: 1, seq: 40 } } })
    expect(server.wire.last.event).toBe('catch_up')
  })

  it('takes a snapshot of a new epoch and says that the history is gone', async () => {
    await sitDown()
    server.wire.hear({ event: 'commits', payload: { type: 'commits', epoch: 2, commits: [posted(1, 'x')] } })
    expect(server.wire.last.event).toBe('catch_up')
    await server.wire.last.answer({
      type: 'synced',
      sync: { type: 'snapshot', revision: { epoch: 2, seq: 3 }, room: room({ title: 'Anew' }) },
    })
    expect(seen.room?.title).toBe('Anew')
    expect(seen.calls).toContain('reset')
  })
})

describe('commands', () => {
  it('travel one at a time with their own running numbers', async () => {
    await sitDown()
    void post('one')
    void post('two')
    expect(server.wire.asked.map((one) => one.payload['n'])).toEqual([undefined, 1])
    await server.wire.last.answer({ type: 'accepted', revision: { epoch: 1, seq: 11 } })
    expect(server.wire.last.payload).toEqual({ text: 'two', n: 2 })
  })

  it('stay visible until their effect is in the room', async () => {
    await sitDown()
    void post('line 11')
    await server.wire.last.answer({ type: 'accepted', revision: { epoch: 1, seq: 11 } })
    expect(seen.pending).toEqual(['line 11'])
    server.wire.hear(postedEvent([11]))
    expect(seen.pending).toEqual([])
    expect(seen.lines).toEqual(['line 11'])
  })

  it('are resent under the same number after a break, and only if they were not carried out', async () => {
    await sitDown()
    void post('carried out, answer lost')
    void post('never arrived')
    server.wire.listener.closed()
    await comeBack(
      resumed({
        last_n: 1,
        sync: { type: 'commits', epoch: 1, commits: [posted(11, 'carried out, answer lost', ME, 1)] },
      }),
    )
    const sent = server.wire.asked.filter((one) => one.event === 'post_chat')
    expect(sent.map((one) => one.payload)).toEqual([{ text: 'never arrived', n: 2 }])
    expect(seen.lines).toEqual(['carried out, answer lost'])
    expect(seen.pending).toEqual(['never arrived'])
  })

  it('are done up to the number that the server names, also where nothing shows it', async () => {
    await sitDown()
    void link.send({ event: 'mute_member', payload: { member_id: 9 } })
    void post('next')
    server.wire.listener.closed()
    await comeBack(resumed({ last_n: 1 }))
    expect(server.wire.asked.map((one) => one.event)).toEqual(['resume', 'post_chat'])
  })

  it('wait and try again when they came too fast, and then in order', async () => {
    await sitDown()
    void post('one')
    void post('two')
    await server.wire.last.answer({ type: 'refused', code: 'too_fast', retry_ms: 900, suggestion: '' })
    expect(seen.calls).toContain('slowed')
    expect(server.wire.asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(900)
    expect(server.wire.last.payload).toEqual({ text: 'one', n: 1 })
  })

  it('do not wait behind a line that slow mode holds back', async () => {
    await sitDown()
    const answered = post('one')
    void post('two')
    await server.wire.last.answer({ type: 'refused', code: 'too_fast', retry_ms: 60_000, suggestion: '' })
    expect(await answered).toMatchObject({ code: 'too_fast' })
    expect(server.wire.last.payload).toEqual({ text: 'two', n: 2 })
  })

  describe('that silence somebody', () => {
    const busy = { type: 'refused', code: 'busy', retry_ms: 1_000, suggestion: '' } as const
    const accepted = { type: 'accepted', revision: { epoch: 1, seq: 10 } } as const
    const mute = (member_id: number) => link.send({ event: 'mute_member', payload: { member_id } })
    const freeze = (on: boolean) => link.send({ event: 'set_freeze', payload: { on } })
    const sent = () => server.wire.asked.slice(1).map(({ event, payload }) => [event, payload['n']])

    it('are sent at once, also behind a line that is not answered, and then again in their turn', async () => {
      await sitDown()
      void post('one moment')
      void mute(9)
      void post('and then')
      void freeze(true)
      const first = [
        ['post_chat', 1],
        ['mute_member', 2],
        ['set_freeze', 4],
      ]
      expect(sent()).toEqual(first)
      const asked = server.wire.asked.slice(1)
      for (const one of asked) await one.answer(busy)
      await vi.advanceTimersByTimeAsync(1_000)
      expect(sent()).toEqual([...first, ['post_chat', 1]])
      await server.wire.last.answer(accepted)
      expect(sent().slice(4)).toEqual([['mute_member', 2]])
      await server.wire.last.answer(accepted)
      expect(sent().slice(5)).toEqual([['post_chat', 3]])
      await server.wire.last.answer(accepted)
      expect(sent().slice(6)).toEqual([['set_freeze', 4]])
      await server.wire.last.answer(accepted)
      await vi.advanceTimersByTimeAsync(5_000)
      expect(sent()).toHaveLength(7)
      expect(seen.outbox?.queued).toEqual([])
    })

    it('are not sent twice where the first answer says that they are done', async () => {
      await sitDown()
      void post('one')
      void mute(9)
      const [, line, order] = server.wire.asked
      await line?.answer(accepted)
      await order?.answer(accepted)
      expect(sent()).toEqual([
        ['post_chat', 1],
        ['mute_member', 2],
      ])
    })

    it('wait for their own answer where the one before is done first', async () => {
      await sitDown()
      void post('one')
      void mute(9)
      await server.wire.asked[1]?.answer(accepted)
      expect(sent()).toHaveLength(2)
      await server.wire.asked[2]?.answer(busy)
      await vi.advanceTimersByTimeAsync(999)
      expect(sent()).toHaveLength(2)
      await vi.advanceTimersByTimeAsync(1)
      expect(sent()[2]).toEqual(['mute_member', 2])
    })

    it('are sent ahead again by the next wire', async () => {
      await sitDown()
      void post('one moment')
      void mute(9)
      server.wire.listener.closed()
      await comeBack()
      expect(sent()).toEqual([
        ['post_chat', 1],
        ['mute_member', 2],
      ])
    })

    it('do not keep the host waiting while they only hold; a refusal is told later', async () => {
      await sitDown()
      const answered = vi.fn()
      void mute(9).then(answered)
      await server.wire.last.answer(busy)
      expect(answered).toHaveBeenCalledExactlyOnceWith(null)
      await vi.advanceTimersByTimeAsync(1_000)
      await server.wire.last.answer({ type: 'refused', code: 'not_allowed', retry_ms: 0, suggestion: '' })
      expect(seen.calls.at(-1)).toBe('refused mute_member not_allowed')
      expect(answered).toHaveBeenCalledOnce()
    })

    it('do not keep a ban waiting either, but its sender, who may want to lift it', async () => {
      await sitDown()
      const answered = vi.fn()
      const payload = { member_id: 9, reason: 'flood', hours: 24 } as const
      void link.send({ event: 'ban_member', payload }).then(answered)
      void mute(8)
      expect(sent()).toHaveLength(2)
      await server.wire.asked[1]?.answer(busy)
      expect(answered).not.toHaveBeenCalled()
    })

    it('wait for what was sent before where they give a voice back', async () => {
      await sitDown()
      void freeze(true)
      void freeze(false)
      void link.send({ event: 'lift_mute', payload: { member_id: 9 } })
      expect(sent()).toEqual([['set_freeze', 1]])
    })
  })

  it('tell why they were refused', async () => {
    await sitDown()
    const answered = post('   ')
    await server.wire.last.answer({ type: 'refused', code: 'empty_text', retry_ms: 0, suggestion: '' })
    expect(await answered).toMatchObject({ code: 'empty_text' })
    expect(seen.pending).toEqual([])
  })

  it('drop a wire that does not answer', async () => {
    await sitDown()
    void post('one')
    await server.wire.last.fail()
    expect(seen.phases.at(-1)).toBe('retrying')
    expect(seen.pending).toEqual(['one'])
  })
})

describe('coming back', () => {
  it('resumes with the ticket and the last revision, and keeps the new ticket', async () => {
    await sitDown()
    server.wire.hear(postedEvent([11]))
    server.wire.listener.closed()
    await comeBack()
    expect(server.wire.last.payload).toEqual({ ticket: 'first', epoch: 1, seq: 11 })
    expect(seen.seats.at(-1)?.ticket).toBe('second')
    expect(seen.calls.at(-1)).toBe('resumed p1')
    expect(seen.phases).toEqual(['connecting', 'up', 'retrying', 'up'])
  })

  it('waits longer each time, never longer than 5 s', async () => {
    await sitDown()
    for (let attempt = 0; attempt < 8; attempt += 1) {
      server.wire.listener.closed()
      await vi.advanceTimersByTimeAsync(5_000)
      expect(server.wires).toHaveLength(attempt + 2)
    }
  })

  it('sits down again under the same name when the ticket is of no use', async () => {
    await sitDown()
    void post('on its way')
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.opened()
    await server.wire.last.answer({ type: 'refused', code: 'ticket_unusable', retry_ms: 0, suggestion: '' })
    expect(server.wire.last).toMatchObject({ event: 'join', payload: { name: 'Maya' } })
    await server.wire.last.answer({ type: 'refused', code: 'name_taken', retry_ms: 0, suggestion: 'Maya 2' })
    expect(server.wire.last).toMatchObject({ event: 'join', payload: { name: 'Maya 2' } })
    await server.wire.last.answer(joined(2, { member_id: 70 }))
    expect(server.wire.last).toMatchObject({ event: 'post_chat', payload: { n: 1, text: 'on its way' } })
  })

  it('does not write a line twice that the old seat is seen to have written', async () => {
    await sitDown()
    void post('already there')
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.opened()
    await server.wire.last.answer({ type: 'refused', code: 'ticket_unusable', retry_ms: 0, suggestion: '' })
    const line = {
      seq: 2,
      member_id: ME,
      name: 'Maya',
      text: 'already there',
      sent_ms: 0,
      n: 1,
      retracted: false,
    }
    const sync = { type: 'snapshot', revision: { epoch: 2, seq: 2 }, room: room({ chat: [line] }) } as const
    await server.wire.last.answer(joined(2, { member_id: 70, sync }))
    expect(server.wire.asked.filter((one) => one.event === 'post_chat')).toEqual([])
    expect(seen.pending).toEqual([])
  })

  it('comes back after the time that a stopping server names', async () => {
    await sitDown()
    server.wire.hear({
      event: 'ended',
      payload: { reason: 'restarting', retry_ms: 2_000, why: '', until_ms: 0 },
    })
    expect(seen.calls).toContain('restarting')
    await vi.advanceTimersByTimeAsync(1_900)
    expect(server.wires).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(server.wires).toHaveLength(2)
  })

  it('does not come back where that is of no use', async () => {
    await sitDown()
    server.wire.hear({ event: 'ended', payload: { reason: 'removed', retry_ms: 0, why: '', until_ms: 0 } })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.calls.at(-1)).toBe('ended removed')
    expect(server.wires).toHaveLength(1)
  })

  it('believes the browser about the network', async () => {
    await sitDown()
    link.networkWent()
    expect(seen.phases.at(-1)).toBe('retrying')
    link.networkCame()
    expect(server.wires).toHaveLength(2)
  })

  it('makes sure that a wire lives when the page is looked at again', async () => {
    await sitDown()
    link.networkCame()
    expect(server.wire.last.event).toBe('catch_up')
    await server.wire.last.fail()
    expect(seen.phases.at(-1)).toBe('retrying')
  })

  it('says that there are too many to a newcomer, and waits with a seat', async () => {
    link.join(WISH)
    server.wire.listener.turnedAway('too_many')
    expect(seen.calls).toEqual(['turned away too_many'])
    expect(seen.phases.at(-1)).toBe('over')

    link = new Link(server.open, seen.listener, () => 0.5)
    await sitDown()
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.turnedAway('too_many')
    expect(seen.phases.at(-1)).toBe('retrying')
    await comeBack()
    expect(seen.phases.at(-1)).toBe('up')
  })

  it('stops where the server speaks another version', async () => {
    await sitDown()
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.turnedAway('protocol')
    expect(seen.calls).toContain('turned away protocol')
    expect(seen.phases.at(-1)).toBe('over')
  })

  it('comes back with the newest ticket', async () => {
    await sitDown()
    server.wire.hear({ event: 'ticket_renewed', payload: { ticket: 'newer' } })
    expect(seen.seats.at(-1)?.ticket).toBe('newer')
    server.wire.listener.closed()
    await vi.advanceTimersByTimeAsync(6_000)
    server.wire.listener.opened()
    expect(server.wire.last.payload).toMatchObject({ ticket: 'newer' })
  })

  it('keeps a changed name', async () => {
    await sitDown()
    const fact = { type: 'member_renamed', member_id: ME, name: 'May', was: '' } as const
    const renamed = { seq: 11, at_ms: 0, by: ME, n: 1, fact }
    server.wire.hear({ event: 'commits', payload: { type: 'commits', epoch: 1, commits: [renamed] } })
    expect(seen.seats.at(-1)?.name).toBe('May')
  })
})

describe('leaving', () => {
  it('says so and never comes back', async () => {
    await sitDown()
    const leaving = link.leave()
    expect(server.wire.last.event).toBe('leave')
    await server.wire.last.answer({ type: 'accepted', revision: { epoch: 1, seq: 12 } })
    await leaving
    await settled()
    expect(server.wire.isClosed).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.wires).toHaveLength(1)
    expect(seen.phases.at(-1)).toBe('over')
  })

  it('says so behind a join that is not answered yet', async () => {
    link.join({ slug: 'talk', name: 'Maya', invite: '' })
    server.wire.listener.opened()
    void link.leave()
    expect(server.wire.asked.map(({ event }) => event)).toEqual(['join', 'leave'])
  })
})
