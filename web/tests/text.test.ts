import { describe, expect, it } from 'vitest'
import aside from '../locales/en.aside.json'
import first from '../locales/en.json'
import order from '../locales/en.order.json'
import room from '../locales/en.room.json'
import sheet from '../locales/en.sheet.json'
import { refusalKey } from '../src/pages/refusal'
import { t, tCount } from '../src/text'
import type { RefusalCode } from '../src/wire.gen'
import wire from '../src/wire.gen.ts?raw'

const en = { ...first, ...room, ...aside, ...order, ...sheet }

const sources = Object.values(
  import.meta.glob<string>('../src/**/*.{ts,tsx}', { eager: true, query: '?raw', import: 'default' }),
).join('\n')

/** Keys that are put together from parts. */
const BUILT = [
  /^end\./,
  /^mic\.(refused|in_app|insecure|missing|in_use|ended|interrupted|silent|unsent|failed|allowed)$/,
  /^sound\.output_/,
  /^role\./,
  /^lane\./,
  /^floor\.(\w+_set|(half|soon|over)(_keeper)?)$/,
  /^people\.(joined|left)(_one|\.)/,
  /^desk\.(mode|chat)\./,
  /^chat\.(closed|set)_/,
  /^time\.set_/,
  /^(ban|reports)\.of_/,
  /^away\.\d+$/,
  /^rules\.(door\.|\w+_\w+$)/,
]

function isUsed(key: string): boolean {
  const stem = key.replace(/\.(one|other)$/, '')
  const isNamed = [`'${key}'`, `"${key}"`, `'${stem}'`].some((named) => sources.includes(named))
  return isNamed || BUILT.some((built) => built.test(key))
}

/** Codes that no press of a person leads to, or that the page answers by itself. */
const OF_NO_PERSON = new Set([
  'already_open',
  'too_soon',
  'busy',
  'out_of_turn',
  'no_peer',
  'stale_offer',
  'bad_fingerprint',
  'bad_setup',
])

describe('the catalogue', () => {
  it('fills in values and counts', () => {
    expect(t('refused.use_name', { name: 'Maya 2' })).toBe('Use “Maya 2”')
    expect(tCount('lobby.here', 1)).toBe('1 person here')
    expect(tCount('lobby.here', 12)).toBe('12 people here')
  })

  it('does not take a name for a placeholder', () => {
    expect(t('refused.use_name', { name: '{name}' })).toBe('Use “{name}”')
  })

  it.each(Object.keys(en))('%s is used', (key) => {
    expect(isUsed(key)).toBe(true)
  })

  it('says nothing twice', () => {
    const keys = [first, room, aside, order, sheet].flatMap((one) => Object.keys(one))
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  })

  it('has both forms of every count', () => {
    const counted = Object.keys(en).filter((key) => /\.(one|other)$/.test(key))
    for (const key of counted) {
      const stem = key.replace(/\.(one|other)$/, '')
      expect(Object.keys(en)).toEqual(expect.arrayContaining([`${stem}.one`, `${stem}.other`]))
    }
  })

  it('has no empty texts and no codes in them', () => {
    for (const text of Object.values(en)) expect(text).toMatch(/\p{L}/u)
    for (const text of Object.values(en)) expect(text).not.toMatch(/_|Error|failed|denied|invalid|kicked/)
  })
})

describe('refusals', () => {
  const codes = [
    ...(/export type RefusalCode =([^\n]*\n(?: {2}\|.*\n)*)/.exec(wire)?.[1] ?? '').matchAll(/'(\w+)'/g),
  ]
    .map(([, code]) => code as RefusalCode)
    .filter((code) => !OF_NO_PERSON.has(code))

  it('are in the table of types', () => {
    expect(codes).toContain('nobody_waits')
  })

  it.each(codes)('%s has words of its own', (code) => {
    expect(refusalKey(code)).not.toBe('refused.generic')
  })
})
