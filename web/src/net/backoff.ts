/** The first try comes soon, since most breaks are short. */
const FIRST_MS = 400
const LONGEST_MS = 5_000

/**
 * Return how long to wait before the next try, in ms. `random` is from 0 to 1: after a restart of the
 * server a full room must not come back in one instant.
 */
export function retryDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt)
  return Math.round(longest * (0.4 + 0.6 * random))
}

/** Spread a wait that the server named over half to one and a half of it. */
export function spread(wait_ms: number, random: number): number {
  return Math.round(wait_ms * (0.5 + random))
}
