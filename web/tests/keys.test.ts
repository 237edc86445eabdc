// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepFocus } from '../src/a11y/keep_focus'
import { goToRegion, regionsOf } from '../src/a11y/regions'
import { attachRoving, stopAfter } from '../src/a11y/roving'
import { changeHold, type HoldEvent, NOT_HELD, TAP_MS } from '../src/state/hold'
import { deedOf, type KeyPlace, type KeyPress, letterOf } from '../src/state/keys'
import { settled } from './fake_wire'

const PRESS: KeyPress = {
  key: 'm',
  code: 'KeyM',
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  repeat: false,
  isComposing: false,
}
const BAR: KeyPlace = { isInControls: true, isInField: false, isSheetOpen: false, isEverywhere: false }
const ELSEWHERE: KeyPlace = { ...BAR, isInControls: false }

describe('a single key', () => {
  it.each<[string, Partial<KeyPress>, Partial<KeyPlace>, string | null]>([
    ['m in the bar', {}, {}, 'mic'],
    ['M under Caps Lock', { key: 'M' }, {}, 'mic'],
    ['Shift and m', { key: 'M', shiftKey: true }, {}, null],
    ['? with its Shift', { key: '?', code: 'Slash', shiftKey: true }, {}, 'keys'],
    ['h', { key: 'h' }, {}, 'hand'],
    ['c', { key: 'c' }, {}, 'chat'],
    ['p', { key: 'p' }, {}, 'people'],
    ['r', { key: 'r' }, {}, 'reading'],
    ['n', { key: 'n' }, {}, 'next'],
    ['t', { key: 't' }, {}, 'minute'],
    ['l', { key: 'l' }, {}, 'lock'],
    ['d', { key: 'd' }, {}, 'quieter'],
    ['a letter that does nothing', { key: 'x', code: 'KeyX' }, {}, null],
    ['the key of m on a Cyrillic keyboard', { key: 'ь' }, {}, 'mic'],
    ['the key of m on a keyboard where it writes a comma', { key: ',' }, {}, null],
    ['m elsewhere', {}, { isInControls: false }, null],
    ['m elsewhere, for whoever chose so', {}, { isInControls: false, isEverywhere: true }, 'mic'],
    ['m in a text field, whatever was chosen', {}, { isInField: true, isEverywhere: true }, null],
    ['m over an open sheet', {}, { isSheetOpen: true, isEverywhere: true }, null],
    ['m that repeats', { repeat: true }, {}, null],
    ['m while a word is composed', { isComposing: true }, {}, null],
    ['Ctrl+M', { ctrlKey: true }, {}, null],
    ['Alt+M', { altKey: true }, {}, null],
    ['Meta+M', { metaKey: true }, {}, null],
  ])('%s', (_, press, place, deed) => {
    expect(deedOf({ ...PRESS, ...press }, { ...BAR, ...place })).toBe(deed)
  })

  it('does nothing anywhere by default but in the bar', () => {
    for (const key of 'mhcprntld?') expect(deedOf({ ...PRESS, key }, ELSEWHERE)).toBeNull()
  })

  it.each([
    ['m', 'KeyM', 'M'],
    ['ü', 'BracketLeft', ''],
    ['Enter', 'Enter', ''],
    ['م', 'KeyL', 'L'],
  ])('%s is the letter %s', (key, code, letter) => {
    expect(letterOf({ key, code })).toBe(letter)
  })
})

describe('holding to talk', () => {
  const press: HoldEvent = { type: 'press', by: 'key', at_ms: 1_000 }
  const release = (at_ms: number): HoldEvent => ({ type: 'release', at_ms })
  const end = (why: 'left' | 'hidden' | 'muted' | 'elsewhere' | 'cancelled'): HoldEvent => ({
    type: 'end',
    why,
  })
  const run = (...events: HoldEvent[]) => events.reduce(changeHold, NOT_HELD)

  it('is open from the press on', () => {
    expect(run(press).isHeld).toBe(true)
    expect(run(press, { ...press, by: 'pointer', at_ms: 5_000 })).toEqual(run(press))
  })

  it.each<[string, HoldEvent]>([
    ['letting go', release(9_000)],
    ['a quick tap', release(1_050)],
    ['leaving the window or the button', end('left')],
    ['a hidden page', end('hidden')],
    ['a host', end('muted')],
    ['the focus going elsewhere, or a sheet', end('elsewhere')],
    ['the system', end('cancelled')],
  ])('%s ends it muted, and nothing but a press begins another', (_, ending) => {
    const over = run(press, ending)
    expect(over.isHeld).toBe(false)
    for (const later of [release(9_500), end('left'), ending])
      expect(changeHold(over, later).isHeld).toBe(false)
    expect(changeHold(over, press).isHeld).toBe(true)
  })

  it('knows a tap from a hold', () => {
    expect(run(press, release(1_000 + TAP_MS - 1)).wasTap).toBe(true)
    expect(run(press, release(1_000 + TAP_MS)).wasTap).toBe(false)
    expect(run(press, end('left')).wasTap).toBe(false)
    expect(run(release(0)).wasTap).toBe(false)
  })
})

