/** What the own microphone gave and what went out, taken a few times a second while it is on. */
export interface MicSample {
  /** 0 to 1, or null where the browser does not tell. */
  readonly level: number | null
  /** Packets that went out so far. */
  readonly sent: number
  /** Whether the transport is well: else the notice about the connection says enough. */
  readonly isFlowing: boolean
}

/** Since when a microphone that is on has given or sent nothing. Times are of one monotonic clock. */
export interface MicWatch {
  readonly silent_ms: number | null
  readonly unsent_ms: number | null
  readonly sent: number
  /** Whether it gave anything since it went on. */
  readonly hadSound: boolean
  readonly verdict: 'fine' | 'silent' | 'unsent'
}

export const FRESH_WATCH: MicWatch = {
  silent_ms: null,
  unsent_ms: null,
  sent: -1,
  hadSound: false,
  verdict: 'fine',
}

/** As long as somebody may talk in vain before the page says so. */
const IN_VAIN_MS = 4_000
/** A microphone that worked may be held quiet by a switch on the headset, by a person who knows it. */
const WENT_SILENT_MS = 10_000
/** A voice, not breath: about -40 dBov. */
const VOICE_LEVEL = 0.01

/** Return what is known after one more sample. A real room is never digitally silent; a dead line is. */
export function watchMic(watch: MicWatch, sample: MicSample, now_ms: number): MicWatch {
  const hadSound = watch.hadSound || (sample.level ?? 0) > 0
  const silent_ms = sample.level === 0 ? (watch.silent_ms ?? now_ms) : null
  const isStill = sample.sent === watch.sent && sample.isFlowing
  const isVoice = (sample.level ?? 0) >= VOICE_LEVEL
  const unsent_ms = isStill ? (watch.unsent_ms ?? (isVoice ? now_ms : null)) : null
  const next = { silent_ms, unsent_ms, sent: sample.sent, hadSound }
  const limit_ms = hadSound ? WENT_SILENT_MS : IN_VAIN_MS
  if (silent_ms !== null && now_ms - silent_ms >= limit_ms) return { ...next, verdict: 'silent' }
  const isUnsent = unsent_ms !== null && now_ms - unsent_ms >= IN_VAIN_MS
  if (isUnsent && (isVoice || watch.verdict === 'unsent')) return { ...next, verdict: 'unsent' }
  return { ...next, verdict: 'fine' }
}

/** Somebody who talks with the microphone off. */
export interface Unheard {
  /** When the last polls were loud. */
  readonly loud_ms: readonly number[]
  readonly told_ms: number | null
}

export const NOBODY_TALKS: Unheard = { loud_ms: [], told_ms: null }

const WINDOW_MS = 1_500
/** So many loud polls, four a second, are words and no cough. */
const LOUD_POLLS = 4
const TELL_EVERY_MS = 60_000
/** The root of the mean square of a voice near a microphone is well above it. */
const TALK_LEVEL = 0.02

/** Take how loud it is at a microphone that is off, and whether to say that nobody hears it: once a minute at most. */
export function hearUnheard(
  state: Unheard,
  level: number,
  now_ms: number,
): { readonly state: Unheard; readonly isTold: boolean } {
  const recent = state.loud_ms.filter((at_ms) => now_ms - at_ms < WINDOW_MS)
  const loud_ms = level >= TALK_LEVEL ? [...recent, now_ms] : recent
  const mayTell = state.told_ms === null || now_ms - state.told_ms >= TELL_EVERY_MS
  if (loud_ms.length < LOUD_POLLS || !mayTell) return { state: { ...state, loud_ms }, isTold: false }
  return { state: { loud_ms: [], told_ms: now_ms }, isTold: true }
}
