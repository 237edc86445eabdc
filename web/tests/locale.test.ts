// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { capital, digits, joined, listed, pluralOf, writeIn } from '../src/state/locale'
import { dayName, howSoon, timeIn } from '../src/state/times'
import { clockTime, t, tCount, translate } from '../src/text'

const thursday = Date.UTC(2026, 0, 8, 19, 5)

afterEach(() => {
  writeIn('en')
  translate(() => undefined)
  vi.unstubAllGlobals()
  vi.resetModules()
})

describe('numbers, times and lists', () => {
  it.each([
    ['en-US', 'Thursday', '7:05 PM', 'in 20 minutes', 'Ann, Ben, and Cy', 'Ann, Ben, Cy'],
    ['en-GB', 'Thursday', '19:05', 'in 20 minutes', 'Ann, Ben and Cy', 'Ann, Ben, Cy'],
    ['es', 'jueves', '19:05', 'dentro de 20 minutos', 'Ann, Ben y Cy', 'Ann, Ben, Cy'],
  ])('in %s', (tag, day, time, soon, sentence, row) => {
    writeIn(tag)
    expect(dayName('UTC', thursday, thursday)).toBe(day)
    expect(timeIn('UTC', thursday).replace(/\s/g, ' ')).toBe(time)
    expect(howSoon(thursday + 20 * 60_000, thursday)).toBe(soon)
    expect(listed(['Ann', 'Ben', 'Cy'])).toBe(sentence)
    expect(joined(['Ann', 'Ben', 'Cy'])).toBe(row)
  })

  it('follow a language with other digits and more forms than two', () => {
    writeIn('ar-EG')
    expect(clockTime(125_000)).toBe('٢:٠٥')
    expect(pluralOf(3)).toBe('few')
    expect(digits(7, 2)).toBe('٠٧')
  })

  it('begin a heading with a large letter', () => {
    writeIn('es')
    expect(capital('sábado')).toBe('Sábado')
    expect(capital('')).toBe('')
  })
})

describe('words of another language', () => {
  it('are English where there are none', () => {
    translate((key) => ({ 'lobby.title': 'Reuniones', 'lobby.here.other': '{count} personas' })[key])
    expect(t('lobby.title')).toBe('Reuniones')
    expect(t('lobby.next')).toBe('Next')
    // No word for one: that for any number.
    writeIn('es')
    expect(tCount('lobby.here', 5)).toBe('5 personas')
  })

  it('keep a name apart where they run from the right', () => {
    translate(() => '{name}: טוב', 'rtl')
    expect(t('refused.name_taken', { name: 'Maya 2' })).toBe('\u2068Maya 2\u2069: טוב')
  })
})

describe('a visit', () => {
  const visit = async (wished: readonly string[], answer: () => Promise<Response>) => {
    const fetched = vi.fn((_address: string) => answer())
    vi.stubGlobal('fetch', fetched)
    vi.stubGlobal('navigator', { languages: wished })
    const page = await import('../src/language')
    const text = await import('../src/text')
    await new Promise<void>((shown) => page.speakThen(shown))
    return { fetched, page, text }
  }
  const words = (given: object) => () => Promise.resolve(new Response(JSON.stringify(given)))

  it('in English asks for no words, and waits for none', async () => {
    const { fetched, page } = await visit(['en-GB'], words({}))
    const code = Promise.resolve('room')
    expect(page.withWords('room', code)).toBe(code)
    expect(fetched).not.toHaveBeenCalled()
    expect(document.documentElement.lang).toBe('en')
  })

  it('in Spanish has the words of a part before the part', async () => {
    const { fetched, page, text } = await visit(['es-MX'], words({ 'lobby.title': 'Reuniones' }))
    expect(document.documentElement.lang).toBe('es')
    expect(text.t('lobby.title')).toBe('Reuniones')
    fetched.mockImplementation(words({ title: 'Tu grupo' }))
    await page.withWords('group', Promise.resolve())
    expect(text.textOf('group:title')).toBe('Tu grupo')
    expect(fetched.mock.calls.map(([address]) => address.split('/').at(-1))).toEqual([
      'es.json',
      'es.group.json',
    ])
  })

  it('shows a part whose words do not come, and asks for them again next time', async () => {
    const { fetched, page } = await visit(['es'], words({}))
    fetched.mockImplementation(() => Promise.reject(new TypeError()))
    expect(await page.withWords('room', Promise.resolve('room'))).toBe('room')
    fetched.mockImplementation(words({ 'room.leave': 'Salir' }))
    await page.withWords('room', Promise.resolve('room'))
    expect(fetched).toHaveBeenCalledTimes(3)
  })

  it('is English as a whole where the first words do not come', async () => {
    const { page, text } = await visit(['es'], () => Promise.reject(new TypeError()))
    expect(document.documentElement.lang).toBe('en')
    expect(page.language()).toBe('en')
    expect(text.t('lobby.title')).toBe('Meetings')
  })
})
