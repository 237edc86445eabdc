"""Words, order, trust and time: what each fact changes."""

from msgspec.structs import replace

from rooms.changing import change_for, with_member
from rooms.facts import (
    BanLifted,
    BanMatched,
    BanPlaced,
    BurstSeen,
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    ChatSet,
    Commit,
    DutySet,
    HeldDropped,
    LineErased,
    LineHeld,
    MemberBlocked,
    MemberUnblocked,
    PhaseSet,
    ReportMade,
    ReportSettled,
    RoomFrozen,
    RoomLocked,
    RulesSet,
    WatchSet,
)
from rooms.ids import MemberId
from rooms.limits import (
    BANS_MAX,
    BLOCKS_MAX,
    BLOCKS_MAX_OF_ONE,
    CHAT_WINDOW_LINES,
    HELD_MAX,
    REPORTS_MAX,
)
from rooms.model import Block, ChatLine, Reactions, Room


@change_for.register
def _chat_posted(fact: ChatPosted, room: Room, commit: Commit) -> Room:
    line = ChatLine(
        seq=commit.seq,
        member_id=fact.member_id,
        name=fact.name,
        text=fact.text,
        sent_ms=commit.at_ms,
        n=fact.n,
    )
    room = replace(room, chat=(*room.chat, line)[-CHAT_WINDOW_LINES:])
    if fact.held_seq:
        room = _without_held(room, fact.held_seq)
    author = room.members.get(fact.member_id)
    return room if author is None else with_member(room, replace(author, wrote_ms=commit.at_ms))


@change_for.register
def _chat_retracted(fact: ChatRetracted, room: Room, _: Commit) -> Room:
    return _withdraw(room, fact.line_seq)


@change_for.register
def _chat_expired(fact: ChatExpired, room: Room, _: Commit) -> Room:
    return replace(room, chat=tuple(line for line in room.chat if line.seq > fact.through_seq))


@change_for.register
def _chat_set(fact: ChatSet, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, chat=fact.mode, slow_ms=fact.slow_ms))


@change_for.register
def _line_erased(fact: LineErased, room: Room, _: Commit) -> Room:
    return _withdraw(room, fact.line_seq)


@change_for.register
def _room_locked(fact: RoomLocked, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, is_locked=fact.on))


@change_for.register
def _room_frozen(fact: RoomFrozen, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, is_frozen=fact.on))


def _withdraw(room: Room, line_seq: int) -> Room:
    chat = tuple(
        replace(line, text="", retracted=True) if line.seq == line_seq else line for line in room.chat
    )
    return replace(room, chat=chat)


@change_for.register
def _line_held(fact: LineHeld, room: Room, commit: Commit) -> Room:
    line = ChatLine(
        seq=commit.seq,
        member_id=fact.member_id,
        name=fact.name,
        text=fact.text,
        sent_ms=commit.at_ms,
        n=fact.n,
    )
    return replace(room, held=(*room.held, line)[-HELD_MAX:])


@change_for.register
def _held_dropped(fact: HeldDropped, room: Room, _: Commit) -> Room:
    return _without_held(room, fact.line_seq)


@change_for.register
def _member_blocked(fact: MemberBlocked, room: Room, commit: Commit) -> Room:
    block = Block(by=fact.by, member_id=fact.member_id, since_seq=commit.seq)
    return replace(room, blocks=(*_with_place(room, fact.by), block))


def _with_place(room: Room, by: MemberId) -> tuple[Block, ...]:
    """Return the blocks with a place for one more of `by`: what was lifted is forgotten first."""
    mine = [block for block in room.blocks if block.by == by]
    lifted = [block for block in mine if block.until_seq]
    if len(mine) >= BLOCKS_MAX_OF_ONE and lifted:
        return tuple(block for block in room.blocks if block is not lifted[0])
    if len(room.blocks) < BLOCKS_MAX:
        return room.blocks
    oldest = min(
        room.blocks, key=lambda block: (not block.until_seq, block.by in room.members, block.since_seq)
    )
    return tuple(block for block in room.blocks if block is not oldest)


@change_for.register
def _member_unblocked(fact: MemberUnblocked, room: Room, commit: Commit) -> Room:
    return replace(
        room,
        blocks=tuple(
            replace(block, until_seq=commit.seq)
            if (block.by, block.member_id, block.until_seq) == (fact.by, fact.member_id, 0)
            else block
            for block in room.blocks
        ),
    )


@change_for.register
def _ban_placed(fact: BanPlaced, room: Room, _: Commit) -> Room:
    bans = (*(ban for ban in room.bans if ban.ban_id != fact.ban.ban_id), fact.ban)
    if len(bans) > BANS_MAX:
        first = min(bans, key=lambda ban: ban.until_ms)
        bans = tuple(ban for ban in bans if ban is not first)
    return replace(room, bans=bans)


@change_for.register
def _ban_lifted(fact: BanLifted, room: Room, _: Commit) -> Room:
    return replace(room, bans=tuple(ban for ban in room.bans if ban.ban_id != fact.ban_id))


@change_for.register
def _ban_matched(fact: BanMatched, room: Room, commit: Commit) -> Room:
    return replace(
        room,
        bans=tuple(
            replace(ban, tried_ms=commit.at_ms) if ban.ban_id == fact.ban_id else ban for ban in room.bans
        ),
    )


@change_for.register
def _burst_seen(fact: BurstSeen, room: Room, _: Commit) -> Room:
    return replace(room, burst=fact.members)


@change_for.register
def _report_made(fact: ReportMade, room: Room, _: Commit) -> Room:
    return replace(room, reports=(*room.reports, fact.report)[-REPORTS_MAX:])


@change_for.register
def _report_settled(fact: ReportSettled, room: Room, _: Commit) -> Room:
    return replace(room, reports=tuple(one for one in room.reports if one.report_id != fact.report_id))


@change_for.register
def _rules_set(fact: RulesSet, room: Room, _: Commit) -> Room:
    return replace(room, rules=fact.rules)


@change_for.register
def _watch_set(fact: WatchSet, room: Room, _: Commit) -> Room:
    return replace(room, watch=fact.watch)


@change_for.register
def _duty_set(fact: DutySet, room: Room, _: Commit) -> Room:
    return replace(room, on_duty=fact.members)


@change_for.register
def _phase_set(fact: PhaseSet, room: Room, _: Commit) -> Room:
    reactions = room.reactions if fact.phase is room.phase else Reactions()
    return replace(room, phase=fact.phase, ends_ms=fact.ends_ms, reactions=reactions)


def _without_held(room: Room, seq: int) -> Room:
    return replace(room, held=tuple(line for line in room.held if line.seq != seq))
