/** How many bare presses of Shift there were in a row. */
export interface Shifts {
  readonly count: number
  readonly last_ms: number
  /** Shift is down, and nothing else has happened since it went down. */
  readonly isBare: boolean
}

/** What the keyboard or a pointer did, as far as it matters here. */
export interface Press {
  readonly type: 'down' | 'up' | 'pointer' | 'lost'
  readonly key?: string
  /** Whether Ctrl, Alt or Meta was held with it. */
  readonly isChord?: boolean
}

/** So many presses hide the page. */
export const SHIFTS = 3
/** The next press must come within this time. */
export const BETWEEN_MS = 5_000

export const NO_SHIFTS: Shifts = { count: 0, last_ms: 0, isBare: false }

/**
 * Count presses of Shift and nothing else. It counts when the key comes up: held for a capital letter or
 * with a click, Shift is no press of its own; a key that repeats while it is held counts once.
 */
export function countShifts(shifts: Shifts, press: Press, now_ms: number): Shifts {
  if (press.type === 'lost') return { ...shifts, isBare: false }
  if (press.type === 'pointer') return shifts.isBare ? NO_SHIFTS : shifts
  if (press.key !== 'Shift') return press.type === 'down' ? NO_SHIFTS : shifts
  if (press.isChord === true) return NO_SHIFTS
  if (press.type === 'down') return { ...shifts, isBare: true }
  if (!shifts.isBare) return shifts
  const isInRow = shifts.count > 0 && now_ms - shifts.last_ms <= BETWEEN_MS
  return { count: isInRow ? shifts.count + 1 : 1, last_ms: now_ms, isBare: false }
}
