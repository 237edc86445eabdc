import type { Command, Outbox } from '../state/outbox'
import type { Step } from '../state/replica'
import type { Ended, Offer, PrivateLine, Refusal, TurnedAway } from '../wire.gen'
import type { Seat } from './seat'

/** Where the conversation with the server stands. */
export type LinkPhase = 'idle' | 'connecting' | 'up' | 'retrying' | 'over'

/** What the person asked for: a seat in a room under a name. */
export interface SeatWish {
  readonly slug: string
  readonly name: string
  readonly invite: string
}

export interface LinkListener {
  phaseChanged(phase: LinkPhase): void
  seated(seat: Seat): void
  /** The server's time just now: a meeting's times are by its clock. */
  clockRead(now_ms: number): void
  stepped(step: Step): void
  outboxChanged(outbox: Outbox): void
  /** A transport to answer: with the first seat, or after a repair. */
  offered(offer: Offer): void
  /** Back in the old seat; says whether the server still has the transport. */
  resumed(peerId: string): void
  /** The place or the role is another one: the room is shown anew. With a transport, if there is sound to open. */
  moved(offer: Offer | null): void
  privateAsked(memberId: number): void
  privateAnswered(memberId: number, yes: boolean): void
  privateLine(line: PrivateLine): void
  mediaClosed(peerId: string): void
  /** A command must wait for this long, since they came too fast. */
  slowed(wait_ms: number): void
  /** An order was refused after all: its sender was told that it holds. */
  refusedLate(refusal: Refusal, command: Command): void
  /** Whether the server reaches the others that are one place with it: else voices are missing, and commands wait. */
  reached(isWhole: boolean): void
  /** The server stops for a while and asked this page to come back. */
  restarting(): void
  /** No way in: the seat was not given. */
  refused(refusal: Refusal): void
  /** The server let nobody in. */
  turnedAway(why: TurnedAway): void
  /** The server ended it, and coming back by oneself is of no use. */
  ended(ended: Ended): void
}
