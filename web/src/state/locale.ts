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

function lists(): Intl.ListFormat {
  return once('list', {}, () => new Intl.ListFormat(tag))
}

/** Join words or names as a sentence does: "Ann, Ben and Cy". */
export function listed(words: readonly string[]): string {
  return lists().format(words)
}

/** Join words or names without a word between any of them: "Ann, Ben, Cy". */
export function joined(words: readonly string[]): string {
  // What a language has between the first of three.
  return words.join(lists().formatToParts(['1', '2', '3'])[1]?.value)
}

/** Return a text with its first letter large, as a heading begins: some languages write days small. */
export function capital(text: string): string {
  const [first = ''] = text
  return first.toLocaleUpperCase(tag) + text.slice(first.length)
}
