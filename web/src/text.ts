import type aside from '../locales/en.aside.json'
import en from '../locales/en.json'
import type order from '../locales/en.order.json'
import type room from '../locales/en.room.json'
import type sheet from '../locales/en.sheet.json'

type Words = typeof en & typeof room & typeof aside & typeof order & typeof sheet
type Key = keyof Words
type CountedKey = Key extends infer K ? (K extends `${infer Stem}.other` ? Stem : never) : never
export type TextKey = Exclude<Key, `${CountedKey}.${'one' | 'other'}`>

export type Values = Readonly<Record<string, string | number>>

const language = 'en'
const plural = new Intl.PluralRules(language)
const catalogue: Record<string, string> = { ...en }

/** Add the words of a part of the page that is fetched later: the first page is light without them. */
export function learn(words: Readonly<Record<string, string>>): void {
  Object.assign(catalogue, words)
}

/** Return a text of the catalogue with its `{values}` filled in. */
export function t(key: TextKey, values: Values = {}): string {
  return fill(catalogue[key] ?? key, values)
}

/** Return the text that fits a count; `{count}` is filled in. */
export function tCount(key: CountedKey, count: number, values: Values = {}): string {
  const text = catalogue[`${key}.${plural.select(count)}`] ?? catalogue[`${key}.other`] ?? key
  return fill(text, { count, ...values })
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })

/** Return the local time of day of a moment. */
export function timeOfDay(at_ms: number): string {
  return clock.format(at_ms)
}

const minutesAndSeconds = new Intl.NumberFormat(language, { minimumIntegerDigits: 2 })

/** Return a length of time as a clock shows it: "2:05". */
export function clockTime(length_ms: number): string {
  const s = Math.ceil(length_ms / 1_000)
  return `${Math.floor(s / 60)}:${minutesAndSeconds.format(s % 60)}`
}

/** Return a length of time in words: "1 minute", "20 seconds". */
export function timeInWords(length_ms: number): string {
  const s = Math.max(1, Math.ceil(length_ms / 1_000))
  return s % 60 === 0 ? tCount('desk.minutes', s / 60) : tCount('desk.seconds', s)
}

/** Return a text with its `{values}` filled in. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
