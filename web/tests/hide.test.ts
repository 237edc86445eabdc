// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BETWEEN_MS, countShifts, NO_SHIFTS, type Press } from '../src/state/shifts'

const DOWN: Press = { type: 'down', key: 'Shift' }
const UP: Press = { type: 'up', key: 'Shift' }
const down = (key: string): Press => ({ type: 'down', key })
const up = (key: string): Press => ({ type: 'up', key })
const CLICK: Press = { type: 'pointer' }
const LOST: Press = { type: 'lost' }
const CHORD: Press = { ...DOWN, isChord: true }

describe('presses of Shift', () => {
  it.each<[string, number, readonly Press[]]>([
    ['three bare ones', 3, [DOWN, UP, DOWN, UP, DOWN, UP]],
    ['one that repeats while held', 1, [DOWN, DOWN, DOWN, DOWN, UP]],
    ['not up yet', 2, [DOWN, UP, DOWN, UP, DOWN]],
    ['a capital letter', 0, [DOWN, down('A'), up('A'), UP]],
    ['a capital letter whose Shift comes up first', 0, [DOWN, down('A'), UP, up('a')]],
    ['a letter between them', 1, [DOWN, UP, DOWN, UP, down('a'), up('a'), DOWN, UP]],
    ['the click that marks text', 0, [DOWN, CLICK, UP]],
    ['a click between them', 2, [DOWN, UP, CLICK, DOWN, UP]],
    ['Shift+Tab', 0, [DOWN, down('Tab'), up('Tab'), UP]],
    ['Alt+Shift, which changes the keyboard', 0, [down('Alt'), CHORD, { ...UP, isChord: true }, up('Alt')]],
    ['Shift+Alt', 0, [DOWN, down('Alt'), { ...UP, isChord: true }, up('Alt')]],
    ['a window that is left while it is down', 1, [DOWN, UP, DOWN, LOST, UP]],
    ['the key coming up that went down elsewhere', 0, [UP]],
  ])('%s: %i', (_, count, presses) => {
    expect(presses.reduce((shifts, press) => countShifts(shifts, press, 1_000), NO_SHIFTS).count).toBe(count)
  })

  it('count together only while they follow each other within five seconds', () => {
    const at = (times_ms: readonly number[]) =>
      times_ms.reduce((shifts, ms) => countShifts(countShifts(shifts, DOWN, ms), UP, ms), NO_SHIFTS).count
    expect(at([0, BETWEEN_MS, 2 * BETWEEN_MS])).toBe(3)
    expect(at([0, BETWEEN_MS, 2 * BETWEEN_MS + 1])).toBe(1)
  })
})

describe('hiding the page', () => {
  const order: string[] = []

  beforeEach(() => {
    vi.resetModules()
    order.length = 0
    document.body.innerHTML = '<p id="words">A room</p><button data-hide>Hide</button><audio></audio>'
    delete document.documentElement.dataset['hidden']
    vi.spyOn(location, 'replace').mockImplementation((url) => void order.push(`go ${String(url)}`))
    vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(() => void order.push('sound stops'))
    Object.defineProperty(navigator, 'sendBeacon', {
      configurable: true,
      value: (url: string, body: string) => order.push(`beacon ${url} ${body}`) > 0,
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  const track = () => {
    const target = new EventTarget() as MediaStreamTrack
    target.stop = () => void order.push('track ends')
    return target
  }
  const look = () => order.push(document.body.textContent === '' ? 'blank' : 'shown')

  it('keeps the order of acts', async () => {
    const { endWhenHidden, hidePage, whenHidden } = await import('../src/hide')
    endWhenHidden(track())
    whenHidden(() => {
      order.push('leave')
      return Promise.resolve()
    })
    sessionStorage.setItem('seat', JSON.stringify({ ticket: 't1' }))
    localStorage.setItem('name', 'Maya')
    const hiding = hidePage()
    look()
    await hiding
    expect(order).toEqual(['track ends', 'sound stops', 'leave', 'beacon /api/leave t1', 'blank', 'go /exit'])
    expect([sessionStorage.length, localStorage.length]).toEqual([0, 0])
    expect(document.title).not.toContain('Lamplit')
    await hidePage()
    expect(order.at(-1)).toBe('go /exit')
    expect(order).toHaveLength(6)
  })

  it('goes on when our own code fails', async () => {
    const { endWhenHidden, hidePage, whenHidden } = await import('../src/hide')
    const broken = new EventTarget() as MediaStreamTrack
    broken.stop = () => {
      throw new Error('broken')
    }
    endWhenHidden(broken)
    endWhenHidden(track())
    whenHidden(() => {
      throw new Error('broken')
    })
    sessionStorage.setItem('seat', '{')
    await hidePage()
    look()
    expect(order).toEqual(['track ends', 'sound stops', 'go /exit', 'blank'])
  })

  it('waits for nobody', async () => {
    vi.useFakeTimers()
    const { hidePage, whenHidden } = await import('../src/hide')
    whenHidden(() => new Promise(() => undefined))
    void hidePage()
    await vi.advanceTimersByTimeAsync(200)
    expect(order.at(-1)).toBe('go /exit')
    await vi.advanceTimersByTimeAsync(4_000)
    expect(order.at(-1)).toBe('go about:blank')
  })

  it('shows no page about the network when there is none', async () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    const { hidePage } = await import('../src/hide')
    await hidePage()
    expect(order.at(-1)).toBe('go about:blank')
  })

  it('is done by what is marked, also where nothing of ours was drawn', async () => {
    const { attachHide } = await import('../src/hide')
    attachHide()
    document.querySelector<HTMLElement>('#words')?.click()
    expect(document.documentElement.dataset['hidden']).toBeUndefined()
    document.querySelector<HTMLElement>('[data-hide]')?.click()
    expect(document.documentElement.dataset['hidden']).toBe('true')
  })

  it('is done by three presses of Shift, and says how far it is', async () => {
    const said: string[] = []
    const { announcer } = await import('../src/a11y/announcer')
    vi.spyOn(announcer, 'announce').mockImplementation(({ text }) => void said.push(text))
    const { attachHide } = await import('../src/hide')
    attachHide()
    const press = () => {
      for (const type of ['keydown', 'keyup'])
        document.body.dispatchEvent(new KeyboardEvent(type, { key: 'Shift', bubbles: true }))
    }
    press()
    press()
    expect(said).toEqual([
      'Press Shift two more times to hide this page.',
      'Press Shift one more time to hide this page.',
    ])
    expect(document.documentElement.dataset['hidden']).toBeUndefined()
    press()
    expect(document.documentElement.dataset['hidden']).toBe('true')
  })
})
