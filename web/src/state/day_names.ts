import { dates, locale } from './locale'

/** Return a calendar day such as `2026-11-23` as people write it; anything else as it is. */
export function dateName(day: string): string {
  const at_ms = Date.parse(day)
  if (Number.isNaN(at_ms)) return day
  return dates({ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at_ms)
}

/** Return what a language is called in the language of the page, or its tag where that is not known. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(locale(), { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
