import type { TextKey } from '../text'
import { ABILITIES, type Ability, type Member, RANK, type Role, type Room } from '../wire.gen'

/** Whether the role holds the ability: the server's own table. */
export function may(role: Role, ability: Ability): boolean {
  return ABILITIES[role]?.includes(ability) ?? false
}

/** Whether the role passes doors and may write while the room is frozen. */
export function isTrusted(role: Role): boolean {
  return RANK[role] > 0
}

/** Which words say to whoever has the role that the room is frozen. */
export function frozenKey(role: Role | undefined): TextKey {
  if (role === undefined || !isTrusted(role)) return 'order.frozen'
  return may(role, 'speak_unasked') ? 'order.frozen_trusted' : 'order.frozen_captioner'
}

/** Whether one member may act upon another. */
export function isBelow(other: Member, self: Member): boolean {
  return RANK[other.role] < RANK[self.role]
}

/** Whether the member would be heard with the microphone open: the same rule as rooms/hearing.py. */
export function mayBeHeard(room: Room, member: Member): boolean {
  if (may(member.role, 'speak_unasked')) return true
  if (room.order.is_frozen) return false
  return room.floor.mode === 'open' || hasFloor(room, member.member_id)
}

/** Whether the member is heard. */
export function isHeard(room: Room, member: Member): boolean {
  return !member.mutes.by_self && !member.mutes.by_host && mayBeHeard(room, member)
}

/** Whether it is the member's turn. */
export function hasFloor(room: Room, memberId: number): boolean {
  return room.floor.share?.member_id === memberId
}
