import type { ChatLine, Member, Room } from '../wire.gen'
import { hasFloor, isHeard, may } from './hearing'
import type { Queued } from './outbox'

/** Members who are heard, in the order of their arrival: the list must not jump with the voices. */
export function sharing(room: Room): Member[] {
  return arrived(room).filter((member) => isHeard(room, member) && !hasFloor(room, member.member_id))
}

/** Whose turn it is, with the microphone on or off. */
export function holder(room: Room): Member | null {
  const { share } = room.floor
  return share === null ? null : (room.members[share.member_id] ?? null)
}

/** Everybody else: first oneself, then whoever keeps order, then by arrival. */
export function listening(room: Room, me: number): Member[] {
  const rank = (member: Member) => (member.member_id === me ? 0 : may(member.role, 'keep_order') ? 1 : 2)
  return arrived(room)
    .filter((member) => !isHeard(room, member) && !hasFloor(room, member.member_id))
    .sort((a, b) => rank(a) - rank(b))
}

export function arrived(room: Room): Member[] {
  return Object.values(room.members).sort((a, b) => a.joined_ms - b.joined_ms || a.member_id - b.member_id)
}

/** The first letter that a person would read, for the round mark beside a name. */
export function initial(name: string): string {
  const first = [...name.trim()][0] ?? '?'
  return first.toLocaleUpperCase()
}

/** An own line that the log does not show yet. */
export interface PendingLine {
  readonly n: number
  readonly text: string
}

/** A line that the room refused for good; the person may try it again. */
export interface FailedLine {
  readonly id: number
  readonly text: string
}

export function pendingLines(queued: readonly Queued[]): PendingLine[] {
  return queued.flatMap(({ n, command }) =>
    command.event === 'post_chat' ? [{ n, text: command.payload.text }] : [],
  )
}

/** Whether the person keeps apart from a member: neither is heard or read by the other. */
export function isBlocked(room: Room, memberId: number): boolean {
  return room.blocks.some((block) => block.member_id === memberId && block.until_seq === 0)
}

/** The lines that the person may read: the server empties some, and a block hides older ones as well. */
export function readable(room: Room): readonly ChatLine[] {
  if (room.chat.every((line) => line.name !== '') && room.blocks.length === 0) return room.chat
  return room.chat.filter((line) => line.name !== '' && !isBlocked(room, line.member_id))
}

/** The person's own lines that wait for a host. */
export function heldOf(room: Room, me: number): readonly ChatLine[] {
  return room.held.filter((line) => line.member_id === me)
}

/** How many lines by others, still with words in them, came after the one last looked at. */
export function countUnseen(chat: readonly ChatLine[], seenSeq: number, me: number): number {
  return chat.filter((line) => line.seq > seenSeq && line.member_id !== me && !line.retracted).length
}
