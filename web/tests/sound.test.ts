import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Sound } from '../src/media/sound'
import type { Speakers } from '../src/media/speakers'
import type { Offer } from '../src/wire.gen'
import { settled } from './fake_wire'

const SDP = 'v=0\r\na=fingerprint:sha-256 AA:BB\r\na=setup:active\r\n'

class FakePeer extends EventTarget {
  static all: FakePeer[] = []
  connectionState = 'new'
  isClosed = false
  packets = 0
  localDescription = { sdp: SDP }

  constructor() {
    super()
    FakePeer.all.push(this)
  }

  async setRemoteDescription(): Promise<void> {
    const track = { transceiver: { mid: 's0', receiver: {} }, track: this }
    this.dispatchEvent(Object.assign(new Event('track'), track))
  }

  async setLocalDescription(): Promise<void> {}

  async createAnswer(): Promise<object> {
    return {}
  }

  getTransceivers(): object[] {
    return []
  }

  async getStats(): Promise<Map<string, object>> {
    return new Map([['a', { type: 'inbound-rtp', packetsReceived: this.packets }]])
  }

  enter(state: string): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }

  close(): void {
    this.isClosed = true
  }
}

let sounding: unknown
let asked: string[]
let sound: Sound

const offer = (number: number): Offer => ({ peer_id: `p${number}`, sdp: SDP })
const peer = (index: number): FakePeer => {
  const found = FakePeer.all[index]
  if (found === undefined) throw new Error('no such transport')
  return found
}

beforeEach(async () => {
  vi.useFakeTimers()
  FakePeer.all = []
  vi.stubGlobal('RTCPeerConnection', FakePeer)
  asked = []
  const speakers = {
    attach: (_: number, track: unknown) => {
      sounding = track
    },
  } as unknown as Speakers
  const exchange = {
    askMedia: async (event: string) => {
      asked.push(event)
      return offer(FakePeer.all.length + 1)
    },
    answerMedia: async () => null,
  }
  sound = new Sound(speakers, exchange, () => null, {
    mediaChanged: () => undefined,
    arrived: () => undefined,
  })
  await sound.open(offer(1))
  peer(0).enter('connected')
  expect(sounding).toBe(peer(0))
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('sound that moves to another node', () => {
  it('keeps the old transport until a voice has come on the new one', async () => {
    sound.onResumed('')
    await settled()
    expect(FakePeer.all).toHaveLength(2)
    peer(1).enter('connected')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(sound.isFlowing).toBe(true)
    expect([sounding, peer(0).isClosed]).toEqual([peer(0), false])
    peer(1).packets = 1
    await vi.advanceTimersByTimeAsync(100)
    expect([sounding, peer(0).isClosed]).toEqual([peer(1), true])
    expect(sound.isFlowing).toBe(true)
  })

  it('takes the new one after a while where nobody speaks', async () => {
    sound.onResumed('')
    await settled()
    peer(1).enter('connected')
    await vi.advanceTimersByTimeAsync(3_200)
    expect([sounding, peer(0).isClosed]).toEqual([peer(1), true])
  })

  it('opens another where the new one does not come', async () => {
    sound.onResumed('')
    await settled()
    await vi.advanceTimersByTimeAsync(8_000)
    expect(peer(1).isClosed).toBe(true)
    expect(asked).toEqual(['open_media', 'open_media'])
    expect(sounding).toBe(peer(2))
  })

  it('keeps a transport that the server knows by its name', async () => {
    sound.onResumed(offer(1).peer_id)
    await settled()
    expect(FakePeer.all).toHaveLength(1)
  })

  it('opens one at once where there was no sound to keep', async () => {
    peer(0).enter('failed')
    sound.onResumed('')
    await settled()
    expect([sounding, peer(0).isClosed]).toEqual([peer(1), true])
  })
})
