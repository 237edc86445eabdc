import type { Guest, InviteShown, Room } from '../wire.gen'

/** How many lines a guest has said at the door. */
export function saidBy(guest: Guest): number {
  return guest.lines.filter((line) => line.by === guest.member_id).length
}

/** The name of somebody who is here, at the door, or has written; null for somebody of whom nothing is left. */
export function knownName(room: Room, memberId: number): string | null {
  const here = room.members[memberId] ?? room.guests.find((guest) => guest.member_id === memberId)
  if (here !== undefined) return here.name
  const line = room.chat.find((one) => one.member_id === memberId && one.name !== '')
  return line?.name ?? null
}

/** Who of a burst is still here or at the door, by name, in the order of coming. */
export function burstNames(room: Room): readonly string[] {
  return room.burst
    .map((id) => (room.members[id] ?? room.guests.find((guest) => guest.member_id === id))?.name)
    .filter((name) => name !== undefined)
}

/** How many came to the door before a guest and wait still. */
export function countBefore(room: Room, memberId: number): number {
  return Math.max(
    0,
    room.guests.findIndex((guest) => guest.member_id === memberId),
  )
}

export interface Branch {
  readonly invite: InviteShown
  /** How many invites it grew from. */
  readonly depth: number
  /** How many invites end with it: itself, and those that grew from it. */
  readonly size: number
}

/** Return invites as a tree in reading order: each is followed by those that grew from it. */
export function branches(invites: readonly InviteShown[]): readonly Branch[] {
  const known = new Set(invites.map((one) => one.invite_id))
  const children = new Map<string, InviteShown[]>()
  for (const invite of invites) {
    // One whose parent is forgotten stands by itself.
    const parent = known.has(invite.parent_id) ? invite.parent_id : ''
    children.set(parent, [...(children.get(parent) ?? []), invite])
  }
  const grown = (invite: InviteShown, depth: number): Branch[] => {
    const below = (children.get(invite.invite_id) ?? []).flatMap((child) => grown(child, depth + 1))
    return [{ invite, depth, size: below.length + 1 }, ...below]
  }
  return (children.get('') ?? []).flatMap((invite) => grown(invite, 0))
}
