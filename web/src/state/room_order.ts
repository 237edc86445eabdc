import {
  BANS_MAX,
  type Ban,
  BLOCKS_MAX_OF_ONE,
  type Block,
  type ChatLine,
  type Commit,
  DOOR_LINES_MAX,
  type Fact,
  type Guest,
  HELD_MAX,
  REPORTS_MAX,
  type Room,
} from '../wire.gen'
import { NO_REACTIONS } from './room_live'
import { withoutGuest, withoutMember, withoutProposals } from './seats'

type OrderFact = Extract<
  Fact,
  {
    type:
      | 'phase_set'
      | 'pass_noted'
      | 'guest_arrived'
      | 'guest_left'
      | 'guest_held'
      | 'guest_told'
      | 'member_stepped_out'
      | 'ban_placed'
      | 'ban_lifted'
      | 'ban_matched'
      | 'removal_lifted'
      | 'burst_seen'
      | 'rules_set'
      | 'watch_set'
      | 'duty_set'
      | 'role_proposed'
      | 'line_held'
      | 'held_dropped'
      | 'member_blocked'
      | 'member_unblocked'
      | 'report_made'
      | 'report_settled'
      | 'sheet_set'
      | 'cue_reached'
      | 'reading_shown'
      | 'reading_marked'
      | 'unseen'
  }
>

type DoorFact = Extract<
  OrderFact,
  { type: 'guest_arrived' | 'guest_left' | 'guest_held' | 'guest_told' | 'member_stepped_out' }
>

/** Order, trust, the run-sheet and the meeting's time: the other half of `changeRoom`. */
export function changeOrder(room: Room, fact: OrderFact, commit: Commit): Room {
  switch (fact.type) {
    case 'phase_set':
      return {
        ...room,
        phase: fact.phase,
        ends_ms: fact.ends_ms,
        reactions: fact.phase === room.phase ? room.reactions : NO_REACTIONS,
      }
    case 'rules_set':
      return { ...room, rules: fact.rules }
    case 'watch_set':
      return { ...room, watch: fact.watch }
    case 'duty_set':
      return { ...room, on_duty: fact.members }
    case 'role_proposed': {
      const rest = withoutProposals(room, fact.proposal.member_id)
      return { ...rest, proposals: [...rest.proposals, fact.proposal] }
    }
    case 'burst_seen':
      return { ...room, burst: fact.members }
    case 'ban_placed': {
      const others = room.bans.filter((ban) => ban.ban_id !== fact.ban.ban_id)
      return { ...room, bans: withinBounds([...others, fact.ban]) }
    }
    case 'ban_lifted':
      return { ...room, bans: room.bans.filter((ban) => ban.ban_id !== fact.ban_id) }
    case 'ban_matched':
      return {
        ...room,
        bans: room.bans.map((ban) => (ban.ban_id === fact.ban_id ? { ...ban, tried_ms: commit.at_ms } : ban)),
      }
    case 'line_held':
      return { ...room, held: [...room.held, lineOf(fact, commit)].slice(-HELD_MAX) }
    case 'held_dropped':
      return { ...room, held: room.held.filter((line) => line.seq !== fact.line_seq) }
    case 'member_blocked': {
      const block = { by: fact.by, member_id: fact.member_id, since_seq: commit.seq, until_seq: 0 }
      return { ...room, blocks: [...withPlace(room.blocks), block] }
    }
    case 'member_unblocked':
      return unblocked(room, fact.by, fact.member_id, commit.seq)
    case 'report_made':
      return { ...room, reports: [...room.reports, fact.report].slice(-REPORTS_MAX) }
    case 'report_settled':
      return { ...room, reports: room.reports.filter((one) => one.report_id !== fact.report_id) }
    case 'sheet_set':
      return { ...room, sheet: fact.sheet }
    case 'cue_reached':
      return room.sheet === null ? room : { ...room, sheet: { ...room.sheet, at: fact.at } }
    case 'reading_shown':
      return { ...room, reading: fact.text === '' ? null : { title: fact.title, text: fact.text, line: 0 } }
    case 'reading_marked':
      return room.reading === null ? room : { ...room, reading: { ...room.reading, line: fact.line } }
    case 'pass_noted':
    case 'removal_lifted':
    case 'unseen':
      return room
    default:
      return changeDoor(room, fact, commit)
  }
}

/** Who waits at the door. */
function changeDoor(room: Room, fact: DoorFact, commit: Commit): Room {
  switch (fact.type) {
    case 'guest_arrived':
      return withGuest(withoutGuest(room, fact.guest.member_id), fact.guest)
    case 'guest_left':
      return withoutGuest(room, fact.member_id)
    case 'guest_held':
      return changeGuest(room, fact.member_id, () => ({ is_held: true }))
    case 'guest_told': {
      const line = { by: fact.by, text: fact.text, sent_ms: commit.at_ms }
      return changeGuest(room, fact.member_id, ({ lines }) => ({
        lines: [...lines, line].slice(-DOOR_LINES_MAX),
      }))
    }
    case 'member_stepped_out': {
      const left = withoutProposals(withoutMember(room, fact.guest.member_id), fact.guest.member_id)
      return withGuest(left, fact.guest)
    }
    default:
      return tolerate(room, fact)
  }
}

/** The line that a commit of words leaves behind. */
export function lineOf(
  fact: { readonly member_id: number; readonly name: string; readonly text: string; readonly n: number },
  commit: Commit,
): ChatLine {
  const { member_id, name, text, n } = fact
  return { seq: commit.seq, member_id, name, text, sent_ms: commit.at_ms, n, retracted: false }
}

/** Every known fact has a case above (the compiler checks); a newer server may send others. */
function tolerate(room: Room, _fact: never): Room {
  return room
}

/** The own blocks with a place for one more: of too many, the first that was lifted is forgotten. */
function withPlace(blocks: readonly Block[]): readonly Block[] {
  const lifted = blocks.find((block) => block.until_seq !== 0)
  return blocks.length < BLOCKS_MAX_OF_ONE ? blocks : blocks.filter((block) => block !== lifted)
}

function unblocked(room: Room, by: number, memberId: number, seq: number): Room {
  const blocks = room.blocks.map((block) =>
    block.by === by && block.member_id === memberId && block.until_seq === 0
      ? { ...block, until_seq: seq }
      : block,
  )
  return { ...room, blocks }
}

function withGuest(room: Room, guest: Guest): Room {
  return { ...room, guests: [...room.guests, guest] }
}

/** Of too many bans the one that ends first is forgotten. */
function withinBounds(bans: readonly Ban[]): readonly Ban[] {
  if (bans.length <= BANS_MAX) return bans
  const first = bans.reduce((one, other) => (other.until_ms < one.until_ms ? other : one))
  return bans.filter((ban) => ban !== first)
}

function changeGuest(room: Room, memberId: number, change: (guest: Guest) => Partial<Guest>): Room {
  const guests = room.guests.map((guest) =>
    guest.member_id === memberId ? { ...guest, ...change(guest) } : guest,
  )
  return { ...room, guests }
}
