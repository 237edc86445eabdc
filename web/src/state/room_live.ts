import {
  CAPTION_LINES,
  type CaptionLine,
  type Commit,
  type Fact,
  REACTIONS_MAX,
  REACTIONS_QUIET_MS,
  type Reactions,
  type Room,
} from '../wire.gen'

export type LiveFact = Extract<
  Fact,
  { type: 'caption_written' | 'caption_erased' | 'captions_expired' | 'reacted' }
>

export const NO_REACTIONS: Reactions = { thanks: 0, with_you: 0, welcome: 0, applause: 0, at_ms: 0 }

/** Live text and reactions: the same rules as rooms/change_live.py. */
export function changeLive(room: Room, fact: LiveFact, commit: Commit): Room {
  const { seq, at_ms } = commit
  switch (fact.type) {
    case 'caption_written': {
      const { member_id, line, text, is_over } = fact
      const name = room.members[member_id]?.name
      if (name === undefined) return room
      return withLine(room, { member_id, line, name, text, is_over, seq, at_ms, is_erased: false })
    }
    case 'caption_erased': {
      const erased = { text: '', is_over: true, is_erased: true, seq, at_ms }
      return {
        ...room,
        captions: room.captions.map((one) => (isSame(one, fact) ? { ...one, ...erased } : one)),
      }
    }
    case 'captions_expired':
      return { ...room, captions: room.captions.filter((one) => one.seq > fact.through_seq) }
    case 'reacted': {
      const isQuiet = room.floor.share === null && at_ms - room.reactions.at_ms > REACTIONS_QUIET_MS
      const before = isQuiet ? NO_REACTIONS : room.reactions
      const count = Math.min(before[fact.kind] + 1, REACTIONS_MAX)
      return { ...room, reactions: { ...before, at_ms, [fact.kind]: count } }
    }
  }
}

function withLine(room: Room, line: CaptionLine): Room {
  const old = room.captions.find((one) => isSame(one, line))
  if (old === undefined) return { ...room, captions: [...room.captions, line].slice(-CAPTION_LINES) }
  // Letters that were on their way do not bring an erased line back.
  if (old.is_erased) return room
  return { ...room, captions: room.captions.map((one) => (one === old ? line : one)) }
}

type Place = Pick<CaptionLine, 'member_id' | 'line'>

function isSame(one: Place, other: Place): boolean {
  return one.member_id === other.member_id && one.line === other.line
}
