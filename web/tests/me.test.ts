// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetAll, lookAtKept, rowsOf } from '../src/kept'
import { applyLook } from '../src/look'
import { rememberName } from '../src/names'
import { deviceToken, keepCard } from '../src/net/device'
import { changeSettings, readSettings, settings, USUAL } from '../src/settings'
import { megabytesAnHour, THRIFTY_VOICING, USUAL_VOICING } from '../src/state/data_use'
import { keptRows, kindOf } from '../src/state/kept'

beforeEach(() => {
  localStorage.clear()
  sessionStorage.clear()
  settings.value = USUAL
})

describe('settings', () => {
  it('leave no trace while they are as usual', () => {
    changeSettings({ theme: 'dark', text_size: 150 })
    expect(localStorage.getItem('settings')).toBe('{"theme":"dark","text_size":150}')
    changeSettings({ theme: 'system', text_size: 100 })
    expect(localStorage.length).toBe(0)
  })

  it('are there again when the page is loaded anew', async () => {
    changeSettings({ theme: 'dark', text_size: 150 })
    vi.resetModules()
    const anew = await import('../src/settings')
    expect(anew.settings.value).toEqual({ ...USUAL, theme: 'dark', text_size: 150 })
  })

  it.each([
    [{ theme: 'dark' }, { theme: 'dark' }],
    [{ theme: 'pink' }, {}],
    [
      { text_size: 175, saves_data: true },
      { text_size: 175, saves_data: true },
    ],
    [{ text_size: 9_000 }, {}],
    [{ saves_data: 'yes', microphone: 3, other: 1 }, {}],
  ])('read of %j what they know', (kept, read) => {
    expect(readSettings(kept)).toEqual({ ...USUAL, ...read })
  })
})

describe('the look', () => {
  const root = document.documentElement

  it('is on the page, and off it again', () => {
    applyLook({ ...USUAL, theme: 'contrast', text_size: 200 }, document)
    expect(root.dataset['theme']).toBe('contrast')
    expect(root.style.getPropertyValue('--text-size')).toBe('2')
    applyLook(USUAL, document)
    expect(root.dataset['theme']).toBeUndefined()
    expect(root.style.getPropertyValue('--text-size')).toBe('')
  })

  it('has the colours of the dark system where somebody chose dark', () => {
    const tokens = readFileSync('src/styles/tokens.css', 'utf8')
    const colours = (rule: string) => {
      const begin = tokens.indexOf('{', tokens.indexOf(rule))
      return tokens.slice(begin, tokens.indexOf('}', begin)).match(/--[\w-]+: [^;]+/g)
    }
    expect(colours(":root[data-theme='dark']")).toEqual(colours(":root:not([data-theme='light'])"))
  })
})

describe('what is kept', () => {
  it.each([
    ['name', 'name'],
    ['card:talk', 'card'],
    ['sheet talk 3', 'sheet'],
    ['reachable', 'letters'],
    ['reading-size', 'reading'],
    ['who knows', 'unknown'],
  ])('%s is told as %s', (key, kind) => {
    expect(kindOf(key)).toBe(kind)
  })

  it('is one row for each kind and place', () => {
    expect(keptRows(['card:b', 'card:a', 'name'], ['seat'])).toEqual([
      { kind: 'card', count: 2, isOfTab: false },
      { kind: 'name', count: 1, isOfTab: false },
      { kind: 'seat', count: 1, isOfTab: true },
    ])
  })

  it('is known by name, every key that the page writes', () => {
    const keys = [
      'name',
      'device',
      'card:x',
      'settings',
      'zone',
      'reading-size',
      'seat',
      'reachable',
      'sheet x 1',
    ]
    expect(keys.map(kindOf)).not.toContain('unknown')
  })

  it('leaves the keys of a seat out of what is handed over', async () => {
    const seat = { slug: 'talk', name: 'Maya', invite: 'secret one', ticket: 'secret two', memberId: 7 }
    sessionStorage.setItem('seat', JSON.stringify(seat))
    const written = JSON.stringify(await lookAtKept())
    expect(written).toContain('Maya')
    expect(written).not.toContain('secret')
  })

  it('is forgotten to the last key', async () => {
    rememberName('Maya')
    deviceToken()
    keepCard('talk', 'one')
    changeSettings({ theme: 'dark' })
    sessionStorage.setItem('seat', '{}')
    expect(rowsOf(await lookAtKept())).toHaveLength(5)
    await forgetAll()
    expect(rowsOf(await lookAtKept())).toEqual([])
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0])
  })
})

describe('what an hour of talking costs', () => {
  it('is told as it is', () => {
    // Measured with Chromium's default: 25.3 MB.
    expect(megabytesAnHour(USUAL_VOICING)).toBeCloseTo(24.84, 1)
    expect(megabytesAnHour(THRIFTY_VOICING)).toBeCloseTo(10.68, 1)
  })
})
