import { describe, expect, it } from 'vitest'
import { readBrowser, stepsFor } from '../src/state/browser'
import { lookAtLoss, NO_LOSS } from '../src/state/loss'
import { FRESH_WATCH, hearUnheard, type MicSample, NOBODY_TALKS, watchMic } from '../src/state/mic_watch'
import { outputChange } from '../src/state/outputs'

const IOS = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)'
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'

describe('the browser', () => {
  it.each<[userAgent: string, system: string, family: string, steps: string]>([
    [`${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36`, 'android', 'chrome', 'chrome_android'],
    [`${ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0`, 'android', 'edge', 'chrome_android'],
    [
      `${ANDROID} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36`,
      'android',
      'samsung',
      'chrome_android',
    ],
    [
      'Mozilla/5.0 (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
      'android',
      'firefox',
      'firefox_android',
    ],
    [
      `${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36`,
      'windows',
      'chrome',
      'chrome',
    ],
    [
      `${WINDOWS} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0`,
      'windows',
      'edge',
      'chrome',
    ],
    [`${WINDOWS} Gecko/20100101 Firefox/140.0`, 'windows', 'firefox', 'firefox'],
    [`${MAC} Version/18.5 Safari/605.1.15`, 'mac', 'safari', 'safari_mac'],
    [`${IOS} Version/18.5 Mobile/15E148 Safari/604.1`, 'ios', 'safari', 'safari_ios'],
    [`${IOS} CriOS/140.0 Mobile/15E148 Safari/604.1`, 'ios', 'chrome', 'other_ios'],
    [`${IOS} FxiOS/140.0 Mobile/15E148 Safari/605.1.15`, 'ios', 'firefox', 'other_ios'],
    ['Mozilla/5.0 (X11; Linux x86_64) Something/1.0', 'other', 'other', 'any'],
  ])('%s', (userAgent, system, family, steps) => {
    const browser = readBrowser({ userAgent, maxTouchPoints: 0, isStandalone: false })
    expect([browser, stepsFor(browser)]).toEqual([{ system, family, isInApp: false }, steps])
  })

  it('on an iPad is no Mac’s', () => {
    const looks = { userAgent: `${MAC} Version/18.5 Safari/605.1.15`, maxTouchPoints: 5, isStandalone: false }
    expect(stepsFor(readBrowser(looks))).toBe('safari_ios')
  })

  it.each([
    `${IOS} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0;FBDV/iPhone15,2]`,
    `${ANDROID} Version/4.0 Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0;]`,
    `${IOS} Mobile/15E148 Instagram 330.0.3 (iPhone15,2; iOS 18_5)`,
    `${IOS} Mobile/15E148 Safari Line/14.1.0`,
    `${ANDROID} Version/4.0 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0`,
    `${IOS} Mobile/15E148 Snapchat/13.0 (like Safari/8600)`,
    `${IOS} Mobile/15E148 musical_ly_35.0 BytedanceWebview/d8a21c6`,
    `${IOS} Mobile/15E148 [LinkedInApp]/9.30`,
    `${ANDROID} Version/4.0 Chrome/130.0 Mobile Safari/537.36 [Pinterest/Android]`,
    `${IOS} Mobile/15E148 Twitter for iPhone/10.50`,
    `${IOS} GSA/330.0 Mobile/15E148 Safari/604.1`,
    `${ANDROID.replace('Pixel 8', 'Pixel 8; wv')} Version/4.0 Chrome/130.0 Mobile Safari/537.36`,
    `${IOS} Mobile/15E148`,
  ])('inside an app: %s', (userAgent) => {
    expect(readBrowser({ userAgent, maxTouchPoints: 5, isStandalone: false }).isInApp).toBe(true)
  })

  it('started from the home screen is in no app', () => {
    const looks = { userAgent: `${IOS} Mobile/15E148`, maxTouchPoints: 5, isStandalone: true }
    expect(readBrowser(looks).isInApp).toBe(false)
  })
})

