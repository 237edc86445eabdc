import type { Command } from '../state/outbox'
import { EMPTY_REPLICA, type Replica, receiveCommits, receiveSync, type Step } from '../state/replica'
import type {
  Answer,
  AnswerMedia,
  FromBrowserEvents,
  Joined,
  Move,
  Offer,
  Refusal,
  Resumed,
  TurnedAway,
  Waits,
} from '../wire.gen'
import { retryDelay, spread } from './backoff'
import { BUSY_WAIT_MS, CommandRow } from './command_row'
import type { Crossing } from './crossing'
import { deviceToken, keepCard, recallCard } from './device'
import type { LinkListener, LinkPhase, SeatWish } from './link_listener'
import type { Seat } from './seat'
import type { Heard, OpenWire, Wire } from './wire'

export type { LinkListener, LinkPhase, SeatWish }

/** What is asked outside the row of numbered commands: private words, invites and run-sheets. */
export type Request =
  | 'set_reachable'
  | 'ask_private'
  | 'answer_private'
  | 'send_private'
  | 'make_invite'
  | 'list_invites'
  | 'revoke_invite'
  | 'list_sheets'
  | 'save_sheet'
  | 'remove_sheet'

/** An answer later than this means that the wire is dead, whatever it says of itself. */
const ANSWER_DEADLINE_MS = 10_000
/** After a sleep or a change of network an answer must come sooner. */
const PROBE_DEADLINE_MS = 3_000
/** Leaving does not wait for a server that does not answer. */
const LEAVE_DEADLINE_MS = 1_000
/** The node where the room is has so long to answer; then the page's own address takes us in. */
const ELSEWHERE_MS = 2_000
/** The old wire after a move: the old node must have heard of the new one before it misses us. */
const OLD_WIRE_MS = 1_000

/** What a move needs is fetched once sound has begun: when it is wanted, its own server is about to go. */
const SETTLED_MS = 1_000
const fetchCrossing = () => import('./crossing')

/** The seat is gone, but the person may sit down again under the same name. */
const SIT_DOWN_AGAIN = new Set<Refusal['code']>(['ticket_unusable', 'not_a_member', 'no_room'])

/**
 * One member's conversation with the server over as many wires as it takes: sits down, comes back by
 * ticket, closes holes in the log, sends one command at a time and repeats it under the same number.
 */
