// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { captureWish } from '../src/media/capture'
import { thriftyOffer } from '../src/media/description'
import { sortDevices } from '../src/media/device_list'
import { softTones } from '../src/media/soft_tones'
import { wavFile } from '../src/media/wav'
import { settings, USUAL } from '../src/settings'
import { barOf, micAdvice, soundAdvice, type Tried } from '../src/state/check'
import { savesData } from '../src/thrift'

const tone = (gain: number) => Float32Array.from({ length: 1_024 }, (_, n) => gain * Math.sin(n / 7))

describe('the bar', () => {
  it.each([
    [0, 0],
    [0.001, 0],
    [0.01, 0.28],
    [0.1, 0.62],
    [1, 0.95],
  ])('of a tone of %s goes to %s', (gain, bar) => {
    expect(barOf(tone(gain))).toBeCloseTo(bar, 1)
  })

  it('ends where it ends', () => {
    expect(barOf(new Float32Array(8).fill(3))).toBe(1)
    expect(barOf(new Float32Array(0))).toBe(0)
  })
})

describe('what to try next', () => {
  const TRIED: Tried = { hears: true, problem: null, peak: 0.7 }

  it.each<[Partial<Tried>, readonly string[]]>([
    [{ problem: 'refused' }, ['allow']],
    [{ problem: 'missing' }, ['plug', 'choose']],
    [{ problem: 'insecure' }, ['secure']],
    [{ peak: 0.1 }, ['mute_key', 'choose', 'headset']],
    [{}, ['choose', 'headset']],
    [{ hears: null }, ['volume', 'headset', 'choose']],
    [{ hears: false }, ['choose']],
    [{ peak: null }, ['choose', 'headset']],
  ])('after %j is %j', (tried, advice) => {
    expect(micAdvice({ ...TRIED, ...tried })).toEqual(advice)
  })

  it('names another loudspeaker only where one can be chosen', () => {
    expect(soundAdvice(true)).toContain('speaker')
    expect(soundAdvice(false)).not.toContain('speaker')
  })
})

describe('the wish for a microphone', () => {
  it('is for a cleaned voice of the usual one', () => {
    expect(captureWish(USUAL)).toEqual({
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
    })
  })

  it('names the chosen one, and may be for the sound as it is', () => {
    expect(captureWish({ microphone: 'abc', has_raw_sound: true })).toEqual({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: 1,
      deviceId: 'abc',
    })
  })
})

describe('the list of devices', () => {
  const one = (kind: MediaDeviceKind, deviceId: string) => ({ kind, deviceId, label: `the ${deviceId}` })

  it('has each once, without cameras and without what cannot be chosen yet', () => {
    const listed = [
      one('audioinput', 'default'),
      one('audioinput', 'a'),
      one('audioinput', ''),
      one('videoinput', 'v'),
      one('audiooutput', 'communications'),
      one('audiooutput', 'b'),
    ]
    expect(sortDevices(listed)).toEqual({
      microphones: [{ id: 'a', label: 'the a' }],
      speakers: [{ id: 'b', label: 'the b' }],
    })
  })
})

describe('an offer for less data', () => {
  const SOUND = ['a=fmtp:111 usedtx=1;maxaveragebitrate=32000', 'a=ptime:20', 'a=maxptime:60']
  const offer = (mic: readonly string[], slot: readonly string[]) =>
    ['v=0', 'm=audio 9', 'a=mid:mic', ...mic, 'm=audio 9', 'a=mid:s0', ...slot, ''].join('\r\n')

  it('changes what is sent, and nothing of what is heard', () => {
    const thrifty = ['a=fmtp:111 usedtx=1;maxaveragebitrate=16000', 'a=ptime:60', 'a=maxptime:60']
    expect(thriftyOffer(offer(SOUND, SOUND))).toBe(offer(thrifty, SOUND))
  })

  it('asks for no longer packets than the server takes', () => {
    const short = SOUND.map((line) => line.replace('maxptime:60', 'maxptime:40'))
    expect(thriftyOffer(offer(short, SOUND))).toContain('a=ptime:40')
  })
})

describe('saving data', () => {
  beforeEach(() => {
    settings.value = USUAL
  })

  it('is what the person asks for', () => {
    expect(savesData()).toBe(false)
    settings.value = { ...USUAL, saves_data: true }
    expect(savesData()).toBe(true)
  })
})

describe('a sound made in the page', () => {
  it('is a WAV file', async () => {
    const file = new DataView(await wavFile(8_000, Float32Array.of(0, 0.5, -1)).arrayBuffer())
    expect([file.byteLength, file.getUint32(24, true), file.getUint32(40, true)]).toEqual([50, 8_000, 6])
    expect([44, 46, 48].map((at) => file.getInt16(at, true))).toEqual([0, 16_384, -32_767])
  })

  it('is soft, and begins and ends without a click', async () => {
    const file = new DataView(await softTones().arrayBuffer())
    const samples = Array.from({ length: (file.byteLength - 44) / 2 }, (_, n) =>
      file.getInt16(44 + 2 * n, true),
    )
    expect(Math.max(...samples)).toBeLessThan(0.25 * 32_767)
    expect(Math.max(...samples)).toBeGreaterThan(0.15 * 32_767)
    expect([...samples.slice(0, 20), ...samples.slice(-20)].every((one) => Math.abs(one) < 40)).toBe(true)
  })
})
