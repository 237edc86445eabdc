import { PHASE_MAX_MS, type Phase, type Room } from '../wire.gen'

/** So long before the start the next right act is to begin. */
const NEAR_START_MS = 600_000
export const MORE_MS = 600_000
/** How long people may stay after a meeting that had an end. */
const FELLOWSHIP_MS = 1_800_000

/** A phase with its end, as the command has them. */
export interface Course {
  readonly phase: Phase
  readonly ends_ms: number
}

/** Whether to begin is what a host at the doors wants next. A room without a start waits for its host. */
export function isBeginDue({ phase, starts_ms }: Room, now_ms: number): boolean {
  return phase === 'doors' && starts_ms - now_ms <= NEAR_START_MS
}

/** The meeting from now on: while doors are open, and after a return, to the end that it has anyway. */
export function begun({ ends_ms }: Room, now_ms: number): Course {
  const isAhead = ends_ms > now_ms && ends_ms - now_ms <= PHASE_MAX_MS
  return { phase: 'on', ends_ms: isAhead ? ends_ms : 0 }
}

/** Fellowship from now on. Where nothing ends by the clock, this does not either. */
export function closed({ ends_ms }: Room, now_ms: number): Course {
  return { phase: 'fellowship', ends_ms: ends_ms === 0 ? 0 : now_ms + FELLOWSHIP_MS }
}

/** Ten minutes more of what goes on, or null where it has no end, or none so late. */
export function longer({ phase, ends_ms }: Room, now_ms: number): Course | null {
  if (phase === 'doors' || ends_ms === 0) return null
  const later_ms = Math.max(ends_ms, now_ms) + MORE_MS
  return later_ms - now_ms > PHASE_MAX_MS ? null : { phase, ends_ms: later_ms }
}