describe('a microphone that is on', () => {
  const VOICE: MicSample = { level: 0.1, sent: 0, isFlowing: true }

  /** Four samples a second, each with so many packets more; returns when which verdict came. */
  function verdicts(samples: readonly MicSample[]): string[] {
    let watch = FRESH_WATCH
    const seen: string[] = []
    samples.forEach((sample, index) => {
      const { verdict } = watch
      watch = watchMic(watch, sample, index * 250)
      if (watch.verdict !== verdict) seen.push(`${watch.verdict} ${index * 250}`)
    })
    return seen
  }

  const row = (count: number, sample: (index: number) => Partial<MicSample>): MicSample[] =>
    Array.from({ length: count }, (_, index) => ({ ...VOICE, sent: index * 12, ...sample(index) }))

  it.each<[string, MicSample[], string[]]>([
    ['and works is left alone', row(100, () => ({})), []],
    ['in a quiet room gives a little noise, and is left alone', row(100, () => ({ level: 0.00003 })), []],
    ['and is dead from the start is told of after 4 s', row(30, () => ({ level: 0 })), ['silent 4000']],
    [
      'and falls dead later is told of after 10 s',
      row(60, (index) => ({ level: index < 4 ? 0.1 : 0 })),
      ['silent 11000'],
    ],
    [
      'that comes to life again is fine',
      row(30, (index) => ({ level: index < 20 ? 0 : 0.1 })),
      ['silent 4000', 'fine 5000'],
    ],
    ['whose level is not told is left alone', row(60, () => ({ level: null })), []],
    ['whose voice goes nowhere is told of after 4 s', row(30, () => ({ sent: 7 })), ['unsent 4250']],
    ['is not blamed for a connection that is down', row(60, () => ({ sent: 7, isFlowing: false })), []],
    ['and sends nothing while nobody talks is left alone', row(60, () => ({ sent: 7, level: 0.001 })), []],
    [
      'whose packets go on is fine again',
      row(30, (index) => ({ sent: index < 20 ? 7 : index })),
      ['unsent 4250', 'fine 5000'],
    ],
  ])('%s', (_, samples, seen) => {
    expect(verdicts(samples)).toEqual(seen)
  })
})

describe('somebody who talks with the microphone off', () => {
  function told(levels: readonly number[]): number[] {
    let state = NOBODY_TALKS
    return levels.flatMap((level, index) => {
      const heard = hearUnheard(state, level, index * 250)
      state = heard.state
      return heard.isTold ? [index * 250] : []
    })
  }

  it.each<[string, number[], number[]]>([
    ['is told after a second of words', Array(8).fill(0.1), [750]],
    ['not for a cough', [0, 0.3, 0.3, 0, 0, 0, 0, 0, 0.3, 0, 0], []],
    ['not for breath', Array(40).fill(0.005), []],
    ['once a minute at most', Array(4 * 130).fill(0.1), [750, 60_750, 120_750]],
  ])('%s', (_, levels, times) => {
    expect(told(levels)).toEqual(times)
  })
})

describe('the way of the sound', () => {
  /** 100 packets in each look, of which so many are lost. */
  function weak(losses: readonly number[]): boolean[] {
    let watch = lookAtLoss(NO_LOSS, { received: 0, lost: 0 })
    let [received, lost] = [0, 0]
    return losses.map((loss) => {
      received += 100 - loss
      lost += loss
      watch = lookAtLoss(watch, { received, lost })
      return watch.isWeak
    })
  }

  it.each<[string, number[], boolean]>([
    ['is fine with a little loss', [5, 8, 5, 5], false],
    ['is not weak for one bad moment', [50, 0, 50, 0], false],
    ['is weak after three bad looks', [10, 12, 30], true],
    ['stays so while it gets no good', [10, 12, 30, 5, 5, 5, 5, 5, 5], true],
    ['is well after five good looks', [10, 12, 30, 0, 0, 0, 0, 0], false],
  ])('%s', (_, losses, isWeak) => {
    expect(weak(losses).at(-1)).toBe(isWeak)
  })

  it('begins anew with another transport, and needs voices to be judged by', () => {
    const last = { received: 1_000, lost: 0 }
    expect(lookAtLoss({ ...NO_LOSS, last }, { received: 10, lost: 5 }).bad).toBe(0)
    expect(lookAtLoss({ ...NO_LOSS, last }, { received: 1_005, lost: 5 }).bad).toBe(0)
  })
})

describe('the ways out for sound', () => {
  const usual = (groupId: string) => ({ deviceId: 'default', groupId })
  const device = (name: string) => ({ deviceId: name, groupId: name })

  it.each([
    ['headphones go', [usual('h'), device('h'), device('s')], [usual('s'), device('s')], 'gone'],
    ['headphones come', [usual('s'), device('s')], [usual('h'), device('h'), device('s')], 'moved'],
    [
      'a device comes and is not used',
      [usual('s'), device('s')],
      [usual('s'), device('s'), device('h')],
      null,
    ],
    ['the browser begins to name them', [{ deviceId: '', groupId: '' }], [usual('s'), device('s')], null],
    ['the browser names none', [{ deviceId: '', groupId: '' }], [{ deviceId: '', groupId: '' }], null],
  ])('%s', (_, before, after, change) => {
    expect(outputChange(before, after)).toBe(change)
  })
})
