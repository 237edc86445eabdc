import type { Answer, Move, Resumed } from '../wire.gen'
import { spread } from './backoff'
import type { Wire, WireListener } from './wire'

/** Between two tries; at first the old node may still be the one that answers. */
const AGAIN_MS = 300
const BUSY = new Set(['busy', 'too_fast'])

/** What a crossing needs of the link. */
export interface Shore {
  open(listener: Omit<WireListener, 'heard'>, url: string): Wire
  resume(wire: Wire): Promise<Answer>
  arrived(wire: Wire, answer: Resumed): void
}

/**
 * The way to another node by a second wire, while the first one goes on. It is tried until it works or its
 * time is over; then the old node ends the first wire, and the link comes back as after any break.
 */
export class Crossing {
  #wire: Wire | null = null
  #isOver = false
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #until_ms: number

  constructor(
    private readonly shore: Shore,
    move: Move,
    private readonly random: () => number,
  ) {
    this.#until_ms = Date.now() + move.within_ms
    this.#try(move.url)
  }

  /** Give up; what has arrived stays. */
  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#wire?.close()
    this.#wire = null
  }

  #try(url: string): void {
    const failed = () => void (wire === this.#wire && this.#tryAgain())
    const wire = this.shore.open(
      {
        opened: () => void (wire === this.#wire && this.#enter(wire)),
        closed: failed,
        turnedAway: failed,
      },
      url,
    )
    this.#wire = wire
  }

  async #enter(wire: Wire): Promise<void> {
    const answer = await this.shore.resume(wire).catch(() => null)
    if (this.#isOver || wire !== this.#wire) return
    if (answer?.type === 'resumed') {
      this.#isOver = true
      this.#wire = null
      this.shore.arrived(wire, answer)
    } else if (answer === null || (answer.type === 'refused' && BUSY.has(answer.code))) {
      wire.close()
      this.#tryAgain()
    } else {
      this.stop()
    }
  }

  /** At the page's own address, where the node that was named may not be reached. */
  #tryAgain(): void {
    this.#wire = null
    if (this.#isOver || Date.now() >= this.#until_ms) return
    this.#timer = setTimeout(() => this.#try(''), spread(AGAIN_MS, this.random()))
  }
}
