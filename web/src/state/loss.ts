/** Packets of voices since the transport began. */
export interface Arrivals {
  readonly received: number
  readonly lost: number
}

/** Whether much of the sound is lost on the way, from one look every 2 s. */
export interface LossWatch {
  readonly last: Arrivals | null
  /** Looks in a row that were bad, or good. */
  readonly bad: number
  readonly good: number
  readonly isWeak: boolean
}

export const NO_LOSS: LossWatch = { last: null, bad: 0, good: 0, isWeak: false }

/** Above this words begin to break; below that nobody notices. */
const BAD_SHARE = 0.1
const GOOD_SHARE = 0.03
const BAD_LOOKS = 3
const GOOD_LOOKS = 5
/** Fewer packets tell nothing: a second of one voice is 50. */
const PACKETS_MIN = 20

export function lookAtLoss(watch: LossWatch, now: Arrivals): LossWatch {
  const { last } = watch
  const received = now.received - (last?.received ?? 0)
  const lost = now.lost - (last?.lost ?? 0)
  // Counts that fall are those of another transport; a packet that came late after all takes a loss back.
  if (last === null || received < 0 || received + lost < PACKETS_MIN) return { ...watch, last: now }
  const share = Math.max(0, lost) / (received + Math.max(0, lost))
  const bad = share >= BAD_SHARE ? watch.bad + 1 : 0
  const good = share < GOOD_SHARE ? watch.good + 1 : 0
  const isWeak = watch.isWeak ? good < GOOD_LOOKS : bad >= BAD_LOOKS
  return { last: now, bad, good, isWeak }
}
