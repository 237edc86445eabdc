import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Link, type LinkListener } from '../src/net/link'
import type { Heard } from '../src/net/wire'
import { FakeServer, type FakeWire, joined, posted, resumed, settled } from './fake_wire'

const MOVE = { event: 'move', payload: { url: 'https://n2.meet.example', within_ms: 20_000 } } as const

let server: FakeServer
let told: string[]
let lines: string[]
let link: Link

beforeEach(async () => {
  vi.useFakeTimers()
  server = new FakeServer()
  told = []
  lines = []
  const note = (what: string) => () => void told.push(what)
  const listener: LinkListener = {
    phaseChanged: (phase) => told.push(phase),
    seated: () => undefined,
    clockRead: () => undefined,
    stepped: (step) => {
      lines = step.replica.room?.chat.map((line) => line.text) ?? []
    },
    outboxChanged: () => undefined,
    offered: note('offered'),
    resumed: (peerId) => told.push(`resumed ${peerId}`),
    moved: note('moved'),
    privateAsked: note('asked'),
    privateAnswered: note('answered'),
    privateLine: note('line'),
    mediaClosed: note('closed'),
    slowed: note('slowed'),
    refusedLate: note('refusedLate'),
    reached: (isWhole) => told.push(`reached ${isWhole}`),
    restarting: note('restarting'),
    refused: note('refused'),
    turnedAway: note('turned away'),
    ended: note('ended'),
  }
  link = new Link(server.open, listener, () => 0.5)
  link.join({ slug: 'talk', name: 'Maya', invite: '' })
  server.wire.listener.opened()
  await server.wire.last.answer(joined())
  told.length = 0
})

afterEach(() => {
  vi.useRealTimers()
})

/** The server says that it is about to stop; the page has what it needs for that. */
const hearMove = async (move: Heard = MOVE) => {
  server.wire.hear(move)
  await import('../src/net/crossing')
  await settled()
}

const wires = (): [FakeWire, FakeWire] => {
  const [old, next] = server.wires
  if (old === undefined || next === undefined) throw new Error('no second wire was opened')
  return [old, next]
}

describe('a move to another node', () => {
  it('opens the second wire before the first one closes, and nobody notices', async () => {
    await hearMove()
    const [old, next] = wires()
    expect(next.url).toBe('https://n2.meet.example')
    old.hear({
      event: 'commits',
      payload: { type: 'commits', epoch: 1, commits: [posted(11, 'still heard')] },
    })
    expect(lines).toEqual(['still heard'])
    next.listener.opened()
    expect(next.last.payload).toEqual({ ticket: 'first', epoch: 1, seq: 11 })
    await next.last.answer(resumed({ peer_id: '' }))
    expect(told).toEqual(['resumed '])
    next.hear({
      event: 'commits',
      payload: { type: 'commits', epoch: 1, commits: [posted(12, 'by the new one', 9, 2)] },
    })
    expect(lines).toEqual(['still heard', 'by the new one'])
    expect(old.isClosed).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(old.isClosed).toBe(true)
    old.listener.closed()
    expect(told).toEqual(['resumed '])
  })

  it('repeats what the old node had not answered', async () => {
    void link.send({ event: 'post_chat', payload: { text: 'hello' } } as never)
    const [, asked] = server.wire.asked
    await hearMove()
    const [, next] = wires()
    next.listener.opened()
    await next.last.answer(resumed({ peer_id: '' }))
    expect(next.last.event).toBe('post_chat')
    expect(next.last.payload).toEqual(asked?.payload)
  })

  it('is tried again at the own address until it works', async () => {
    await hearMove()
    wires()[1].listener.closed()
    await vi.advanceTimersByTimeAsync(500)
    expect(server.wires).toHaveLength(3)
    expect(server.wire.url).toBe('')
    server.wire.listener.opened()
    await server.wire.last.answer({
      type: 'refused',
      code: 'busy',
      retry_ms: 1,
      until_ms: 0,
      suggestion: '',
    } as never)
    await vi.advanceTimersByTimeAsync(500)
    expect(server.wires).toHaveLength(4)
    server.wire.listener.opened()
    await server.wire.last.answer(resumed())
    expect(told).toEqual(['resumed p1'])
  })

  it('ends with the old wire: then it comes back as after any break', async () => {
    await hearMove()
    const [old, next] = wires()
    old.listener.closed()
    await settled()
    expect(next.isClosed).toBe(true)
    expect(told).toEqual(['retrying'])
    await vi.advanceTimersByTimeAsync(6_000)
    expect(server.wires).toHaveLength(3)
  })

  it('is given up when its time is over, and the old wire goes on', async () => {
    await hearMove({ event: 'move', payload: { url: '', within_ms: 1_000 } })
    const [old] = wires()
    for (let turn = 0; turn < 10; turn += 1) {
      server.wire.listener.closed()
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(server.wires.length).toBeLessThan(6)
    old.hear({ event: 'commits', payload: { type: 'commits', epoch: 1, commits: [posted(11, 'here')] } })
    expect(lines).toEqual(['here'])
    expect(told).toEqual([])
  })

  it('drops its own wire, once that breaks, as any other', async () => {
    await hearMove()
    const [, next] = wires()
    next.listener.opened()
    await next.last.answer(resumed())
    next.listener.closed()
    expect(told).toEqual(['resumed p1', 'retrying'])
  })
})
