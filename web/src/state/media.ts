/** How the sound from the server is doing. Times are milliseconds of one monotonic clock. */
export interface MediaState {
  readonly phase: 'closed' | 'opening' | 'flowing' | 'stalled' | 'lost'
  /** When this phase began. */
  readonly since_ms: number
  /** When the sound was last fine, or asked for the first time; repairs are counted from here. */
  readonly broken_ms: number
  readonly repairs: number
  /** Whether sound was there before: then its absence is a loss, not a beginning. */
  readonly hadSound: boolean
  /** The transport reported that it will not recover by itself. */
  readonly hasFailed: boolean
  /** Only the network is another one: the sound may be as fine as before. */
  readonly isSuspected: boolean
}

export type MediaEvent =
  | { readonly type: 'opened' }
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  | { readonly type: 'failed' }
  | { readonly type: 'quiet' }
  | { readonly type: 'heard' }
  | { readonly type: 'network_back' }
  | { readonly type: 'repaired' }
  | { readonly type: 'closed' }

export type Repair = 'restart' | 'reopen'

export const CLOSED_MEDIA: MediaState = {
  phase: 'closed',
  since_ms: 0,
  broken_ms: 0,
  repairs: 0,
  hadSound: false,
  hasFailed: false,
  isSuspected: false,
}

/** A short break heals by itself (seen: 0.26 s after packets flow), so the first restart waits for this long. */
const RESTART_AFTER_MS = [1_000, 3_000, 7_000, 15_000]
/** Then, and whenever the transport gave up, a new one is opened; the server takes one every 2 s at length. */
const REOPEN_AFTER_MS = 30_000
const REOPEN_EVERY_MS = 5_000
/** Silence is called so only after some seconds; so much of them counts as broken. */
const QUIET_BEFORE_MS = 2_000
/** An opening that leads to nothing within this time is tried again. */
const OPENING_MAX_MS = 8_000

export function changeMedia(state: MediaState, event: MediaEvent, now_ms: number): MediaState {
  switch (event.type) {
    case 'opened':
      if (state.phase === 'closed' || state.phase === 'flowing') return breakDown(state, 'opening', now_ms)
      return { ...enter(state, 'opening', now_ms), hasFailed: false }
    case 'connected':
    case 'heard':
      if (event.type === 'heard' && state.phase !== 'stalled') return state
      return { ...CLOSED_MEDIA, phase: 'flowing', since_ms: now_ms, broken_ms: now_ms, hadSound: true }
    case 'quiet':
      // It has been quiet for a while already: that counts, for the words and for the repair.
      return state.phase === 'flowing' ? breakDown(state, 'stalled', now_ms, QUIET_BEFORE_MS) : state
    case 'disconnected':
      if (state.phase === 'flowing') return breakDown(state, 'lost', now_ms)
      return state.phase === 'stalled' ? enter(state, 'lost', now_ms) : state
    case 'failed': {
      if (state.phase === 'closed') return state
      const broken =
        state.phase === 'flowing' ? breakDown(state, 'lost', now_ms) : enter(state, 'lost', now_ms)
      return { ...broken, hasFailed: true }
    }
    case 'network_back':
      // The address may be another one: ask at once, and start the ladder of repairs anew.
      if (state.phase === 'closed' || state.phase === 'opening') return state
      return {
        ...(state.phase === 'flowing' ? { ...enter(state, 'stalled', now_ms), isSuspected: true } : state),
        broken_ms: now_ms - (RESTART_AFTER_MS[0] ?? 0),
        repairs: 0,
      }
    case 'repaired':
      return { ...state, repairs: state.repairs + 1 }
    case 'closed':
      return { ...CLOSED_MEDIA, hadSound: state.hadSound, since_ms: now_ms }
  }
}

/** What to do now about sound that is not there, or null. */
export function nextRepair(state: MediaState, now_ms: number): Repair | null {
  if (state.phase === 'closed' || state.phase === 'flowing') return null
  const broken_ms = now_ms - state.broken_ms
  if (state.phase === 'opening') return now_ms - state.since_ms >= OPENING_MAX_MS ? 'reopen' : null
  if (state.hasFailed)
    return now_ms - state.since_ms >= (state.repairs === 0 ? 0 : REOPEN_EVERY_MS) ? 'reopen' : null
  if (state.repairs < RESTART_AFTER_MS.length) {
    return broken_ms >= (RESTART_AFTER_MS[state.repairs] ?? 0) ? 'restart' : null
  }
  return broken_ms >= REOPEN_AFTER_MS ? 'reopen' : null
}

function breakDown(state: MediaState, phase: MediaState['phase'], now_ms: number, before_ms = 0): MediaState {
  return { ...enter(state, phase, now_ms), broken_ms: now_ms - before_ms, repairs: 0 }
}

function enter(state: MediaState, phase: MediaState['phase'], now_ms: number): MediaState {
  return { ...state, phase, since_ms: now_ms, isSuspected: false }
}
