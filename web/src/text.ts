import type aside from '../locales/en.aside.json'
import type help from '../locales/en.help.json'
import en from '../locales/en.json'
import type keys from '../locales/en.keys.json'
import type live from '../locales/en.live.json'
import type me from '../locales/en.me.json'
import type order from '../locales/en.order.json'
import type room from '../locales/en.room.json'
import type schedule from '../locales/en.schedule.json'
import type sheet from '../locales/en.sheet.json'
import type templates from '../locales/en.templates.json'
import type trouble from '../locales/en.trouble.json'
import { digits, pluralOf } from './state/locale'
import { timeIn } from './state/times'
import { zone } from './zone'

type Words = typeof en &
  typeof room &
  typeof aside &
  typeof order &
  typeof sheet &
  typeof templates &
  typeof trouble &
  typeof help &
  typeof live &
  typeof me &
  typeof schedule &
  typeof keys
type Key = keyof Words
type CountedKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never
export type TextKey = Exclude<Key, `${CountedKey}.${'one' | 'other'}`>

export type Values = Readonly<Record<string, string | number>>
export type Catalogue = Readonly<Record<string, string>>

/** The words of every part that is here, in English: what no other language has a word for is said so. */
const english: Record<string, string> = { ...en }

let inOwnLanguage: (key: string) => string | undefined = () => undefined
let areValuesApart = false

/** Add the English words of a part of the page that is fetched later: the first page is light without them. */
export function learn(words: Catalogue, prefix = ''): void {
  for (const [key, text] of Object.entries(words)) english[prefix + key] = text
}

type Look = (key: string, inEnglish: string | undefined) => string | undefined

/** From now on, ask here first for the words of a key, in a language that runs this way. */
export function translate(look: Look, dir = 'ltr'): void {
  inOwnLanguage = (key) => look(key, english[key])
  areValuesApart = dir === 'rtl'
}

function words(key: string): string | undefined {
  return inOwnLanguage(key) ?? english[key]
}

/** Return a text by its key in any part's catalogue, with its `{values}` filled in. */
export function textOf(key: string, values: Values = {}): string {
  return fill(words(key) ?? key, values)
}

/** Return the text of a catalogue that fits a count; `{count}` is filled in. */
export function countedText(key: string, count: number, values: Values = {}): string {
  return fill(words(`${key}.${pluralOf(count)}`) ?? words(`${key}.other`) ?? key, { count, ...values })
}

/** Return a text of the catalogue with its `{values}` filled in. */
export function t(key: TextKey, values: Values = {}): string {
  return textOf(key, values)
}

/** Return the text that fits a count; `{count}` is filled in. */
export function tCount(key: CountedKey, count: number, values: Values = {}): string {
  return countedText(key, count, values)
}

/** Return the time of day of a moment, by the clocks of the zone that was chosen here. */
export function timeOfDay(at_ms: number): string {
  return timeIn(zone.value, at_ms)
}

/** Return a length of time as a clock shows it: "2:05". */
export function clockTime(length_ms: number): string {
  const s = Math.ceil(length_ms / 1_000)
  return `${digits(Math.floor(s / 60))}:${digits(s % 60, 2)}`
}

/** Return a length of time in words: "1 minute", "20 seconds". */
export function timeInWords(length_ms: number): string {
  const s = Math.max(1, Math.ceil(length_ms / 1_000))
  return s % 60 === 0 ? tCount('desk.minutes', s / 60) : tCount('desk.seconds', s)
}

/** Return a text with its `{values}` filled in. */
function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = String(values[name] ?? whole)
    // A name in other letters does not turn the words around it: U+2068 and U+2069 keep it apart (UAX 9).
    return areValuesApart ? `\u2068${value}\u2069` : value
  })
}
