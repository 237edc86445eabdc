import {
  CHAT_WINDOW_LINES,
  type ChatLine,
  type Commit,
  type Fact,
  type Floor,
  type Hand,
  type Member,
  type Order,
  type Room,
  SHARED_MAX,
  type Share,
} from '../wire.gen'
import { mayBeHeard } from './hearing'

/**
 * Return the room after one commit: the same rules as `change_room` of rooms/apply.py, checked against
 * the same vectors. Unknown facts of a newer server change nothing.
 */
export function changeRoom(room: Room | null, commit: Commit): Room | null {
  const { fact } = commit
  if (fact.type === 'room_opened') {
    const { slug, title, about, meeting_id, settings } = fact
    const { floor: mode, limit_ms, chat, slow_ms, is_locked } = settings
    const floor: Floor = { mode, limit_ms, share: null, hands: [], shared: [] }
    const order: Order = { is_locked, is_frozen: false, chat, slow_ms }
    const opened = { slug, title, about, meeting_id, opened_ms: commit.at_ms, members: {}, chat: [] }
    return { ...opened, floor, order }
  }
  return room === null ? null : changeOpenRoom(room, fact, commit)
}

function changeOpenRoom(room: Room, fact: Exclude<Fact, { type: 'room_opened' }>, commit: Commit): Room {
  switch (fact.type) {
    case 'member_joined':
      return { ...room, members: { ...room.members, [fact.member.member_id]: fact.member } }
    case 'member_left':
    case 'member_removed':
      return withoutMember(room, fact.member_id)
    case 'member_stranded':
      return withMember(room, fact.member_id, () => ({ stranded_ms: commit.at_ms }))
    case 'member_returned':
      return withMember(room, fact.member_id, () => ({ stranded_ms: 0 }))
    case 'member_renamed':
      return withMember(room, fact.member_id, () => ({ name: fact.name }))
    case 'microphone_set':
      return muteSelf(room, fact.member_id, !fact.on)
    case 'member_muted':
      return withMember(room, fact.member_id, () => ({ mutes: { by_self: true, by_host: true } }))
    case 'mute_lifted':
      return withMember(room, fact.member_id, (member) => ({ mutes: { ...member.mutes, by_host: false } }))
    case 'chat_posted': {
      const { member_id, name, text, n } = fact
      const line: ChatLine = {
        seq: commit.seq,
        member_id,
        name,
        text,
        sent_ms: commit.at_ms,
        n,
        retracted: false,
      }
      const written = { ...room, chat: [...room.chat, line].slice(-CHAT_WINDOW_LINES) }
      return withMember(written, member_id, () => ({ wrote_ms: commit.at_ms }))
    }
    case 'chat_retracted':
    case 'line_erased':
      return withdraw(room, fact.line_seq)
    case 'chat_expired':
      return { ...room, chat: room.chat.filter((line) => line.seq > fact.through_seq) }
    case 'all_muted':
      return fact.members.reduce((muted, memberId) => muteSelf(muted, memberId, true), room)
    case 'role_given':
      return withMember(room, fact.member_id, () => ({ role: fact.role }))
    case 'chat_set':
      return { ...room, order: { ...room.order, chat: fact.mode, slow_ms: fact.slow_ms } }
    case 'room_locked':
      return { ...room, order: { ...room.order, is_locked: fact.on } }
    case 'room_frozen':
      return { ...room, order: { ...room.order, is_frozen: fact.on } }
    default:
      return changeFloor(room, fact, commit)
  }
}

type FloorFact = Extract<
  Fact,
  {
    type:
      | 'hand_raised'
      | 'hand_lowered'
      | 'hands_lowered'
      | 'hand_moved'
      | 'share_began'
      | 'share_ended'
      | 'time_added'
      | 'share_written'
      | 'floor_set'
  }
>

