/** The language that numbers, times and lists are written in. It is chosen once, before anything is shown. */

let tag = 'en'

/** Formatters by what they format: making one costs a hundred times what using one does. */
const made = new Map<string, unknown>()

/** Write numbers, times and lists in this language from now on; a tag such as `es-MX`. */
export function writeIn(chosen: string): void {
  tag = chosen
  made.clear()
}

/** The tag of the language in use. */
export function locale(): string {
  return tag
}

function once<T>(kind: string, options: object, make: () => T): T {
  const key = kind + JSON.stringify(options)
  const found = (made.get(key) as T | undefined) ?? make()
  made.set(key, found)
  return found
}

/** Format dates and times, as people write them who speak the language. */
export function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once('date', options, () => new Intl.DateTimeFormat(tag, options))
}

/** Return which of the forms of a word goes with a count. */
export function pluralOf(count: number): Intl.LDMLPluralRule {
  return once('plural', {}, () => new Intl.PluralRules(tag)).select(count)
}

/** Write a whole number with at least so many digits. */
export function digits(count: number, atLeast = 1): string {
  const options = { minimumIntegerDigits: atLeast, useGrouping: false }
  return once('number', options, () => new Intl.NumberFormat(tag, options)).format(count)
}

/** Say how long from now something is. */
export function fromNow(count: number, unit: 'minute' | 'hour'): string {
  const options = { numeric: 'always' } as const
  return once('from now', options, () => new Intl.RelativeTimeFormat(tag, options)).format(count, unit)
}

/** Join words or names: "Ann, Ben and Cy", or without the last word where it is not a sentence. */
export function listed(words: readonly string[], type: 'conjunction' | 'unit' = 'conjunction'): string {
  const options = { type, style: type === 'unit' ? 'short' : 'long' } as const
  return once('list', options, () => new Intl.ListFormat(tag, options)).format(words)
}

/** Return a text with its first letter large, as a heading begins: some languages write days small. */
export function capital(text: string): string {
  const [first = ''] = text
  return first.toLocaleUpperCase(tag) + text.slice(first.length)
}
