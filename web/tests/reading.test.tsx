// @vitest-environment happy-dom
import { signal } from '@preact/signals'
import { render } from 'preact'
import { describe, expect, it, vi } from 'vitest'
import { Reading } from '../src/pages/room/reading'
import type { RoomSession } from '../src/pages/room/session'
import { markedOf, paragraphsOf } from '../src/state/reading'
import type { Room } from '../src/wire.gen'
import { changeWordsSize } from '../src/words_size'
import { ME, member, room } from './fake_wire'

describe('the paragraphs of a reading', () => {
  it.each<[string, string, readonly [number, string][]]>([
    ['one line', 'Welcome.', [[0, 'Welcome.']]],
    [
      'lines without gaps',
      'One\nTwo\nThree',
      [
        [0, 'One'],
        [1, 'Two'],
        [2, 'Three'],
      ],
    ],
    [
      'gaps keep lines together',
      'One\ntwo\n\nThree\nfour',
      [
        [0, 'One\ntwo'],
        [3, 'Three\nfour'],
      ],
    ],
    [
      'several empty lines',
      'One\n\n \n\nTwo',
      [
        [0, 'One'],
        [4, 'Two'],
      ],
    ],
    [
      'a gap at an end is none',
      '\nOne\nTwo\n',
      [
        [1, 'One'],
        [2, 'Two'],
      ],
    ],
    ['nothing', '', []],
  ])('%s', (_, text, found) => {
    expect(paragraphsOf(text).map((one) => [one.line, one.text])).toEqual(found)
  })

  it.each([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [9, 1],
  ])('line %i is in paragraph %i', (line, place) => {
    expect(markedOf(paragraphsOf('One\ntwo\n\nThree\nfour'), line)).toBe(place)
  })

  it('is at the first where a mark is before everything, or nothing is there', () => {
    expect(markedOf(paragraphsOf('\n\nOne\n\nTwo'), 0)).toBe(0)
    expect(markedOf([], 4)).toBe(0)
  })
})

describe('a text to read along', () => {
  const act = vi.fn()
  const session = {
    self: signal(member()),
    me: signal(ME),
    may: () => false,
    act,
  } as unknown as RoomSession
  const show = async (at: Room) => {
    document.body.innerHTML = '<div id="here"></div>'
    const here = document.getElementById('here')
    if (here === null || at.reading === null) throw new Error('nothing to show')
    render(<Reading session={session} room={at} reading={at.reading} />, here)
    await new Promise((resolve) => setTimeout(resolve, 20))
    return here.textContent ?? ''
  }
  const press = async (words: string) => {
    const button = [...document.querySelectorAll('button')].find(
      (one) => one.textContent?.endsWith(words) || one.getAttribute('aria-label') === words,
    )
    button?.click()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const size = () => document.documentElement.style.getPropertyValue('--words-size')
  const marked = () => document.querySelector('[aria-current=location]')?.textContent
  const reading = (line = 0) => ({ title: 'How it works', text: 'Line one\n\nLine two\n\nThree', line })

  it('grows, and stays so on this device', async () => {
    changeWordsSize(0)
    const at = room({ reading: reading() })
    expect(await show(at)).toContain('How it works')
    expect(size()).toBe('1')
    await press('Larger text')
    await press('Larger text')
    expect(size()).toBe('1.45')
    expect(localStorage.getItem('reading-size')).toBe('2')
    await press('Text of the usual size')
    expect(size()).toBe('1')
    expect(localStorage.getItem('reading-size')).toBeNull()
    await press('Fold the text')
    expect(document.querySelector('.words')).toBeNull()
  })

  it('shows where the reader is, until the person looks elsewhere', async () => {
    const at = room({ reading: reading(2) })
    const words = await show(at)
    expect(marked()).toBe('Line two')
    expect(words).not.toContain('Follow again')
    // Whoever only reads along marks nothing, and finds each paragraph by keys.
    expect(document.querySelectorAll('button.paragraph')).toHaveLength(0)
    const current = document.querySelector<HTMLElement>('[aria-current=location]')
    current?.focus()
    current?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(document.activeElement?.textContent).toBe('Three')
    expect(document.body.textContent).toContain('Follow again')
    await press('Follow again')
    expect(document.body.textContent).not.toContain('Follow again')
  })

  it('is marked by whoever has the floor', async () => {
    const share = {
      member_id: ME,
      lane: 'share',
      since_ms: 1,
      limit_ms: 0,
      text: '',
      written_seq: 0,
    } as const
    const at = room({ reading: reading(), floor: { ...room().floor, share } })
    await show(at)
    await press('Next paragraph')
    expect(act).toHaveBeenLastCalledWith({ event: 'mark_reading', payload: { line: 2 } })
    document.querySelectorAll<HTMLElement>('button.paragraph')[2]?.click()
    expect(act).toHaveBeenLastCalledWith({ event: 'mark_reading', payload: { line: 4 } })
  })
})
