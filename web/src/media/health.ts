/** Everything that a transport has received so far, as counts that only grow. */
export interface Received {
  /** Packets of voices. */
  readonly voice: number
  /** Packets of voices that never came. */
  readonly lost: number
  /** All there is: voices, reports, answers to connectivity checks. */
  readonly all: number
}

/** A voice that stops with everything else: the network, not the speaker, went quiet. */
const VOICE_QUIET_MS = 3_500
/** Without voices only checks arrive; Firefox makes one every 5 s. */
const IDLE_QUIET_MS = 8_000

/** Tells from the counts, taken every 2 s, whether anything still arrives. */
export class Health {
  #last: Received | null = null
  #changed_ms = 0
  #hadVoice = false

  /** Return whether the transport has gone quiet. */
  look(received: Received, now_ms: number): 'quiet' | 'heard' | 'waiting' {
    const last = this.#last
    this.#last = received
    if (last === null || received.all !== last.all) {
      this.#hadVoice = last !== null && received.voice > last.voice
      this.#changed_ms = now_ms
      return last === null ? 'waiting' : 'heard'
    }
    return now_ms - this.#changed_ms >= (this.#hadVoice ? VOICE_QUIET_MS : IDLE_QUIET_MS)
      ? 'quiet'
      : 'waiting'
  }
}
