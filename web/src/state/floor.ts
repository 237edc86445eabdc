import type { Floor, Member, Room, Share } from '../wire.gen'
import { hasFloor, isTrusted, may, mayBeHeard } from './hearing'
import { arrived } from './people'

/** The member's place in the queue, 1 being next, or 0 if the hand is down. */
export function placeOf(floor: Floor, memberId: number): number {
  return floor.hands.findIndex((hand) => hand.member_id === memberId) + 1
}

/** Who would be called next: the same choice as the server's (rooms/floor.py), or null. */
export function nextUp(room: Room): Member | null {
  const { mode, share, shared, hands } = room.floor
  const done = new Set([...shared, share?.member_id])
  const waiting =
    mode === 'round'
      ? arrived(room).filter((member) => !done.has(member.member_id))
      : hands.map((hand) => room.members[hand.member_id]).filter((member) => member !== undefined)
  const fits = (member: Member) =>
    member.stranded_ms === 0 && (!room.order.is_frozen || may(member.role, 'speak_unasked'))
  return waiting.find(fits) ?? null
}

/** Why a press of the microphone button would be of no use now, or null. */
export type Closed = 'muted' | 'frozen' | 'hands' | 'round' | 'listen' | 'new'

export function whyClosed(room: Room, self: Member, now_ms: number): Closed | null {
  if (self.mutes.by_host) return 'muted'
  if (mayBeHeard(room, self)) return probation(room, self, now_ms) > 0 ? 'new' : null
  if (room.order.is_frozen) return 'frozen'
  return room.floor.mode === 'open' ? null : room.floor.mode
}

/** How long a newcomer's microphone still waits, unless a host calls before. */
export function probation(room: Room, self: Member, now_ms: number): number {
  if (isTrusted(self.role) || hasFloor(room, self.member_id)) return 0
  return Math.max(0, self.probation_ms - now_ms)
}

/** Why the member may not write now, or null. Slow mode is apart: it ends by itself. */
export function whyNoChat(room: Room, self: Member): 'frozen' | 'hosts' | 'off' | null {
  const { order } = room
  if (order.is_frozen && !isTrusted(self.role)) return 'frozen'
  if (order.chat === 'off') return 'off'
  return order.chat === 'hosts' && !may(self.role, 'keep_order') ? 'hosts' : null
}

/** How long the member must wait before the next line. */
export function slowWait(room: Room, self: Member, now_ms: number): number {
  if (isTrusted(self.role) || room.order.slow_ms === 0) return 0
  return Math.max(0, self.wrote_ms + room.order.slow_ms - now_ms)
}

export interface ShareTime {
  readonly spent_ms: number
  /** 0 for a share without a limit. */
  readonly left_ms: number
  readonly phase: 'running' | 'soon' | 'over'
}

/** The speaker is told this much before the end. */
export const SOON_MS = 30_000

/** Where a share stands; nothing happens to it by time alone. */
export function shareTime(share: Share, now_ms: number): ShareTime {
  const spent_ms = Math.max(0, now_ms - share.since_ms)
  if (share.limit_ms === 0) return { spent_ms, left_ms: 0, phase: 'running' }
  const left_ms = Math.max(0, share.limit_ms - spent_ms)
  return { spent_ms, left_ms, phase: left_ms === 0 ? 'over' : left_ms <= SOON_MS ? 'soon' : 'running' }
}

/** What of a share's time is worth a word: to the eye the clock says half of it. */
export function timeMark({ phase, spent_ms, left_ms }: ShareTime): ShareTime['phase'] | 'half' {
  return phase === 'running' && left_ms > 0 && spent_ms >= left_ms ? 'half' : phase
}

/** Whether a hand may be raised: where turns are taken by call, and by newcomers, who wait for one. */
export function mayRaise(room: Room, memberId: number, now_ms: number): boolean {
  const member = room.members[memberId]
  if (member === undefined || hasFloor(room, memberId)) return false
  return room.floor.mode !== 'open' || probation(room, member, now_ms) > 0
}
