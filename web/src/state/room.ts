import {
  CHAT_WINDOW_LINES,
  type Commit,
  type Fact,
  type Floor,
  type Hand,
  type Order,
  type Room,
  SHARED_MAX,
  type Share,
  WAS_MAX,
} from '../wire.gen'
import { mayBeHeard } from './hearing'
import { changeLive, NO_REACTIONS } from './room_live'
import { changeOrder, lineOf } from './room_order'
import { seated, withMember, withoutHand, withoutMember, withoutProposals } from './seats'

/**
 * Return the room after one commit: the same rules as `change_room` of rooms/apply.py, checked against
 * the same vectors. Unknown facts of a newer server change nothing.
 */
export function changeRoom(room: Room | null, commit: Commit): Room | null {
  const { fact } = commit
  if (fact.type === 'room_opened') return openedRoom(fact, commit)
  if (fact.type === 'room_closed' || room === null) return null
  return changeOpenRoom(room, fact, commit)
}

function openedRoom(fact: Extract<Fact, { type: 'room_opened' }>, commit: Commit): Room {
  const { slug, title, about, meeting_id, settings, phase, starts_ms, ends_ms, bans } = fact
  const { floor: mode, limit_ms, chat, slow_ms, is_locked, rules } = settings
  const floor: Floor = { mode, limit_ms, share: null, hands: [], shared: [] }
  const order: Order = { is_locked, is_frozen: false, chat, slow_ms }
  const watch = {
    was_led: false,
    lost_ms: 0,
    asked: 0,
    asked_ms: 0,
    passed: [],
    is_safe: false,
    floor: 'open',
  } as const
  const opened = { slug, title, about, meeting_id, opened_ms: commit.at_ms, members: {}, chat: [] }
  const nobody = { guests: [], held: [], blocks: [], burst: [], reports: [], proposals: [] }
  const plan = { phase, starts_ms, ends_ms, rules, bans, watch, on_duty: [], reading: null, sheet: null }
  return { ...opened, floor, order, ...plan, ...nobody, captions: [], reactions: NO_REACTIONS }
}

type OpenFact = Exclude<Fact, { type: 'room_opened' | 'room_closed' }>

function changeOpenRoom(room: Room, fact: OpenFact, commit: Commit): Room {
  switch (fact.type) {
    case 'member_joined':
      return seated(room, fact.member)
    case 'member_left':
    case 'member_removed':
      return withoutMember(room, fact.member_id)
    case 'member_stranded':
      return withMember(room, fact.member_id, () => ({ stranded_ms: commit.at_ms }))
    case 'member_returned':
      return withMember(room, fact.member_id, () => ({ stranded_ms: 0 }))
    case 'member_renamed':
      return withMember(room, fact.member_id, ({ was }) => ({
        name: fact.name,
        was: fact.was === '' ? was : [...was, fact.was].slice(-WAS_MAX),
      }))
    case 'microphone_set':
      return muteSelf(room, fact.member_id, !fact.on)
    case 'member_muted':
      return withMember(room, fact.member_id, () => ({ mutes: { by_self: true, by_host: true } }))
    case 'mute_lifted':
      return withMember(room, fact.member_id, (member) => ({ mutes: { ...member.mutes, by_host: false } }))
    case 'chat_posted': {
      const chat = [...room.chat, lineOf(fact, commit)].slice(-CHAT_WINDOW_LINES)
      const written = { ...room, chat, held: room.held.filter((line) => line.seq !== fact.held_seq) }
      return withMember(written, fact.member_id, () => ({ wrote_ms: commit.at_ms }))
    }
    case 'chat_retracted':
    case 'line_erased':
      return withdraw(room, fact.line_seq)
    case 'chat_expired':
      return { ...room, chat: room.chat.filter((line) => line.seq > fact.through_seq) }
    case 'all_muted':
      return fact.members.reduce((muted, memberId) => muteSelf(muted, memberId, true), room)
    case 'role_given':
      return withMember(withoutProposals(room, fact.member_id), fact.member_id, () => ({ role: fact.role }))
    case 'chat_set':
      return { ...room, order: { ...room.order, chat: fact.mode, slow_ms: fact.slow_ms } }
    case 'room_locked':
      return { ...room, order: { ...room.order, is_locked: fact.on } }
    case 'room_frozen':
      return { ...room, order: { ...room.order, is_frozen: fact.on } }
    case 'hand_raised':
    case 'hand_lowered':
    case 'hands_lowered':
    case 'hand_moved':
    case 'share_began':
    case 'share_ended':
    case 'time_added':
    case 'share_written':
    case 'floor_set':
      return changeFloor(room, fact, commit)
    case 'caption_written':
    case 'caption_erased':
    case 'captions_expired':
    case 'reacted':
      return changeLive(room, fact, commit)
    default:
      return changeOrder(room, fact, commit)
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
      const share = { member_id, lane, limit_ms, since_ms: commit.at_ms, text: '', written_seq: 0 }
      const called = withFloor(room, { share, hands: withoutHand(floor.hands, member_id) })
      return { ...called, reactions: NO_REACTIONS }
    }
    case 'share_ended':
      return endShare(room, fact.member_id, fact.had_turn)
    case 'time_added':
      return withShare(room, { limit_ms: fact.limit_ms })
    case 'share_written':
      // It may have ended while this was written.
      return floor.share?.member_id === fact.member_id
        ? withShare(room, { text: fact.text, written_seq: commit.seq })
        : room
    case 'floor_set': {
      const isNewRound = fact.mode === 'round' && floor.mode !== 'round'
      return withFloor(room, {
        mode: fact.mode,
        limit_ms: fact.limit_ms,
        shared: isNewRound ? [] : floor.shared,
      })
    }
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

function withdraw(room: Room, lineSeq: number): Room {
  const chat = room.chat.map((line) => (line.seq === lineSeq ? { ...line, text: '', retracted: true } : line))
  return { ...room, chat }
}

function muteSelf(room: Room, memberId: number, bySelf: boolean): Room {
  return withMember(room, memberId, (member) => ({ mutes: { ...member.mutes, by_self: bySelf } }))
}
