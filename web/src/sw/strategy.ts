/** What somebody asks for, as far as it matters to what is kept on the device. */
export interface Asked {
  readonly method: string
  /** Of the same origin as the worker. */
  readonly is_ours: boolean
  readonly is_navigation: boolean
  readonly path: string
  /** With its question mark, or empty. */
  readonly search: string
}

/**
 * How an answer is come by:
 * - `pass`: the browser asks as if there were no worker; nothing is kept.
 * - `file`: from what is kept, else from the network, and kept: its name changes with its content.
 * - `document`: from the network within a while, and kept; else from what is kept.
 * - `page`: from the network, never kept; where it does not come, the kept page of help stands in.
 * - `schedule`: from the network, and kept as the last one known; never answered from what is kept.
 */
export type Strategy = 'pass' | 'file' | 'document' | 'page' | 'schedule'

/** Pages of words, the same for everybody. */
export const DOCUMENTS: readonly string[] = ['/help', '/safety', '/privacy', '/accessibility']
export const HELP = '/help'
export const SCHEDULE = '/api/schedule'

/** Where hiding leads: it must reach the server, which tells the browser to forget all of this. */
const EXIT = '/exit'
const HASHED = '/assets/'
/** What the operator chose of the look; a digest stands behind the question mark. */
const LOOK: readonly string[] = ['/place.css', '/icon']
const LANGUAGE = /^\?lang=([a-z]{2,3})$/

export function strategyFor({ method, is_ours, is_navigation, path, search }: Asked): Strategy {
  if (method !== 'GET' || !is_ours || path === EXIT) return 'pass'
  if (is_navigation) return isKept(path, search) ? 'document' : 'page'
  if (path.startsWith(HASHED) || (LOOK.includes(path) && search !== '')) return 'file'
  return path === SCHEDULE ? 'schedule' : 'pass'
}

/** Whether this is a document in one of its languages: addresses with anything else in them are not kept. */
function isKept(path: string, search: string): boolean {
  return DOCUMENTS.includes(path) && (search === '' || LANGUAGE.test(search))
}

/** Return the address of help in a language, or null where this is none. */
export function helpIn(language: unknown): string | null {
  const search = `?lang=${language}`
  return typeof language === 'string' && LANGUAGE.test(search) ? HELP + search : null
}

/** Of what is kept, oldest first, return what stands in best for a path: the newest of it, in any language. */
export function nearest(kept: readonly string[], path: string, search: string): string | undefined {
  const ofPath = kept.filter((one) => one === path || one.startsWith(`${path}?`))
  return ofPath.find((one) => one === path + search) ?? ofPath.at(-1)
}
