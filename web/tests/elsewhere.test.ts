import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Link, type LinkListener } from '../src/net/link'
import { FakeServer, joined, resumed } from './fake_wire'

const THERE = 'https://n2.meet.example'

let server: FakeServer
let told: string[]
let link: Link

beforeEach(async () => {
  vi.useFakeTimers()
  server = new FakeServer()
  told = []
  const note = (what: string) => () => void told.push(what)
  const listener: LinkListener = {
    phaseChanged: (phase) => told.push(phase),
    seated: () => undefined,
    clockRead: () => undefined,
    stepped: () => undefined,
    outboxChanged: () => undefined,
    offered: note('offered'),
    resumed: (peerId) => told.push(`resumed ${peerId}`),
    moved: note('moved'),
    reached: () => undefined,
    privateAsked: note('asked'),
    privateAnswered: note('answered'),
    privateLine: note('line'),
    mediaClosed: note('closed'),
    slowed: note('slowed'),
    refusedLate: note('refusedLate'),
    restarting: note('restarting'),
    refused: note('refused'),
    turnedAway: note('turned away'),
    ended: note('ended'),
  }
  link = new Link(server.open, listener, () => 0.5)
  link.join({ slug: 'talk', name: 'Maya', invite: '' })
  server.wire.listener.opened()
})

afterEach(() => {
  vi.useRealTimers()
})

async function sentOn(): Promise<void> {
  await server.wire.last.answer({ type: 'elsewhere', url: THERE })
}

describe('a page that is sent to the node where the room is', () => {
  it('asks the same there, once, and closes the first wire', async () => {
    const [first] = server.wires
    expect(first).toMatchObject({ url: '', goesOn: true })
    const { payload } = server.wire.last
    await sentOn()
    expect(first?.isClosed).toBe(true)
    expect(server.wire).toMatchObject({ url: THERE, goesOn: false })
    server.wire.listener.opened()
    expect(server.wire.last).toMatchObject({ event: 'join', payload })
    await vi.advanceTimersByTimeAsync(5_000)
    await server.wire.last.answer(joined())
    expect(server.wires).toHaveLength(2)
    expect(told).toEqual(['connecting', 'up', 'offered'])
  })

  it('comes in by its own address when nothing answers there for two seconds', async () => {
    await sentOn()
    const there = server.wire
    await vi.advanceTimersByTimeAsync(1_990)
    expect(server.wire).toBe(there)
    await vi.advanceTimersByTimeAsync(20)
    expect(there.isClosed).toBe(true)
    expect(server.wire).toMatchObject({ url: '', goesOn: false })
    server.wire.listener.opened()
    await server.wire.last.answer(joined())
    expect(told).toEqual(['connecting', 'up', 'offered'])
  })

  it.each(['closed', 'turnedAway'] as const)(
    'comes in by its own address at once when it is %s',
    async (how) => {
      await sentOn()
      server.wire.listener[how]('too_many')
      expect(server.wires).toHaveLength(3)
      expect(server.wire).toMatchObject({ url: '', goesOn: false })
      server.wire.listener.opened()
      await server.wire.last.answer(joined())
      expect(told).toEqual(['connecting', 'up', 'offered'])
    },
  )

  it('waits before the next try when nobody answers at all', async () => {
    await sentOn()
    server.wire.listener.closed()
    server.wire.listener.closed()
    expect(server.wires).toHaveLength(3)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(server.wires).toHaveLength(4)
    expect(server.wire).toMatchObject({ url: '', goesOn: true })
  })

  it('may be sent on anew when it comes back later, with its ticket', async () => {
    await sentOn()
    server.wire.listener.opened()
    await server.wire.last.answer(joined())
    told.length = 0
    server.wire.listener.closed()
    expect(told).toEqual(['retrying'])
    await vi.advanceTimersByTimeAsync(6_000)
    expect(server.wire).toMatchObject({ url: '', goesOn: true })
    server.wire.listener.opened()
    await sentOn()
    server.wire.listener.opened()
    expect(server.wire.last).toMatchObject({ event: 'resume', payload: { ticket: 'first' } })
    await server.wire.last.answer(resumed())
    expect(told).toEqual(['retrying', 'up', 'resumed p1'])
  })

  it('goes nowhere once the person has left', async () => {
    await sentOn()
    void link.leave()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(server.wires).toHaveLength(2)
  })
})
