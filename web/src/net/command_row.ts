import {
  acceptCommand,
  addCommand,
  type Command,
  confirmByCommits,
  confirmThrough,
  EMPTY_OUTBOX,
  firstUnsent,
  isOrder,
  type Outbox,
  type Queued,
  removeCommand,
  renumber,
  settle,
} from '../state/outbox'
import type { Answer, ChatLine, Commit, FromBrowserEvents, Refusal } from '../wire.gen'
import type { Wire } from './wire'

/** `busy` without a time. */
export const BUSY_WAIT_MS = 300
/** Other commands wait behind a refused one; for longer than this they must not. */
const HOLD_UP_MAX_MS = 10_000

/** What the row needs of the link it belongs to. */
export interface CommandWay {
  /** The wire while the link is up, or null. */
  wire(): Wire | null
  /** How far the replica has come. */
  seq(): number
  outboxChanged(outbox: Outbox): void
  slowed(wait_ms: number): void
  /** Refused after all, though its sender was told that it holds. */
  refusedLate(refusal: Refusal, command: Command): void
  /** The wire gave no answer in time. */
  failed(): void
}

/**
 * One member's numbered commands: one travels at a time, a retry repeats its number, every sender is answered.
 * Orders are sent besides as soon as they are given: the server lets them hold for sound, and carries them
 * out in their turn.
 */
export class CommandRow {
  #outbox: Outbox = EMPTY_OUTBOX
  #waiters = new Map<number, (refusal: Refusal | null) => void>()
  readonly #flying = new Set<number>()
  /** Sent ahead of their turn by this wire. */
  readonly #ahead = new Set<number>()
  /** Put off by the server: sent again when the timer says so. */
  #resting = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly way: CommandWay,
    private readonly deadline_ms: number,
  ) {}

  /** Queue a command. Resolves to null once it is carried out, or to why it never will be. */
  send(command: Command): Promise<Refusal | null> {
    this.#setOutbox(addCommand(this.#outbox, command))
    const n = this.#outbox.lastN
    return new Promise((resolve) => {
      this.#waiters.set(n, resolve)
      this.pump()
    })
  }

  /** Send the next command, if it is not on its way, and every order that was not sent yet. */
  pump(): void {
    const next = firstUnsent(this.#outbox)
    const wire = this.way.wire()
    if (wire === null || next === null) return
    if (next.n !== this.#resting) this.#fly(wire, next)
    for (const one of this.#outbox.queued) {
      if (one.n > next.n && isOrder(one.command) && one.acceptedSeq === 0 && !this.#ahead.has(one.n)) {
        this.#ahead.add(one.n)
        this.#fly(wire, one)
      }
    }
  }

  #fly(wire: Wire, one: Queued): void {
    if (this.#flying.has(one.n)) return
    this.#flying.add(one.n)
    const { event, payload } = one.command
    // The compiler cannot see that this payload belongs to this event; `Command` says that it does.
    const numbered = { ...payload, n: one.n } as FromBrowserEvents[typeof event]
    wire.ask(event, numbered, this.deadline_ms).then(
      (answer) => {
        if (wire !== this.way.wire()) return
        this.#flying.delete(one.n)
        this.#land(one, answer)
      },
      () => {
        if (wire === this.way.wire()) this.way.failed()
      },
    )
  }

  /** The wire is gone: whatever was on its way is sent again over the next one. */
  wireWent(): void {
    this.#flying.clear()
    this.#ahead.clear()
    this.#resting = 0
    clearTimeout(this.#timer)
  }

  /** A new seat: the numbers start again. */
  startAnew(oldMember: number, chat: readonly ChatLine[]): void {
    for (const n of [...this.#waiters.keys()]) this.#answerWaiter(n, null)
    this.#setOutbox(renumber(this.#outbox, oldMember, chat))
  }

  /** Back in the old seat: the server carried out everything up to `lastN`. */
  goOnAfter(lastN: number): void {
    this.#setOutbox(confirmThrough(this.#outbox, lastN))
  }

  /** The replica moved on. */
  follow(me: number, applied: readonly Commit[], seq: number): void {
    this.#setOutbox(settle(confirmByCommits(this.#outbox, me, applied), seq))
  }

  #land({ n, command }: Queued, answer: Answer): void {
    if (answer.type === 'refused' && isWorthWaiting(answer)) {
      const wait_ms = Math.max(answer.retry_ms, BUSY_WAIT_MS)
      if (answer.code === 'too_fast') this.way.slowed(wait_ms)
      else if (isOrder(command)) this.#sayItHolds(n, command)
      // Nothing goes out before but orders; one of those that was sent ahead waits for its turn.
      if (firstUnsent(this.#outbox)?.n !== n) return
      this.#resting = n
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => {
        this.#resting = 0
        this.pump()
      }, wait_ms)
      return
    }
    if (answer.type === 'accepted') {
      this.#setOutbox(settle(acceptCommand(this.#outbox, n, answer.revision.seq), this.way.seq()))
      this.#answerWaiter(n, null)
    } else {
      this.#answerWaiter(n, answer.type === 'refused' ? answer : null)
      this.#setOutbox(removeCommand(this.#outbox, n))
    }
    this.pump()
  }

  #setOutbox(outbox: Outbox): void {
    if (outbox === this.#outbox) return
    const left = new Set(outbox.queued.map((one) => one.n))
    this.#outbox = outbox
    for (const n of [...this.#waiters.keys()]) if (!left.has(n)) this.#answerWaiter(n, null)
    this.way.outboxChanged(outbox)
  }

  /** Whoever gave the order need not wait for the room's record. The way back from a ban is known only then. */
  #sayItHolds(n: number, command: Command): void {
    if (!this.#waiters.has(n) || 'reason' in command.payload) return
    this.#answerWaiter(n, null)
    this.#waiters.set(n, (refusal) => {
      if (refusal !== null) this.way.refusedLate(refusal, command)
    })
  }

  #answerWaiter(n: number, refusal: Refusal | null): void {
    this.#waiters.get(n)?.(refusal)
    this.#waiters.delete(n)
  }
}

/** Whether a refused command is sent again by itself; a line that slow mode refuses goes back to its author. */
function isWorthWaiting({ code, retry_ms }: Refusal): boolean {
  return code === 'busy' || (code === 'too_fast' && retry_ms <= HOLD_UP_MAX_MS)
}
