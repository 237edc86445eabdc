import type { Answer, FromBrowserEvents, ToBrowserEvents, TurnedAway } from '../wire.gen'

/** An event from the server with its payload. */
export type Heard = {
  [E in keyof ToBrowserEvents]: { readonly event: E; readonly payload: ToBrowserEvents[E] }
}[keyof ToBrowserEvents]

/** Who is told what happens on a wire. Never called before `OpenWire` has returned. */
export interface WireListener {
  opened(): void
  heard(heard: Heard): void
  closed(): void
  /** The server let nobody in on this wire; it is closed. */
  turnedAway(why: TurnedAway): void
}

/** One connection to the server, from opening to its end; it never reconnects by itself. */
export interface Wire {
  /**
   * Send an event and wait for its answer.
   *
   * Rejects when the answer does not come within `deadline_ms` or the wire closes.
   */
  ask<E extends keyof FromBrowserEvents>(
    event: E,
    payload: FromBrowserEvents[E],
    deadline_ms: number,
  ): Promise<Answer>
  /** End it. `closed` of the listener is not called. */
  close(): void
}

/** Open a wire to another node's `url`, or where it is empty to the page's own address; without one the answer may be `elsewhere`. */
export type OpenWire = (listener: WireListener, url?: string) => Wire
