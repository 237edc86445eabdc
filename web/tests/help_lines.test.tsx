// @vitest-environment happy-dom
import { render } from 'preact'
import { act } from 'preact/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { helpLines, loadHelpLines } from '../src/help_lines'
import { readHelp } from '../src/state/help_lines'
import { HelpLines } from '../src/ui/help_lines'

const LINE = {
  line: {
    name: 'Night line',
    verified: '2026-11-23',
    call: '116 123',
    text: '85258',
    text_body: 'HI',
    chat: 'https://www.line.example/chat',
    web: '',
    hours: 'always',
    for_whom: 'Anybody',
    languages: ['en'],
  },
  call_address: 'tel:116123',
  text_address: 'sms:85258?body=HI',
}
const REGION = { name: 'Aquí', language: 'es', emergency: '112', emergency_address: 'tel:112', lines: [LINE] }
const ANSWER = { words: 'Our own words.', is_example: true, regions: [REGION] }

afterEach(() => {
  helpLines.value = null
  vi.unstubAllGlobals()
})

function shown(): HTMLElement {
  const at = document.createElement('div')
  act(() => render(<HelpLines />, at))
  return at
}

describe('crisis lines inside a room', () => {
  it('are shown with all that is known, and links that call and write', () => {
    helpLines.value = readHelp(ANSWER)
    const at = shown()
    const links = [...at.querySelectorAll('a')].map((link) => link.getAttribute('href'))
    expect(links).toEqual([
      'tel:112',
      'tel:116123',
      'sms:85258?body=HI',
      'https://www.line.example/chat',
      '/help?lang=en',
    ])
    expect(at.textContent).toContain('Write at line.example')
    expect(at.textContent).toContain('Day and night · English · Checked on November 23, 2026')
    expect(at.textContent).toContain('has not checked them')
    expect(at.querySelector('h3')?.lang).toBe('es')
    expect(at.querySelector('details')?.open).toBe(true)
  })

  it('are fetched once', async () => {
    const fetched = vi.fn(async () => Response.json(ANSWER))
    vi.stubGlobal('fetch', fetched)
    await loadHelpLines()
    await loadHelpLines()
    expect(fetched).toHaveBeenCalledTimes(1)
    expect(helpLines.value?.words).toBe('Our own words.')
  })

  it('have words of the page in their place without a network', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('away')))
    await loadHelpLines()
    expect(helpLines.value).toBeNull()
    expect(shown().textContent).toContain('crisis line')
  })

  it('never make the page run anything', () => {
    const bad = { ...LINE, call_address: 'javascript:alert(1)', line: { ...LINE.line, chat: 'javascript:1' } }
    const line = readHelp({ regions: [{ ...REGION, lines: [bad] }] })?.regions[0]?.lines[0]
    expect([line?.call_address, line?.chat]).toEqual(['', ''])
    expect(readHelp({ regions: 'x' })).toBeNull()
    expect(readHelp(null)).toBeNull()
  })
})
