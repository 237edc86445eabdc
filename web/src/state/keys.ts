/** What a single key does in a room. */
export type KeyDeed =
  | 'mic'
  | 'hand'
  | 'chat'
  | 'people'
  | 'reading'
  | 'keys'
  | 'next'
  | 'minute'
  | 'lock'
  | 'quieter'

/** A key as it is: what it writes, where it is on a keyboard, and what is held with it. */
export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly repeat: boolean
  readonly isComposing: boolean
}

/** Where the focus is, and what the person wants. */
export interface KeyPlace {
  readonly isInControls: boolean
  readonly isInField: boolean
  readonly isSheetOpen: boolean
  /** Single keys work in the whole room (WCAG 2.1.4: only if somebody chose so). */
  readonly isEverywhere: boolean
}

export const LETTERS: Readonly<Record<KeyDeed, string>> = {
  mic: 'M',
  hand: 'H',
  chat: 'C',
  people: 'P',
  reading: 'R',
  keys: '?',
  next: 'N',
  minute: 'T',
  lock: 'L',
  quieter: 'D',
}

const DEEDS = new Map(Object.entries(LETTERS).map(([deed, letter]) => [letter, deed as KeyDeed]))

/** Return what a press does, or null where the key only is what it is. */
export function deedOf(press: KeyPress, place: KeyPlace): KeyDeed | null {
  if (!place.isInControls && !place.isEverywhere) return null
  if (place.isInField || place.isSheetOpen || press.repeat || press.isComposing) return null
  // Screen readers, browsers and AltGr own the chords.
  if (press.ctrlKey || press.altKey || press.metaKey) return null
  const deed = DEEDS.get(letterOf(press)) ?? null
  return press.shiftKey && deed !== 'keys' ? null : deed
}

/** The Latin letter of a key, also where the keyboard writes another alphabet. */
export function letterOf({ key, code }: Pick<KeyPress, 'key' | 'code'>): string {
  if (/^[a-z?]$/i.test(key)) return key.toUpperCase()
  const isOtherAlphabet = key.length === 1 && key.charCodeAt(0) > 0x7f
  return (isOtherAlphabet && /^Key([A-Z])$/.exec(code)?.[1]) || ''
}
