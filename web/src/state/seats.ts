import type { Hand, Member, Room } from '../wire.gen'

/** The room with one more seat; whoever takes it waits at the door no longer. */
export function seated(room: Room, member: Member): Room {
  const members = { ...room.members, [member.member_id]: member }
  return { ...withoutGuest(room, member.member_id), members }
}

export function withMember(room: Room, memberId: number, change: (member: Member) => Partial<Member>): Room {
  const member = room.members[memberId]
  if (member === undefined) return room
  return { ...room, members: { ...room.members, [memberId]: { ...member, ...change(member) } } }
}

/** The room without the member: no seat, no hand, no share. */
export function withoutMember(room: Room, memberId: number): Room {
  const members = { ...room.members }
  delete members[memberId]
  const { floor } = room
  const share = floor.share?.member_id === memberId ? null : floor.share
  return { ...room, members, floor: { ...floor, share, hands: withoutHand(floor.hands, memberId) } }
}

export function withoutHand(hands: readonly Hand[], memberId: number): readonly Hand[] {
  return hands.filter((hand) => hand.member_id !== memberId)
}

export function withoutGuest(room: Room, memberId: number): Room {
  return { ...room, guests: room.guests.filter((guest) => guest.member_id !== memberId) }
}

export function withoutProposals(room: Room, memberId: number): Room {
  return { ...room, proposals: room.proposals.filter((one) => one.member_id !== memberId) }
}
