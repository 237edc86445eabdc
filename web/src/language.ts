import folder from 'words:folder'
import { changeSettings, settings } from './settings'
import { writeIn } from './state/locale'
import { type Catalogue, translate } from './text'

interface Language {
  /** As those call it who speak it. */
  readonly name: string
  readonly dir: 'ltr' | 'rtl'
}

/** The languages that the page speaks. English comes with the page; the words of others are fetched. */
export const LANGUAGES: Readonly<Record<string, Language>> = {
  en: { name: 'English', dir: 'ltr' },
  es: { name: 'Español', dir: 'ltr' },
}

const ENGLISH = 'en'

/** Words that do not come in this time are left: the page is shown in English. */
const PATIENCE_MS = 10_000

/** What an address asks for, as links of pages do that the server writes. */
const ASKED = 'lang'

/** A part of the page with words of its own, as in `locales/en.<part>.json`. */
export type Part =
  | 'main'
  | 'room'
  | 'aside'
  | 'order'
  | 'sheet'
  | 'templates'
  | 'live'
  | 'trouble'
  | 'help'
  | 'me'
  | 'schedule'
  | 'keys'
  | 'host'
  | 'group'
  | 'operator'

/** Parts of which each has keys of its own, whatever others call theirs. */
const PREFIXED: readonly Part[] = ['host', 'group', 'operator']

let spoken = ENGLISH
const own: Record<string, string> = {}
const asked = new Map<Part, Promise<void>>()

/** Return what comes before the keys of a part in the one catalogue of all words. */
export function prefixOf(part: Part): string {
  return PREFIXED.includes(part) ? `${part}:` : ''
}

/** The language that the page is shown in. */
export function language(): string {
  return spoken
}

/**
 * Choose a language that we have: what the address asks for, else what was chosen here before, else the first
 * that the browser wishes for. Times are written as in the country that the browser names with it.
 */
export function choose(
  chosen: readonly (string | null)[],
  wished: readonly string[],
): { readonly language: string; readonly locale: string } {
  const known = wished.filter(isTag)
  const found = [...chosen, ...known.map(first)].find(isOurs) ?? ENGLISH
  return { language: found, locale: known.find((one) => first(one) === found) ?? found }
}

function isOurs(language: string | null): language is string {
  return language !== null && Object.hasOwn(LANGUAGES, language)
}

function first(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? ''
}

function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}

/** Show the page in another language from now on: it is loaded again, and whoever is in a room keeps the seat. */
export function chooseLanguage(chosen: string): void {
  // What the browser asks for anyway is not written down.
  const isUsual = chosen === choose([], navigator.languages).language
  changeSettings({ language: isUsual ? '' : chosen })
  // Nor does the address ask for one any more.
  const address = new URL(location.href)
  address.searchParams.delete(ASKED)
  history.replaceState(null, '', address)
  location.reload()
}

/** Show the page once its words are here: in English at once. */
export function speakThen(show: () => void): void {
  const pseudo = new URLSearchParams(location.search).get('pseudo')
  const { language: chosen, locale } = wanted()
  writeIn(locale)
  if (pseudo !== null) {
    import('./pseudo').then((found) => found.speak(pseudo)).then(show, show)
  } else if (chosen === ENGLISH) {
    markPage()
    show()
  } else {
    void speak(chosen).then(show)
  }
}

/** A page that the server wrote is asked for again where this device keeps another language than it is in. */
export function askInOwnLanguage(): void {
  const { language: chosen } = wanted()
  if (chosen === document.documentElement.lang || !navigator.onLine) return
  const address = new URL(location.href)
  if (address.searchParams.has(ASKED)) return
  address.searchParams.set(ASKED, chosen)
  location.replace(address)
}

function wanted() {
  const asked = new URLSearchParams(location.search).get(ASKED)
  return choose([asked, settings.value.language], navigator.languages)
}

/** Change to another language; where its words do not come, a page of English is better than half a one. */
async function speak(chosen: string): Promise<void> {
  spoken = chosen
  try {
    await fetchWords('main')
    translate((key) => own[key], LANGUAGES[chosen]?.dir)
  } catch {
    spoken = ENGLISH
    writeIn(ENGLISH)
  }
  markPage()
}

function markPage(): void {
  Object.assign(document.documentElement, { lang: spoken, dir: LANGUAGES[spoken]?.dir })
}

/** A part of the page and its words, fetched side by side. Words that do not come are said in English. */
export function withWords<T>(part: Part, code: Promise<T>): Promise<T> {
  if (spoken === ENGLISH) return code
  return Promise.all([code, fetchWords(part).catch(() => undefined)]).then(([loaded]) => loaded)
}

function fetchWords(part: Part): Promise<void> {
  const coming = asked.get(part) ?? learnFrom(part)
  asked.set(part, coming)
  coming.catch(() => asked.delete(part)) // whoever wants the part next asks again
  return coming
}

async function learnFrom(part: Part): Promise<void> {
  const address = `${folder}/${spoken}${part === 'main' ? '' : `.${part}`}.json`
  const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) })
  if (!answer.ok) throw new Error(`no words of ${part}`)
  const words = (await answer.json()) as Catalogue
  for (const [key, text] of Object.entries(words)) own[prefixOf(part) + key] = text
}