describe('the next stop', () => {
  it.each<[string, readonly number[], number, boolean, number | null]>([
    ['ArrowRight', [5], 0, false, 1],
    ['ArrowDown', [5], 0, false, 1],
    ['ArrowLeft', [5], 1, false, 0],
    ['ArrowUp', [5], 1, false, 0],
    ['ArrowRight', [5], 4, false, null],
    ['ArrowLeft', [5], 0, false, null],
    ['ArrowRight', [5], 1, true, 0],
    ['ArrowLeft', [5], 1, true, 2],
    ['ArrowDown', [5], 1, true, 2],
    ['Home', [5], 3, false, 0],
    ['End', [5], 0, true, 4],
    ['Tab', [5], 0, false, null],
    ['ArrowDown', [2, 2, 2], 1, false, 3],
    ['ArrowDown', [2, 1, 2], 1, false, 2],
    ['ArrowDown', [2, 0, 2], 0, false, 2],
    ['ArrowUp', [2, 2, 2], 5, false, 3],
    ['ArrowUp', [2, 2], 1, false, null],
    ['ArrowRight', [2, 2], 1, false, 2],
    ['End', [2, 2], 0, false, 3],
  ])('%s in %j from %i, right to left %s: %s', (key, rows, index, isRtl, to) => {
    expect(stopAfter(key, { rows, index, isRtl })).toBe(to)
  })
})

const byId = (id: string) => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(id)
  return found
}
const focused = () => document.activeElement?.id

describe('a bar with one stop of Tab', () => {
  const press = (key: string) =>
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
    )
  const stops = () =>
    [...document.querySelectorAll('button')].filter((one) => one.tabIndex === 0).map(({ id }) => id)

  beforeEach(() => {
    document.body.innerHTML =
      '<nav><button id="a"></button><button id="b"></button><button id="c"></button></nav>'
  })

  it('remembers where one was', () => {
    const nav = document.querySelector('nav') as HTMLElement
    const end = attachRoving(nav, 'button')
    expect(stops()).toEqual(['a'])
    byId('a').focus()
    press('End')
    expect([focused(), ...stops()]).toEqual(['c', 'c'])
    press('ArrowLeft')
    expect([focused(), ...stops()]).toEqual(['b', 'b'])
    end()
    press('Home')
    expect(focused()).toBe('b')
  })

  it('has a stop also when the one that was it is gone, or others come', async () => {
    const nav = document.querySelector('nav') as HTMLElement
    attachRoving(nav, 'button')
    byId('b').focus()
    byId('b').remove()
    nav.append(Object.assign(document.createElement('button'), { id: 'd' }))
    await settled()
    expect(stops()).toEqual(['a'])
    expect(byId('d').tabIndex).toBe(-1)
  })
})

describe('the focus', () => {
  let end = () => {}

  beforeEach(() => {
    document.body.innerHTML =
      '<main id="main" tabindex="-1"><section id="people"><ul><li id="r1"><button id="one"></button></li>' +
      '<li id="r2"><button id="two"></button></li><li id="r3"><button id="three"></button></li></ul></section>' +
      '<section id="door"><p id="p"><button id="knock"></button></p></section></main><nav><button id="mic"></button></nav>'
    end = keepFocus()
  })
  afterEach(() => end())

  it.each([
    ['two', 'r2', 'three'],
    ['three', 'r3', 'two'],
    ['knock', 'p', 'door'],
    ['knock', 'knock', 'door'],
    ['two', 'people', 'knock'],
    ['one', 'main', 'mic'],
  ])('that was on %s goes, when %s does, to %s', async (on, gone, to) => {
    byId(on).focus()
    byId(gone).remove()
    await settled()
    expect(focused()).toBe(to)
  })

  it('stays where it is, whatever else goes', async () => {
    byId('two').focus()
    byId('r1').remove()
    byId('door').remove()
    await settled()
    expect(focused()).toBe('two')
  })

  it('is left alone where the page gave it to something else meanwhile', async () => {
    byId('two').focus()
    byId('r2').remove()
    byId('mic').focus()
    await settled()
    expect(focused()).toBe('mic')
  })

  it('does not come back to whoever took it away by a press on nothing', async () => {
    byId('two').focus()
    byId('two').blur()
    document.dispatchEvent(new Event('pointerup'))
    byId('r2').remove()
    await settled()
    expect(document.activeElement).toBe(document.body)
  })
})

describe('regions', () => {
  beforeEach(() => {
    document.body.innerHTML =
      '<header class="top"><a class="skip" href="#main">s</a><a id="place" href="/">p</a></header>' +
      '<div class="room"><main><div class="notices" id="none"></div><section id="stage"><section id="inner"><b></b>' +
      '</section></section><section id="listening"><b></b></section></main><section id="chat"><b></b></section>' +
      '<nav class="controls"><button id="mic" tabindex="-1"></button><button id="hand" tabindex="0"></button></nav></div>'
  })

  it('are those that hold something, none within another', () => {
    expect(regionsOf(document).map(({ id, tagName }) => id || tagName)).toEqual([
      'HEADER',
      'stage',
      'listening',
      'chat',
      'NAV',
    ])
  })

  it('follow each other and come round', () => {
    const walk = (step: 1 | -1, times: number) =>
      Array.from({ length: times }, () => {
        goToRegion(step)
        return focused()
      })
    expect(walk(1, 6)).toEqual(['place', 'stage', 'listening', 'chat', 'hand', 'place'])
    expect(walk(-1, 5)).toEqual(['hand', 'chat', 'listening', 'stage', 'place'])
  })

  it('begin with a question that was asked meanwhile', () => {
    document
      .querySelector('nav')
      ?.insertAdjacentHTML('beforebegin', '<section class="turn-sheet" id="turn"><b></b></section>')
    byId('place').focus()
    goToRegion(1)
    expect(focused()).toBe('turn')
    goToRegion(1)
    expect(focused()).toBe('hand')
  })

  it('are out of reach under an open sheet', () => {
    document.body.insertAdjacentHTML('beforeend', '<dialog open></dialog>')
    expect(goToRegion(1)).toBe(false)
  })
})
