import { describe, expect, it } from 'vitest'
import { choose, LANGUAGES } from '../src/language'
import { long, mirrored } from '../src/pseudo'

type Catalogue = Readonly<Record<string, string>>

/** What the page says, and what the server says where there is no program yet. */
const catalogues = import.meta.glob<Catalogue>(['../locales/*.json', '../../server/http/words/*.json'], {
  eager: true,
  import: 'default',
})
const sources = Object.values(
  import.meta.glob<string>('../src/**/*.{ts,tsx}', { eager: true, query: '?raw', import: 'default' }),
).join('\n')

const ENGLISH = /\/en((?:\.\w+)?\.json)$/
const inEnglish = Object.keys(catalogues).filter((path) => ENGLISH.test(path))
const inLanguage = (path: string, language: string) => path.replace(ENGLISH, `/${language}$1`)
const parts = inEnglish.flatMap((path) => /locales\/en\.(\w+)\.json$/.exec(path)?.[1] ?? [])
const others = Object.keys(LANGUAGES).filter((language) => language !== 'en')

/** Texts that are the same in a language as in English, since nobody says them otherwise there. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  es: ['Lamplit', 'Chat', '+1 min', '{city}, UTC{offset}', '{ms} ms'],
}

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
const stemOf = (key: string) => key.replace(/\.(zero|one|two|few|many|other)$/, '')
const isCounted = (key: string, all: Catalogue) =>
  stemOf(key) !== key && ['one', 'other'].every((form) => `${stemOf(key)}.${form}` in all)

/** The keys that a catalogue must have: of what is counted, one for each form that the language has. */
function keysFor(language: string, english: Catalogue): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  // Forms such as the Spanish one of whole millions may be left out: `other` is said instead.
  const needed = forms.filter((form) => form !== 'many' || language !== 'es')
  return Object.keys(english).flatMap((key) => {
    if (!isCounted(key, english)) return [key]
    return key.endsWith('.other') ? needed.map((form) => `${stemOf(key)}.${form}`) : []
  })
}

describe('parts with words of their own', () => {
  it.each(parts)('%s is fetched with its words of other languages', (part) => {
    expect(sources).toContain(`withWords('${part}', `)
  })
})

describe.each(others)('%s', (language) => {
  it.each(inEnglish)('has what %s has', (path) => {
    const own = catalogues[inLanguage(path, language)] ?? {}
    expect(Object.keys(own).sort()).toEqual(keysFor(language, catalogues[path] ?? {}).sort())
  })

  const texts = inEnglish.flatMap((path) => {
    const english = catalogues[path] ?? {}
    return Object.entries(catalogues[inLanguage(path, language)] ?? {}).map(
      ([key, text]) => [key, text, english[key] ?? english[`${stemOf(key)}.other`] ?? ''] as const,
    )
  })

  it('fills in what English fills in', () => {
    const differing = texts.filter(([, text, english]) => `${places(text)}` !== `${places(english)}`)
    expect(differing).toEqual([])
  })

  it('has no empty texts, and none left in English', () => {
    expect(texts.filter(([, text]) => !/[\p{L}}]/u.test(text))).toEqual([])
    const hasWords = (text: string) => /\p{L}/u.test(text.replace(/\{\w+\}/g, ''))
    const same = texts.filter(
      ([, text, english]) => text === english && hasWords(text) && !SAME[language]?.includes(text),
    )
    expect(same).toEqual([])
  })

  it('ends its texts as English does, without spaces around them', () => {
    const end = (text: string) => /[….?:]$/.exec(text)?.[0] ?? ''
    expect(texts.filter(([, text]) => text !== text.trim() || / {2}/.test(text))).toEqual([])
    expect(texts.filter(([, text, english]) => end(text) !== end(english))).toEqual([])
  })
})

describe('the language of a visit', () => {
  it.each([
    [[''], ['es-ES', 'en'], 'es', 'es-ES'],
    [[''], ['de-DE', 'es-419', 'en-US'], 'es', 'es-419'],
    [[''], ['en-GB', 'es'], 'en', 'en-GB'],
    [[''], ['fi'], 'en', 'en'],
    [[''], [], 'en', 'en'],
    [['es'], ['en-US'], 'es', 'es'],
    [['en'], ['es-MX', 'en-GB'], 'en', 'en-GB'],
    [['en', 'es'], ['es'], 'en', 'en'],
    [[null, 'es'], ['en'], 'es', 'es'],
    [['xx', ''], ['ES-mx'], 'es', 'ES-mx'],
    [[''], ['en-US@posix', 'es'], 'es', 'es'],
    [['toString'], ['es'], 'es', 'es'],
  ])('chosen %j, wished %j: %s', (chosen, wished, language, locale) => {
    expect(choose(chosen, wished)).toEqual({ language, locale })
  })
})

describe('languages of tests', () => {
  it('leave the places of names as they are', () => {
    expect(long('Use “{name}”')).toMatch(/^\[Úšé “\{name\}”.*\]$/)
    expect(places(mirrored('{name} raised a hand.'))).toEqual(['{name}'])
  })

  it('are longer than English', () => {
    expect(long('Turn the microphone on').length).toBeGreaterThanOrEqual(
      'Turn the microphone on'.length * 1.4,
    )
  })
})
