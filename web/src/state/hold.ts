/** What may hold the microphone open. */
export type Holder = 'pointer' | 'key'

/** Why a hold is over although nobody let go. */
export type HoldEnd = 'left' | 'hidden' | 'muted' | 'elsewhere' | 'cancelled'

export type HoldEvent =
  | { readonly type: 'press'; readonly by: Holder; readonly at_ms: number }
  | { readonly type: 'release'; readonly at_ms: number }
  | { readonly type: 'end'; readonly why: HoldEnd }

export interface Hold {
  readonly isHeld: boolean
  readonly since_ms: number
  /** The last press was let go of so soon that nobody can have said anything. */
  readonly wasTap: boolean
}

/** A press that is shorter is taken for one on an ordinary button: the person is told how this one works. */
export const TAP_MS = 350

export const NOT_HELD: Hold = { isHeld: false, since_ms: 0, wasTap: false }

/**
 * Hold to talk: the microphone is open from a press to its end, and every end closes it. There is no state
 * from which it stays open: whatever is let go of, or happens, ends the hold, and only a new press begins one.
 */
export function changeHold(hold: Hold, event: HoldEvent): Hold {
  switch (event.type) {
    case 'press':
      return hold.isHeld ? hold : { isHeld: true, since_ms: event.at_ms, wasTap: false }
    case 'release':
      return hold.isHeld ? { ...NOT_HELD, wasTap: event.at_ms - hold.since_ms < TAP_MS } : hold
    case 'end':
      return hold.isHeld ? NOT_HELD : hold
  }
}
