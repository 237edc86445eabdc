import type { Guest, Member, Room, Sheet } from '../wire.gen'
import { nextUp, shareTime } from './floor'
import { may } from './hearing'
import { holder } from './people'
import { isBeginDue } from './phase'

/** What whoever leads would do next: the one big button of their page says it. */
export type NextAction =
  | { readonly act: 'unfreeze' }
  | { readonly act: 'begin' }
  | { readonly act: 'call'; readonly next: Member }
  /** Thank whoever shares, and call the next where somebody waits. */
  | { readonly act: 'thank'; readonly who: Member; readonly next: Member | null }
  | { readonly act: 'admit'; readonly guest: Guest }
  | { readonly act: 'look_at_door'; readonly count: number }
  /** On to this step of the run-sheet; one past the last means that it is done. */
  | { readonly act: 'cue'; readonly at: number }
  | { readonly act: 'fellowship' }
  | { readonly act: 'close' }

/** Whoever waits outside for so long comes before what goes on well by itself. */
export const DOOR_LONG_MS = 30_000

/**
 * Return the next right act of this member, or null where nothing needs them: trouble first, then whoever
 * has waited, then the run-sheet, then the end. It is one act at any moment.
 */
export function nextAction(room: Room, self: Member, now_ms: number): NextAction | null {
  if (room.order.is_frozen && may(self.role, 'keep_order')) {
    // Those who came to disrupt go first: their card has a button of its own.
    return room.burst.length > 0 ? null : { act: 'unfreeze' }
  }
  if (!may(self.role, 'run_floor')) return atDoor(room, self, now_ms, 0)
  if (isBeginDue(room, now_ms)) return { act: 'begin' }
  const who = holder(room)
  if (who !== null) return duringShare(room, self, who, now_ms)
  const next = nextUp(room)
  // Where only invited people speak a raised hand asks, and the run-sheet goes on.
  if (next !== null && (room.sheet === null || room.floor.mode !== 'listen')) return { act: 'call', next }
  return (
    atDoor(room, self, now_ms) ??
    ofSheet(room.sheet) ??
    atDoor(room, self, now_ms, 0) ??
    ofEnd(room, self, now_ms)
  )
}

/** Whether the share that goes on is the run-sheet's own: then its next step ends it. */
export function isOfSheet({ sheet, floor }: Room): boolean {
  const reader = sheet?.cues[sheet.at]?.member_id ?? 0
  return reader !== 0 && reader === floor.share?.member_id
}

function duringShare(room: Room, self: Member, who: Member, now_ms: number): NextAction | null {
  const { share } = room.floor
  const isOver = share !== null && shareTime(share, now_ms).phase === 'over'
  // While a share goes on in its time, nothing else is as near as whoever waits outside.
  const waiting = isOver ? null : atDoor(room, self, now_ms)
  if (waiting !== null) return waiting
  const onward = isOfSheet(room) ? ofSheet(room.sheet) : null
  if (onward !== null) return onward
  // One's own share ends by one's own button.
  return who.member_id === self.member_id ? null : { act: 'thank', who, next: nextUp(room) }
}

/** Whoever waits outside for as long as this, or longer. */
function atDoor(room: Room, self: Member, now_ms: number, wait_ms = DOOR_LONG_MS): NextAction | null {
  if (!may(self.role, 'keep_door') || room.burst.length > 0) return null
  const long = room.guests.filter((guest) => !guest.is_held && now_ms - guest.since_ms >= wait_ms)
  const [guest] = long
  if (guest === undefined) return null
  return long.length === 1 ? { act: 'admit', guest } : { act: 'look_at_door', count: long.length }
}

function ofSheet(sheet: Sheet | null): NextAction | null {
  return sheet !== null && sheet.at < sheet.cues.length ? { act: 'cue', at: sheet.at + 1 } : null
}

function ofEnd({ phase, ends_ms, sheet }: Room, self: Member, now_ms: number): NextAction | null {
  if (phase === 'on' && (sheet !== null || (ends_ms > 0 && now_ms >= ends_ms))) return { act: 'fellowship' }
  return phase === 'fellowship' && may(self.role, 'give_roles') ? { act: 'close' } : null
}
