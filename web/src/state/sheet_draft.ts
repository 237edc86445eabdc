import type { TextKey } from '../text'
import {
  CUES_MAX,
  type Cue,
  READING_MAX_CHARS,
  type SavedSheet,
  SHEET_MAX_BYTES,
  TITLE_MAX_CHARS,
} from '../wire.gen'

/** A step while it is being written. `key` is only this page's, so that a row stays itself when it moves. */
export interface DraftCue extends Omit<Cue, 'member_id'> {
  readonly key: number
}

/** A run-sheet while it is being written. */
export interface Draft {
  readonly sheet_id: string
  readonly title: string
  readonly cues: readonly DraftCue[]
}

const ID_BYTES = 15
const PREFIX = 'sheet'

const EMPTY_CUE: Omit<DraftCue, 'key'> = {
  title: '',
  text: '',
  floor: null,
  chat: null,
  mutes: false,
  limit_ms: 0,
}

/** A sheet that nobody has kept yet. Whoever makes it draws its id, so that a second try keeps it once. */
export function freshDraft(): Draft {
  const drawn = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  const sheet_id = btoa(String.fromCharCode(...drawn))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
  return { sheet_id, title: '', cues: [{ ...EMPTY_CUE, key: 1 }] }
}

export function draftOf({ sheet_id, title, cues }: SavedSheet): Draft {
  return { sheet_id, title, cues: cues.map(({ member_id: _, ...cue }, at) => ({ ...cue, key: at + 1 })) }
}

/** What is sent to be kept. It names nobody. */
export function savedOf({ sheet_id, title, cues }: Draft): SavedSheet {
  return { sheet_id, title: title.trim(), cues: cues.map(({ key: _, ...cue }) => ({ ...cue, member_id: 0 })) }
}

export function withCue(draft: Draft, key: number, change: Partial<DraftCue>): Draft {
  return { ...draft, cues: draft.cues.map((cue) => (cue.key === key ? { ...cue, ...change } : cue)) }
}

/** Return the draft with an empty step behind the others, and that step's key. */
export function withNewCue(draft: Draft): readonly [Draft, number] {
  const key = 1 + Math.max(0, ...draft.cues.map((cue) => cue.key))
  return [{ ...draft, cues: [...draft.cues, { ...EMPTY_CUE, key }] }, key]
}

/** Return the draft with a step one place up or down; at the edge it stays. */
export function withMoved(draft: Draft, key: number, by: -1 | 1): Draft {
  const from = draft.cues.findIndex((cue) => cue.key === key)
  const cue = draft.cues[from]
  const to = from + by
  if (cue === undefined || to < 0 || to >= draft.cues.length) return draft
  return withCueBack(withoutCue(draft, key), cue, to)
}

export function withoutCue(draft: Draft, key: number): Draft {
  return { ...draft, cues: draft.cues.filter((cue) => cue.key !== key) }
}

/** Return the draft with a removed step back at its place. */
export function withCueBack(draft: Draft, cue: DraftCue, at: number): Draft {
  return { ...draft, cues: [...draft.cues.slice(0, at), cue, ...draft.cues.slice(at)] }
}

/** How large the sheet is on its way to the server. */
export function sizeOf(draft: Draft): number {
  const { title, cues } = savedOf(draft)
  return new TextEncoder().encode(JSON.stringify({ title, cues, at: -1 })).length
}

/** Why a draft cannot be kept as it is: where to look, and the words for it. */
export interface Flaw {
  /** A step's key, or the sheet itself. */
  readonly where: number | 'sheet'
  readonly text: TextKey
}

/** Return the first thing to mend, or null. */
export function flawOf(draft: Draft): Flaw | null {
  if (draft.title.trim() === '') return { where: 'sheet', text: 'sheet.no_title' }
  if (draft.cues.length === 0) return { where: 'sheet', text: 'sheet.no_steps' }
  const nameless = draft.cues.find((cue) => cue.title.trim() === '')
  if (nameless !== undefined) return { where: nameless.key, text: 'sheet.no_step_title' }
  return sizeOf(draft) > SHEET_MAX_BYTES ? { where: 'sheet', text: 'sheet.too_large' } : null
}

/** What was typed and not saved yet: this tab keeps it over a reload. */
export function keepDraft(slug: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(slug, draft.sheet_id), JSON.stringify(draft))
  } catch {
    // Without storage it lives as long as the page does.
  }
}

export function forgetDraft(slug: string, sheetId: string): void {
  try {
    sessionStorage.removeItem(keyOf(slug, sheetId))
  } catch {
    // There is nothing in it.
  }
}

/** Return what this tab keeps for a room, by the id of the sheet. */
export function recallDrafts(slug: string): ReadonlyMap<string, Draft> {
  const found = new Map<string, Draft>()
  for (const key of storedKeys()) {
    const draft = key.startsWith(keyOf(slug, '')) ? recallDraft(key) : null
    if (draft !== null) found.set(draft.sheet_id, draft)
  }
  return found
}

function storedKeys(): readonly string[] {
  try {
    return Object.keys(sessionStorage)
  } catch {
    return []
  }
}

function recallDraft(key: string): Draft | null {
  try {
    return read(JSON.parse(sessionStorage.getItem(key) ?? 'null'))
  } catch {
    return null
  }
}

function keyOf(slug: string, sheetId: string): string {
  return `${PREFIX} ${slug} ${sheetId}`
}

/** Whoever looks at an old page's storage may find anything in it. */
function read(kept: unknown): Draft | null {
  if (typeof kept !== 'object' || kept === null) return null
  const { sheet_id, title, cues } = kept as Partial<Record<keyof Draft, unknown>>
  if (typeof sheet_id !== 'string' || typeof title !== 'string' || !Array.isArray(cues)) return null
  if (title.length > TITLE_MAX_CHARS || cues.length > CUES_MAX || !cues.every(isCue)) return null
  return { sheet_id, title, cues }
}

function isCue(kept: unknown): kept is DraftCue {
  if (typeof kept !== 'object' || kept === null) return false
  const { key, title, text, mutes, limit_ms } = kept as Partial<Record<keyof DraftCue, unknown>>
  const isText = typeof title === 'string' && typeof text === 'string' && text.length <= READING_MAX_CHARS
  return isText && typeof key === 'number' && typeof mutes === 'boolean' && typeof limit_ms === 'number'
}
