/** Quieter than this is not marked: about -52 dBov, above breath and keyboards. Guess, tried with tones. */
const AUDIBLE_LEVEL = 0.0025
/** A mark stays for this long after the last loud packet, so that it does not flicker between words. */
const HOLD_MS = 450

/** The newest voice that a slot let out. `level` is linear, 0 to 1, as browsers give it. */
export interface Heard {
  readonly voice: number
  readonly level: number
  readonly stamp_ms: number
}

/**
 * Who is audible right now, told from what the slots played. Works on polls, four or five a second;
 * a slot's stamp that stands still says that nothing was played since.
 */
export class Voices {
  #stamps: number[] = []
  #loud_ms = new Map<number, number>()

  /** Take one poll: the newest voice of each slot, or null. */
  poll(slots: readonly (Heard | null)[], now_ms: number): ReadonlySet<number> {
    slots.forEach((heard, slot) => {
      if (heard === null) return
      const isNew = heard.stamp_ms !== this.#stamps[slot]
      this.#stamps[slot] = heard.stamp_ms
      if (isNew && heard.level >= AUDIBLE_LEVEL) this.#loud_ms.set(heard.voice, now_ms)
    })
    for (const [voice, at_ms] of this.#loud_ms) if (now_ms - at_ms > HOLD_MS) this.#loud_ms.delete(voice)
    return new Set(this.#loud_ms.keys())
  }

  /** Mark a voice that does not come through a slot: one's own. */
  hear(voice: number, level: number, now_ms: number): void {
    if (level >= AUDIBLE_LEVEL) this.#loud_ms.set(voice, now_ms)
  }

  /** Forget a voice at once: its microphone went off. */
  silence(voice: number): void {
    this.#loud_ms.delete(voice)
  }
}

export function sameVoices(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((voice) => b.has(voice))
}
