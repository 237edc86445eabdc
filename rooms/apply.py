"""The only place where a room changes: one function per fact.

Folding `apply` over a log gives the record; folding `change_room` over what a viewer was shown
gives what `rooms.project` shows of that record. Both are tested for every command, and the page's
reducer is tested against the same vectors.
"""

from functools import singledispatch
from typing import TypeVar

from msgspec.structs import replace

from rooms.facts import (
    AllMuted,
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    ChatSet,
    Commit,
    Fact,
    FloorSet,
    HandLowered,
    HandMoved,
    HandRaised,
    HandsLowered,
    LineErased,
    MemberJoined,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MemberRenamed,
    MemberReturned,
    MemberStranded,
    MicrophoneSet,
    MuteLifted,
    RoleGiven,
    RoomFrozen,
    RoomLocked,
    RoomOpened,
    ShareBegan,
    ShareEnded,
    ShareWritten,
    TimeAdded,
    is_ruling,
)
from rooms.hearing import may_speak_now
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import CHAT_WINDOW_LINES, LEDGER_MAX_ANSWERED, LEDGER_MAX_GONE, SHARED_MAX
from rooms.model import (
    Answered,
    ChatLine,
    Floor,
    FloorMode,
    Hand,
    Ledger,
    Member,
    Order,
    Record,
    Revision,
    Room,
    Share,
)


def apply(record: Record, commit: Commit) -> Record:
    """Return the record after one commit.

    Raises:
        ValueError: if the commit is not the next one, or a meeting's fact precedes its opening.
    """
    if commit.seq != record.revision.seq + 1:
        msg = f"commit {commit.seq} does not follow {record.revision.seq}"
        raise ValueError(msg)
    return Record(
        revision=Revision(record.revision.epoch, commit.seq),
        ruling_seq=commit.seq if is_ruling(commit.fact) else record.ruling_seq,
        room=change_room(record.room, commit),
        ledger=_write_ledger(record.ledger, commit),
    )


def change_room(room: Room | None, commit: Commit) -> Room:
    """Return the room as members see it after one commit.

    Raises:
        ValueError: if no meeting is open and the fact does not open one.
    """
    if isinstance(commit.fact, RoomOpened):
        return _open(commit.fact, commit)
    if room is None:
        msg = "a fact of a meeting came before its opening"
        raise ValueError(msg)
    return _change(commit.fact, room, commit)


def _open(fact: RoomOpened, commit: Commit) -> Room:
    settings = fact.settings
    return Room(
        slug=fact.slug,
        title=fact.title,
        about=fact.about,
        meeting_id=fact.meeting_id,
        opened_ms=commit.at_ms,
        members={},
        chat=(),
        floor=Floor(mode=settings.floor, limit_ms=settings.limit_ms),
        order=Order(is_locked=settings.is_locked, chat=settings.chat, slow_ms=settings.slow_ms),
    )


@singledispatch
def _change(fact: Fact, room: Room, commit: Commit) -> Room:
    msg = f"no rule for {type(fact).__name__} at {commit.seq} of {room.slug}"
    raise TypeError(msg)


@_change.register
def _member_joined(fact: MemberJoined, room: Room, _: Commit) -> Room:
    return replace(room, members={**room.members, fact.member.member_id: fact.member})


@_change.register
def _member_left(fact: MemberLeft, room: Room, _: Commit) -> Room:
    return _without(room, fact.member_id)


@_change.register
def _member_removed(fact: MemberRemoved, room: Room, _: Commit) -> Room:
    return _without(room, fact.member_id)


@_change.register
def _member_stranded(fact: MemberStranded, room: Room, commit: Commit) -> Room:
    return _with(room, replace(room.members[fact.member_id], stranded_ms=commit.at_ms))


@_change.register
def _member_returned(fact: MemberReturned, room: Room, _: Commit) -> Room:
    return _with(room, replace(room.members[fact.member_id], stranded_ms=0))


@_change.register
def _member_renamed(fact: MemberRenamed, room: Room, _: Commit) -> Room:
    return _with(room, replace(room.members[fact.member_id], name=fact.name))


@_change.register
def _microphone_set(fact: MicrophoneSet, room: Room, _: Commit) -> Room:
    return _mute(room, fact.member_id, by_self=not fact.on)


@_change.register
def _member_muted(fact: MemberMuted, room: Room, _: Commit) -> Room:
    return _mute(room, fact.member_id, by_self=True, by_host=True)


@_change.register
def _mute_lifted(fact: MuteLifted, room: Room, _: Commit) -> Room:
    return _mute(room, fact.member_id, by_host=False)


@_change.register
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
    author = room.members.get(fact.member_id)
    return room if author is None else _with(room, replace(author, wrote_ms=commit.at_ms))


@_change.register
def _chat_retracted(fact: ChatRetracted, room: Room, _: Commit) -> Room:
    return _withdraw(room, fact.line_seq)


@_change.register
def _chat_expired(fact: ChatExpired, room: Room, _: Commit) -> Room:
    return replace(room, chat=tuple(line for line in room.chat if line.seq > fact.through_seq))


@_change.register
def _hand_raised(fact: HandRaised, room: Room, _: Commit) -> Room:
    return _with_hands(room, _inserted(room.floor.hands, fact.hand, fact.place))


@_change.register
def _hand_lowered(fact: HandLowered, room: Room, _: Commit) -> Room:
    return _with_hands(room, _without_hand(room.floor.hands, fact.member_id))


@_change.register
def _hands_lowered(_: HandsLowered, room: Room, __: Commit) -> Room:
    return _with_hands(room, ())