/** Turns: hands, the queue and the share that goes on. */
function changeFloor(room: Room, fact: FloorFact, commit: Commit): Room {
  const { floor } = room
  switch (fact.type) {
    case 'hand_raised':
      return withFloor(room, { hands: inserted(floor.hands, fact.hand, fact.place) })
    case 'hand_lowered':
      return withFloor(room, { hands: withoutHand(floor.hands, fact.member_id) })
    case 'hands_lowered':
      return withFloor(room, { hands: [] })
    case 'hand_moved': {
      const moved = floor.hands.find((hand) => hand.member_id === fact.member_id)
      if (moved === undefined) return room
      return withFloor(room, { hands: inserted(withoutHand(floor.hands, fact.member_id), moved, fact.place) })
    }
    case 'share_began': {
      const { member_id, lane, limit_ms } = fact
      const share = { member_id, lane, limit_ms, since_ms: commit.at_ms, text: '' }
      return withFloor(room, { share, hands: withoutHand(floor.hands, member_id) })
    }
    case 'share_ended':
      return endShare(room, fact.member_id, fact.had_turn)
    case 'time_added':
      return withShare(room, { limit_ms: fact.limit_ms })
    case 'share_written':
      // It may have ended while this was written.
      return floor.share?.member_id === fact.member_id ? withShare(room, { text: fact.text }) : room
    case 'floor_set': {
      const isNewRound = fact.mode === 'round' && floor.mode !== 'round'
      return withFloor(room, {
        mode: fact.mode,
        limit_ms: fact.limit_ms,
        shared: isNewRound ? [] : floor.shared,
      })
    }
    default:
      return tolerate(room, fact)
  }
}

/** The share is over; whoever is not heard without it has the microphone closed by that. */
function endShare(room: Room, memberId: number, hadTurn: boolean): Room {
  const { shared } = room.floor
  const isNew = hadTurn && !shared.includes(memberId)
  const ended = withFloor(room, {
    share: null,
    shared: isNew ? [...shared, memberId].slice(-SHARED_MAX) : shared,
  })
  const member = ended.members[memberId]
  return member === undefined || mayBeHeard(ended, member) ? ended : muteSelf(ended, memberId, true)
}

/** Every known fact has a case above (the compiler checks); a newer server may send others. */
function tolerate(room: Room, _fact: never): Room {
  return room
}

function withFloor(room: Room, change: Partial<Floor>): Room {
  return { ...room, floor: { ...room.floor, ...change } }
}

function withShare(room: Room, change: Partial<Share>): Room {
  const { share } = room.floor
  return share === null ? room : withFloor(room, { share: { ...share, ...change } })
}

function inserted(hands: readonly Hand[], hand: Hand, place: number): readonly Hand[] {
  return [...hands.slice(0, place), hand, ...hands.slice(place)]
}

function withoutHand(hands: readonly Hand[], memberId: number): readonly Hand[] {
  return hands.filter((hand) => hand.member_id !== memberId)
}

function withdraw(room: Room, lineSeq: number): Room {
  const chat = room.chat.map((line) => (line.seq === lineSeq ? { ...line, text: '', retracted: true } : line))
  return { ...room, chat }
}

function muteSelf(room: Room, memberId: number, bySelf: boolean): Room {
  return withMember(room, memberId, (member) => ({ mutes: { ...member.mutes, by_self: bySelf } }))
}

function withMember(room: Room, memberId: number, change: (member: Member) => Partial<Member>): Room {
  const member = room.members[memberId]
  if (member === undefined) return room
  return { ...room, members: { ...room.members, [memberId]: { ...member, ...change(member) } } }
}

/** The room without the member: no seat, no hand, no share. */
function withoutMember(room: Room, memberId: number): Room {
  const members = { ...room.members }
  delete members[memberId]
  const { share, hands } = room.floor
  return withFloor(
    { ...room, members },
    { share: share?.member_id === memberId ? null : share, hands: withoutHand(hands, memberId) },
  )
}