export class Link {
  #phase: LinkPhase = 'idle'
  #wire: Wire | null = null
  #wish: SeatWish | null = null
  #seat: Seat | null = null
  /** Whose lines in the log are ours, even after the seat was lost. */
  #lastMember = 0
  #replica: Replica = EMPTY_REPLICA
  readonly #row: CommandRow
  #isCatchingUp = false
  #isRejoining = false
  #crossing: Crossing | null = null
  #attempt = 0
  /** The same for every try of this page to sit down, so that a lost answer costs no seat and no name. */
  readonly #attemptText = drawAttempt()
  #retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly openWire: OpenWire,
    private readonly listener: LinkListener,
    private readonly random: () => number = Math.random,
  ) {
    this.#row = new CommandRow(
      {
        wire: () => (this.#phase === 'up' ? this.#wire : null),
        seq: () => this.#replica.seq,
        outboxChanged: (outbox) => listener.outboxChanged(outbox),
        slowed: (wait_ms) => listener.slowed(wait_ms),
        refusedLate: (refusal, command) => listener.refusedLate(refusal, command),
        failed: () => this.#drop(),
      },
      ANSWER_DEADLINE_MS,
    )
  }

  /** Ask for a seat. */
  join(wish: SeatWish): void {
    this.#wish = wish
    this.#start()
  }

  /** Come back to a seat that was kept over a reload. */
  resume(seat: Seat): void {
    this.#seat = seat
    this.#wish = seat
    this.#start()
  }

  /** Queue a command. Resolves to null once it is carried out, or to why it never will be. */
  send(command: Command): Promise<Refusal | null> {
    return this.#row.send(command)
  }

  /** Ask for a new transport or an ICE restart. Null if the link is not up or breaks. */
  async askMedia(event: 'open_media' | 'restart_media'): Promise<Offer | Refusal | null> {
    const answer = await this.#ask(event, {})
    if (answer?.type === 'offered') return answer.offer
    return answer?.type === 'refused' ? answer : null
  }

  async answerMedia(answer: AnswerMedia): Promise<Refusal | null> {
    const reply = await this.#ask('answer_media', answer)
    return reply?.type === 'refused' ? reply : null
  }

  /** Ask for something that is no command of the room's log. Null if the link is not up or breaks. */
  request<E extends Request>(event: E, payload: FromBrowserEvents[E]): Promise<Answer | null> {
    return this.#ask(event, payload)
  }

  /** Give up the seat and close. */
  async leave(): Promise<void> {
    const wire = this.#wire
    this.#finish()
    // Also behind a join, or a return, that is not answered yet: the server takes them in their order.
    if (wire !== null) await wire.ask('leave', {}, LEAVE_DEADLINE_MS).catch(() => undefined)
    wire?.close()
  }

  /** The browser says that the network is gone: believe it. */
  networkWent(): void {
    if (this.#phase === 'up' || this.#phase === 'connecting') this.#drop()
  }

  /** The network is back, or the page is looked at again: try now, or make sure that the wire lives. */
  networkCame(): void {
    if (this.#phase === 'retrying') {
      this.#attempt = 0
      this.#open()
    } else if (this.#phase === 'up') {
      void this.#catchUp(PROBE_DEADLINE_MS)
    }
  }

  #start(): void {
    this.#attempt = 0
    this.#open()
  }

  /** At the page's own address, or at the node that was named there; where that one is silent, here after all. */
  #open(url?: string): void {
    clearTimeout(this.#retryTimer)
    this.#setPhase(this.#replica.room === null ? 'connecting' : 'retrying')
    this.#wire?.close()
    if (url) this.#retryTimer = setTimeout(() => this.#open(''), ELSEWHERE_MS)
    const over = (then: () => void) => {
      if (wire === this.#wire) url && this.#phase !== 'up' ? this.#open('') : then()
    }
    const wire = this.openWire(
      {
        opened: () => void (wire === this.#wire && this.#enter(wire)),
        closed: () => over(() => this.#drop()),
        heard: (heard) => void (wire === this.#wire && this.#hear(heard)),
        turnedAway: (why) => over(() => this.#notLetIn(why)),
      },
      url,
    )
    this.#wire = wire
  }

  /** Sit down or come back on a wire that just opened. */
  async #enter(wire: Wire): Promise<void> {
    clearTimeout(this.#retryTimer)
    const { epoch, seq } = this.#replica
    const seat = this.#seat
    const wish = this.#wish
    if (wish === null) return
    const asked =
      seat === null
        ? wire.ask(
            'join',
            {
              room: wish.slug,
              name: wish.name,
              invite: wish.invite,
              attempt: this.#attemptText,
              device: deviceToken(),
              card: recallCard(wish.slug),
            },
            ANSWER_DEADLINE_MS,
          )
        : wire.ask('resume', { ticket: seat.ticket, epoch, seq }, ANSWER_DEADLINE_MS)
    const answer = await asked.catch(() => null)
    if (wire !== this.#wire) return
    if (answer?.type === 'joined' || answer?.type === 'waits') this.#sitDown(answer, wish)
    else if (answer?.type === 'resumed' && seat !== null) this.#comeBack(answer, seat)
    else if (answer?.type === 'refused') this.#turnAway(answer, wire)
    else if (answer?.type === 'elsewhere') this.#open(answer.url)
    else this.#drop()
  }

  /** Inside, or at the door: there the answer has no transport. */
  #sitDown(answer: Joined | Waits, wish: SeatWish): void {
    const oldMember = this.#lastMember
    this.#isRejoining = false
    this.listener.clockRead(answer.now_ms)
    this.#keepSeat(answer.member_id, answer.ticket, wish)
    this.#row.startAnew(oldMember, answer.sync.room.chat)
    this.#step(receiveSync(this.#replica, answer.sync))
    this.#goUp()
    if (answer.type === 'joined') this.listener.offered(answer.offer)
  }

  #comeBack(answer: Resumed, seat: Seat): void {
    this.listener.clockRead(answer.now_ms)
    this.#keepSeat(answer.member_id, answer.ticket, seat)
    this.#row.goOnAfter(answer.last_n)
    this.#step(receiveSync(this.#replica, answer.sync))
    this.#goUp()
    if (this.#isInside()) this.listener.resumed(answer.peer_id)
  }

  #keepSeat(memberId: number, ticket: string, wish: SeatWish): void {
    this.#lastMember = memberId
    this.#seat = { slug: wish.slug, name: wish.name, invite: wish.invite, ticket, memberId }
    this.#wish = this.#seat
    this.listener.seated(this.#seat)
  }

  #isInside(): boolean {
    return this.#replica.room?.members[this.#lastMember] !== undefined
  }

  #goUp(): void {
    this.#attempt = 0
    this.#setPhase('up')
    this.#row.pump()
    setTimeout(() => this.#phase === 'up' && void fetchCrossing().catch(() => null), SETTLED_MS)
  }

  #turnAway(refusal: Refusal, wire: Wire): void {
    if (refusal.code === 'too_fast' || refusal.code === 'busy') {
      this.#drop(Math.max(refusal.retry_ms, BUSY_WAIT_MS))
    } else if (this.#seat !== null && SIT_DOWN_AGAIN.has(refusal.code)) {
      this.#isRejoining = true
      this.#seat = null
      void this.#enter(wire)
    } else if (this.#isRejoining && refusal.code === 'ticket_unusable' && this.#wish?.invite) {
      // A host's link that ran out must not keep a member out who was in before.
      this.#wish = { ...this.#wish, invite: '' }
      void this.#enter(wire)
    } else if (this.#isRejoining && isAboutName(refusal) && this.#wish !== null) {
      // The name is most likely held by the person's own lost seat. Better in under another than out.
      this.#wish = { ...this.#wish, name: refusal.suggestion }
      void this.#enter(wire)
    } else {
      this.#finish()
      wire.close()
      this.listener.refused(refusal)
    }
  }

  /** One who has a seat waits for a place; a newcomer is told, and so is a page of another version. */
  #notLetIn(why: TurnedAway): void {
    if (why === 'too_many' && this.#seat !== null) {
      this.#drop()
    } else {
      this.#finish()
      this.listener.turnedAway(why)
    }
  }

  #hear({ event, payload }: Heard): void {
    switch (event) {
      case 'commits':
        this.#step(receiveCommits(this.#replica, payload.epoch, payload.commits))
        return
      case 'resync':
        void this.#catchUp(ANSWER_DEADLINE_MS)
        return
      case 'media_closed':
        this.listener.mediaClosed(payload.peer_id)
        return
      case 'ticket_renewed':
        if (this.#seat !== null) this.#keepSeat(this.#seat.memberId, payload.ticket, this.#seat)
        return
      case 'card_given':
        if (this.#seat !== null) keepCard(this.#seat.slug, payload.card)
        return
      case 'moved':
        this.#step(receiveSync(this.#replica, payload.sync))
        this.listener.moved(payload.offer)
        return
      case 'move':
        void this.#move(payload)
        return
      case 'reach':
        this.listener.reached(payload.is_whole)
        return
      case 'private_asked':
        this.listener.privateAsked(payload.member_id)
        return
      case 'private_answered':
        this.listener.privateAnswered(payload.member_id, payload.yes)
        return
      case 'private_line':
        this.listener.privateLine(payload)
        return
      case 'ended':
        if (payload.reason === 'restarting') this.listener.restarting()
        if (payload.retry_ms > 0) {
          this.#drop(spread(payload.retry_ms, this.random()))
        } else {
          const wire = this.#wire
          this.#finish()
          wire?.close()
          this.listener.ended(payload)
        }
    }
  }

  /**
   * This node is about to stop: come to another one by a second wire, while this one goes on. Where the code
   * for it cannot be fetched, the page comes back as after any break.
   */
  async #move(move: Move): Promise<void> {
    const left = this.#wire
    const code = await fetchCrossing().catch(() => null)
    const seat = this.#seat
    if (code === null || seat === null || this.#phase !== 'up' || left !== this.#wire) return
    this.#crossing?.stop()
    this.#crossing = new code.Crossing(
      {
        open: (listener, url) => {
          const wire = this.openWire(
            {
              opened: listener.opened,
              closed: () => (wire === this.#wire ? this.#drop() : listener.closed()),
              heard: (heard) => void (wire === this.#wire && this.#hear(heard)),
              turnedAway: (why) => listener.turnedAway(why),
            },
            url,
          )
          return wire
        },
        resume: (wire) => {
          const { epoch, seq } = this.#replica
          return wire.ask('resume', { ticket: seat.ticket, epoch, seq }, ANSWER_DEADLINE_MS)
        },
        arrived: (wire, answer) => this.#changeWire(wire, answer),
      },
      move,
      this.random,
    )
  }

  /** Speak by the new wire from now on. The person notices nothing. */
  #changeWire(wire: Wire, answer: Resumed): void {
    const old = this.#wire
    const seat = this.#seat
    if (seat === null) return
    this.#crossing = null
    this.#isCatchingUp = false
    this.#row.wireWent()
    this.#wire = wire
    setTimeout(() => old?.close(), OLD_WIRE_MS)
    this.#comeBack(answer, seat)
  }

  #step(step: Step): void {
    this.#replica = step.replica
    const seat = this.#seat
    if (seat !== null) {
      this.#row.follow(seat.memberId, step.applied, step.replica.seq)
      const { room } = step.replica
      const guest = room?.guests.find((one) => one.member_id === seat.memberId)
      const name = (room?.members[seat.memberId] ?? guest)?.name
      if (name !== undefined && name !== seat.name)
        this.#keepSeat(seat.memberId, seat.ticket, { ...seat, name })
    }
    this.listener.stepped(step)
    if (step.hasHole) void this.#catchUp(ANSWER_DEADLINE_MS)
  }

  async #catchUp(deadline_ms: number): Promise<void> {
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    const { epoch, seq } = this.#replica
    const answer = await this.#ask('catch_up', { epoch, seq }, deadline_ms)
    this.#isCatchingUp = false
    if (answer?.type === 'synced') this.#step(receiveSync(this.#replica, answer.sync))
  }

  /** Ask outside the row of numbered commands. Null if the link is not up; an answer too late drops the wire. */
  async #ask<E extends Request | 'catch_up' | 'open_media' | 'restart_media' | 'answer_media'>(
    event: E,
    payload: FromBrowserEvents[E],
    deadline_ms = ANSWER_DEADLINE_MS,
  ): Promise<Answer | null> {
    const wire = this.#wire
    if (wire === null || this.#phase !== 'up') return null
    const answer = await wire.ask(event, payload, deadline_ms).catch(() => null)
    if (wire !== this.#wire) return null
    if (answer === null) this.#drop()
    return answer
  }

  /** The wire is of no use any more: wait a little, then try again. */
  #drop(wait_ms?: number): void {
    if (this.#phase === 'over' || this.#phase === 'idle') return
    this.#closeWire()
    this.#setPhase(this.#replica.room === null ? 'connecting' : 'retrying')
    const delay_ms = wait_ms ?? retryDelay(this.#attempt, this.random())
    this.#attempt += 1
    clearTimeout(this.#retryTimer)
    this.#retryTimer = setTimeout(() => this.#open(), delay_ms)
  }

  #closeWire(): void {
    this.#crossing?.stop()
    this.#crossing = null
    const wire = this.#wire
    this.#wire = null
    this.#isCatchingUp = false
    this.#row.wireWent()
    wire?.close()
  }

  #finish(): void {
    clearTimeout(this.#retryTimer)
    this.#crossing?.stop()
    this.#crossing = null
    this.#row.wireWent()
    this.#wire = null
    this.#setPhase('over')
  }

  #setPhase(phase: LinkPhase): void {
    if (phase === this.#phase) return
    this.#phase = phase
    this.listener.phaseChanged(phase)
  }
}

/** Whether a name was refused with another that may be taken. */
function isAboutName({ code, suggestion }: Refusal): boolean {
  return (code === 'name_taken' || code === 'name_reserved') && suggestion !== ''
}

/** Return 128 bits of chance as text. Works on pages without HTTPS too, unlike `randomUUID`. */
function drawAttempt(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
