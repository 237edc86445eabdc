import { CHAT_WINDOW_LINES, type ChatLine, type Commit, type Fact, type Member, type Room } from '../wire.gen'

/**
 * Return the room after one commit: the same rules as `change_room` of rooms/apply.py, checked against
 * the same vectors. Unknown facts of a newer server change nothing.
 */
export function changeRoom(room: Room | null, commit: Commit): Room | null {
  const { fact } = commit
  if (fact.type === 'room_opened') {
    const { slug, title, about, meeting_id } = fact
    return { slug, title, about, meeting_id, opened_ms: commit.at_ms, members: {}, chat: [] }
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
      return withMember(room, fact.member_id, (member) => ({ mutes: { ...member.mutes, by_self: !fact.on } }))
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
      return { ...room, chat: [...room.chat, line].slice(-CHAT_WINDOW_LINES) }
    }
    case 'chat_retracted':
      return {
        ...room,
        chat: room.chat.map((line) =>
          line.seq === fact.line_seq ? { ...line, text: '', retracted: true } : line,
        ),
      }
    case 'chat_expired':
      return { ...room, chat: room.chat.filter((line) => line.seq > fact.through_seq) }
    default:
      return tolerate(room, fact)
  }
}

/** Every known fact has a case above (the compiler checks); a newer server may send others. */
function tolerate(room: Room, _fact: never): Room {
  return room
}

function withMember(room: Room, memberId: number, change: (member: Member) => Partial<Member>): Room {
  const member = room.members[memberId]
  if (member === undefined) return room
  return { ...room, members: { ...room.members, [memberId]: { ...member, ...change(member) } } }
}

function withoutMember(room: Room, memberId: number): Room {
  const members = { ...room.members }
  delete members[memberId]
  return { ...room, members }
}
