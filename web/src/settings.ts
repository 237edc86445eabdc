import { signal } from '@preact/signals'

/** How somebody wants the page, kept on this device alone; nothing here says who they are. */
export interface Settings {
  /** Empty: the browser's own. */
  readonly language: string
  readonly theme: 'system' | 'light' | 'dark' | 'contrast'
  /** Percent of the usual size. */
  readonly text_size: number
  /** How much of what happens a screen reader is told. */
  readonly told: 'me' | 'floor' | 'everything'
  /** How new lines of chat are told. */
  readonly chat_told: 'off' | 'count' | 'full'
  /** Soft sounds when the own microphone goes on or off, and when the connection is lost. */
  readonly has_cues: boolean
  /** Whether single keys work everywhere in a room, not only with the focus in its controls (WCAG 2.1.4). */
  readonly has_keys: boolean
  /** Whether the microphone is on only while its key or button is held. */
  readonly holds_to_talk: boolean
  /** Whether the person has read, in a room, what Hide does. */
  readonly knows_hide: boolean
  /** Asks the page to send and fetch as little as it can. */
  readonly saves_data: boolean
  /** Sends the sound as the microphone gives it, without the browser's cleaning. */
  readonly has_raw_sound: boolean
  /** The browser's own number of the chosen microphone; empty: the usual one. */
  readonly microphone: string
  /** The same of the loudspeaker or headphones. */
  readonly speaker: string
}

export const TEXT_SIZES = [100, 125, 150, 175, 200] as const

export const USUAL: Settings = {
  language: '',
  theme: 'system',
  text_size: 100,
  told: 'floor',
  chat_told: 'count',
  has_cues: true,
  has_keys: false,
  holds_to_talk: false,
  knows_hide: false,
  saves_data: false,
  has_raw_sound: false,
  microphone: '',
  speaker: '',
}

/** What is one of a few; it stands before the first reading. */
const CHOICES: { readonly [name: string]: readonly unknown[] } = {
  theme: ['system', 'light', 'dark', 'contrast'],
  text_size: TEXT_SIZES,
  told: ['me', 'floor', 'everything'],
  chat_told: ['off', 'count', 'full'],
}

const KEY = 'settings'

export const settings = signal<Settings>(read())

/** Change some of them. What is as usual is not written down, so an unchanged page leaves no trace. */
export function changeSettings(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
  const unusual = Object.entries(settings.value).filter(
    ([name, one]) => one !== USUAL[name as keyof Settings],
  )
  try {
    if (unusual.length === 0) localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(unusual)))
  } catch {
    // Without storage they last as long as the page.
  }
}

/** Read what another visit wrote; what is not known, or of another kind, is as usual. */
function read(): Settings {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return USUAL
    return readSettings(kept as Record<string, unknown>)
  } catch {
    return USUAL
  }
}

export function readSettings(kept: Readonly<Record<string, unknown>>): Settings {
  const known = Object.entries(kept).filter(
    ([name, one]) =>
      name in USUAL &&
      typeof one === typeof USUAL[name as keyof Settings] &&
      (CHOICES[name]?.includes(one) ?? true),
  )
  return { ...USUAL, ...Object.fromEntries(known) }
}