@_change.register
def _hand_moved(fact: HandMoved, room: Room, _: Commit) -> Room:
    (moved,) = (hand for hand in room.floor.hands if hand.member_id == fact.member_id)
    others = _without_hand(room.floor.hands, fact.member_id)
    return _with_hands(room, _inserted(others, moved, fact.place))


@_change.register
def _share_began(fact: ShareBegan, room: Room, commit: Commit) -> Room:
    share = Share(member_id=fact.member_id, lane=fact.lane, since_ms=commit.at_ms, limit_ms=fact.limit_ms)
    hands = _without_hand(room.floor.hands, fact.member_id)
    return replace(room, floor=replace(room.floor, share=share, hands=hands))


@_change.register
def _share_ended(fact: ShareEnded, room: Room, _: Commit) -> Room:
    floor = room.floor
    shared = floor.shared
    if fact.had_turn and fact.member_id not in shared:
        shared = (*shared, fact.member_id)[-SHARED_MAX:]
    room = replace(room, floor=replace(floor, share=None, shared=shared))
    member = room.members[fact.member_id]
    return room if may_speak_now(room, member) else _mute(room, fact.member_id, by_self=True)


@_change.register
def _time_added(fact: TimeAdded, room: Room, _: Commit) -> Room:
    share = room.floor.share
    if share is None:
        msg = "time was added to no share"
        raise ValueError(msg)
    return replace(room, floor=replace(room.floor, share=replace(share, limit_ms=fact.limit_ms)))


@_change.register
def _share_written(fact: ShareWritten, room: Room, _: Commit) -> Room:
    share = room.floor.share
    if share is None or share.member_id != fact.member_id:  # it ended while this was written
        return room
    return replace(room, floor=replace(room.floor, share=replace(share, text=fact.text)))


@_change.register
def _floor_set(fact: FloorSet, room: Room, _: Commit) -> Room:
    is_new_round = fact.mode is FloorMode.ROUND and room.floor.mode is not FloorMode.ROUND
    shared = () if is_new_round else room.floor.shared
    floor = replace(room.floor, mode=fact.mode, limit_ms=fact.limit_ms, shared=shared)
    return replace(room, floor=floor)


@_change.register
def _chat_set(fact: ChatSet, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, chat=fact.mode, slow_ms=fact.slow_ms))


@_change.register
def _line_erased(fact: LineErased, room: Room, _: Commit) -> Room:
    return _withdraw(room, fact.line_seq)


@_change.register
def _room_locked(fact: RoomLocked, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, is_locked=fact.on))


@_change.register
def _room_frozen(fact: RoomFrozen, room: Room, _: Commit) -> Room:
    return replace(room, order=replace(room.order, is_frozen=fact.on))


@_change.register
def _all_muted(fact: AllMuted, room: Room, _: Commit) -> Room:
    for member_id in fact.members:
        room = _mute(room, member_id, by_self=True)
    return room


@_change.register
def _role_given(fact: RoleGiven, room: Room, _: Commit) -> Room:
    return _with(room, replace(room.members[fact.member_id], role=fact.role))


def _withdraw(room: Room, line_seq: int) -> Room:
    chat = tuple(
        replace(line, text="", retracted=True) if line.seq == line_seq else line for line in room.chat
    )
    return replace(room, chat=chat)


def _with_hands(room: Room, hands: tuple[Hand, ...]) -> Room:
    return replace(room, floor=replace(room.floor, hands=hands))


def _inserted(hands: tuple[Hand, ...], hand: Hand, place: int) -> tuple[Hand, ...]:
    return (*hands[:place], hand, *hands[place:])


def _without_hand(hands: tuple[Hand, ...], member_id: MemberId) -> tuple[Hand, ...]:
    return tuple(hand for hand in hands if hand.member_id != member_id)


def _with(room: Room, member: Member) -> Room:
    return replace(room, members={**room.members, member.member_id: member})


def _without(room: Room, member_id: MemberId) -> Room:
    """Return the room without the member: no seat, no hand, no share."""
    members = dict(room.members)
    del members[member_id]
    floor = room.floor
    share = None if floor.share and floor.share.member_id == member_id else floor.share
    hands = _without_hand(floor.hands, member_id)
    return replace(room, members=members, floor=replace(floor, share=share, hands=hands))


def _mute(
    room: Room, member_id: MemberId, *, by_self: bool | None = None, by_host: bool | None = None
) -> Room:
    member = room.members[member_id]
    old = member.mutes
    mutes = replace(
        old,
        by_self=old.by_self if by_self is None else by_self,
        by_host=old.by_host if by_host is None else by_host,
    )
    return _with(room, replace(member, mutes=mutes))


def _write_ledger(ledger: Ledger, commit: Commit) -> Ledger:
    answered, removed, roles = ledger.answered, ledger.removed, ledger.roles
    match commit.fact:
        case RoomOpened():
            answered, removed, roles = {}, {}, {}
        case MemberRemoved(member_id=member_id):
            removed = _remembered(removed, member_id, commit.seq)
        case RoleGiven(member_id=member_id, role=role):
            roles = _remembered(roles, member_id, role)
        case _:
            pass
    if commit.by != NO_MEMBER and commit.n > 0:
        answered = {who: last for who, last in answered.items() if who != commit.by}
        answered[commit.by] = Answered(commit.n, commit.seq)
        if len(answered) > LEDGER_MAX_ANSWERED:
            del answered[next(iter(answered))]
    return Ledger(answered=answered, removed=removed, roles=roles)


_What = TypeVar("_What")


def _remembered(known: dict[MemberId, _What], member_id: MemberId, what: _What) -> dict[MemberId, _What]:
    """Return what is known with one more, the newest last; of too many the oldest is forgotten."""
    others = [(who, old) for who, old in known.items() if who != member_id]
    return {**dict(others[-(LEDGER_MAX_GONE - 1) :]), member_id: what}
