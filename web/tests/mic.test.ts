import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Mic } from '../src/media/mic'

class FakeTrack extends EventTarget {
  enabled = true
  isStopped = false

  stop(): void {
    this.isStopped = true
  }
}

type Grant = (outcome: FakeTrack | DOMException) => Promise<void>

let grants: Grant[]
let log: string[]
let plugged: unknown
let mic: Mic
let isTurn: boolean

beforeEach(() => {
  vi.useFakeTimers()
  grants = []
  log = []
  plugged = null
  const getUserMedia = () =>
    new Promise((resolve, reject) => {
      grants.push(async (outcome) => {
        if (outcome instanceof FakeTrack) resolve({ getAudioTracks: () => [outcome] })
        else reject(outcome)
        await vi.advanceTimersByTimeAsync(0)
      })
    })
  isTurn = false
  vi.stubGlobal('navigator', {
    userAgent: 'Firefox/140.0',
    maxTouchPoints: 0,
    mediaDevices: { getUserMedia },
  })
  mic = new Mic(
    {
      phaseChanged: (phase) => log.push(phase),
      problemChanged: (problem) => problem !== null && log.push(problem),
      trackChanged: async (track) => {
        plugged = track
      },
    },
    () => isTurn,
  )
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open(track = new FakeTrack()): Promise<FakeTrack> {
  const opening = mic.open()
  await grants.at(-1)?.(track)
  await opening
  return track
}

describe('the microphone', () => {
  it('is asked for by a press and plugged in', async () => {
    const track = await open()
    expect(log).toEqual(['asking', 'on'])
    expect(plugged).toBe(track)
    expect(track.enabled).toBe(true)
  })

  it('is silent at once, and let go of 5 s later', async () => {
    const track = await open()
    mic.close()
    expect([track.enabled, track.isStopped, plugged]).toEqual([false, false, track])
    await vi.advanceTimersByTimeAsync(5_000)
    expect([track.isStopped, plugged]).toEqual([true, null])
  })

  it('keeps the capture over a short pause', async () => {
    const track = await open()
    mic.close()
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await mic.open()).toBe(true)
    await vi.advanceTimersByTimeAsync(10_000)
    expect([grants.length, track.enabled, track.isStopped]).toEqual([1, true, false])
  })

  it('never opens after the person closed it while the browser asked', async () => {
    const opening = mic.open()
    mic.close()
    const track = new FakeTrack()
    await grants[0]?.(track)
    expect(await opening).toBe(false)
    expect([track.isStopped, plugged, mic.phase]).toEqual([true, null, 'off'])
  })

  it('keeps one capture when it was pressed off and on while the browser asked', async () => {
    void mic.open()
    mic.close()
    const again = mic.open()
    const [first, second] = [new FakeTrack(), new FakeTrack()]
    await grants[0]?.(first)
    await grants[1]?.(second)
    expect(await again).toBe(true)
    expect([first.isStopped, second.isStopped, plugged]).toEqual([true, false, second])
  })

  it('tells why it did not start, and can be asked for again', async () => {
    const opening = mic.open()
    await grants[0]?.(new DOMException('', 'NotAllowedError'))
    expect(await opening).toBe(false)
    expect(log).toEqual(['asking', 'off', 'refused'])
    await open()
    expect(mic.phase).toBe('on')
  })

  it('says so when the device goes away', async () => {
    const track = await open()
    track.dispatchEvent(new Event('ended'))
    expect(log.slice(-2)).toEqual(['off', 'ended'])
    expect(plugged).toBeNull()
  })

  it('does not mind a blink of the system', async () => {
    const track = await open()
    track.dispatchEvent(new Event('mute'))
    await vi.advanceTimersByTimeAsync(1_900)
    track.dispatchEvent(new Event('unmute'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect([log.at(-1), track.isStopped]).toEqual(['on', false])
  })

  it('is off after a phone call took it, and stays off when the call is over', async () => {
    const track = await open()
    track.dispatchEvent(new Event('mute'))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(log.slice(-2)).toEqual(['off', 'interrupted'])
    track.dispatchEvent(new Event('unmute'))
    expect([mic.phase, track.isStopped, plugged]).toEqual(['off', true, null])
  })

  it('is off after a call through which the page slept', async () => {
    const track = await open()
    track.dispatchEvent(new Event('mute'))
    // No timer runs in a page that sleeps; the clock goes on.
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
    track.dispatchEvent(new Event('unmute'))
    expect(log.slice(-2)).toEqual(['off', 'interrupted'])
    vi.restoreAllMocks()
  })

  it('keeps the capture as long as the turn goes on, and no longer', async () => {
    const track = await open()
    isTurn = true
    mic.close()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([track.enabled, track.isStopped]).toEqual([false, false])
    isTurn = false
    await vi.advanceTimersByTimeAsync(5_000)
    expect(track.isStopped).toBe(true)
  })

  it('goes on without a gap when another one is chosen', async () => {
    const old = await open()
    const newer = new FakeTrack()
    const swapping = mic.swap()
    expect([mic.phase, plugged, old.isStopped]).toEqual(['on', old, false])
    await grants.at(-1)?.(newer)
    await swapping
    expect([mic.phase, plugged, newer.enabled, old.isStopped]).toEqual(['on', newer, true, true])
  })

  it('that comes after it was turned off is let go of', async () => {
    await open()
    const late = new FakeTrack()
    const swapping = mic.swap()
    mic.close()
    await grants.at(-1)?.(late)
    await swapping
    expect([mic.phase, late.isStopped]).toEqual(['off', true])
    expect(plugged).not.toBe(late)
  })

  it('that is off is not asked for because another one is chosen', async () => {
    await mic.swap()
    expect(grants).toEqual([])
  })

  it('stays the old one where the chosen one is refused', async () => {
    const old = await open()
    const swapping = mic.swap()
    await grants.at(-1)?.(new DOMException('', 'NotReadableError'))
    await swapping
    expect([mic.phase, plugged, old.isStopped]).toEqual(['on', old, false])
    expect(log.at(-1)).toBe('in_use')
  })
})
