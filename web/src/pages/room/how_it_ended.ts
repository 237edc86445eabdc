import type { EndReason, Refusal, TurnedAway } from '../../wire.gen'

/** How a stay in a room came to its end. */
export type Ending =
  | { readonly reason: EndReason; readonly why?: string; readonly until_ms?: number }
  | { readonly refusal: Refusal }
  | { readonly turnedAway: TurnedAway }
