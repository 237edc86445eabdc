import { describe, expect, it } from 'vitest'
import { readAnswer } from '../src/media/description'
import { Health } from '../src/media/health'
import { problemOf } from '../src/media/mic'
import { Voices } from '../src/media/voices'

const SDP = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:active',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=fingerprint:sha-256 AA:BB',
  'a=setup:active',
  '',
].join('\r\n')

describe('the answer to an offer', () => {
  it('holds each fingerprint once, and the role', () => {
    expect(readAnswer('p', SDP)).toEqual({
      peer_id: 'p',
      fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }],
      setup: 'active',
    })
  })

  it('is not made of a description that lacks them', () => {
    expect(() => readAnswer('p', 'v=0\r\na=setup:active\r\n')).toThrow()
    expect(() => readAnswer('p', 'v=0\r\na=fingerprint:sha-256 AA\r\n')).toThrow()
  })
})

describe('health', () => {
  it('calls it quiet after 3.5 s when voices stopped with everything', () => {
    const health = new Health()
    health.look({ voice: 0, lost: 0, all: 0 }, 0)
    health.look({ voice: 50, lost: 0, all: 60 }, 2_000)
    expect(health.look({ voice: 50, lost: 0, all: 60 }, 4_000)).toBe('waiting')
    expect(health.look({ voice: 50, lost: 0, all: 60 }, 5_500)).toBe('quiet')
    expect(health.look({ voice: 50, lost: 0, all: 61 }, 6_000)).toBe('heard')
  })

  it('is patient in a quiet room, where only checks arrive', () => {
    const health = new Health()
    health.look({ voice: 50, lost: 0, all: 60 }, 0)
    health.look({ voice: 50, lost: 0, all: 61 }, 2_000)
    expect(health.look({ voice: 50, lost: 0, all: 61 }, 9_999)).toBe('waiting')
    expect(health.look({ voice: 50, lost: 0, all: 61 }, 10_000)).toBe('quiet')
  })
})

describe('voices', () => {
  const loud = (voice: number, stamp_ms: number) => ({ voice, level: 0.1, stamp_ms })

  it('light up with the sound and go dark after it', () => {
    const voices = new Voices()
    expect([...voices.poll([loud(7, 1), null], 0)]).toEqual([7])
    expect([...voices.poll([loud(7, 1), null], 250)]).toEqual([7])
    expect([...voices.poll([loud(7, 1), null], 500)]).toEqual([])
  })

  it('stay dark below the threshold', () => {
    expect(new Voices().poll([{ voice: 7, level: 0.001, stamp_ms: 1 }], 0).size).toBe(0)
  })

  it('follow a slot that changes hands', () => {
    const voices = new Voices()
    voices.poll([loud(7, 1)], 0)
    expect([...voices.poll([loud(9, 2)], 600)]).toEqual([9])
  })

  it('go dark at once when the microphone goes off', () => {
    const voices = new Voices()
    voices.hear(7, 0.2, 0)
    voices.silence(7)
    expect(voices.poll([], 1).size).toBe(0)
  })
})

describe('a microphone that does not start', () => {
  it.each([
    ['NotAllowedError', 'refused'],
    ['NotFoundError', 'missing'],
    ['NotReadableError', 'in_use'],
    ['InsecureError', 'insecure'],
    ['SomethingNew', 'failed'],
  ])('%s is %s', (name, problem) => {
    expect(problemOf(new DOMException('', name))).toBe(problem)
  })
})
