"""The only place where a room changes: one function per fact.

Folding `apply` over a log gives the record; folding `change_room` over what a viewer was shown
gives what `rooms.project` shows of that record. Both are tested for every command, and the page's
reducer is tested against the same vectors.
"""

from functools import singledispatch

from msgspec.structs import replace

from rooms.facts import (
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    Commit,
    Fact,
    MemberJoined,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MemberRenamed,
    MemberReturned,
    MemberStranded,
    MicrophoneSet,
    MuteLifted,
    RoomOpened,
    is_ruling,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import CHAT_WINDOW_LINES, LEDGER_MAX_ANSWERED, LEDGER_MAX_GONE
from rooms.model import Answered, ChatLine, Ledger, Member, Record, Revision, Room


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
    return Room(
        slug=fact.slug,
        title=fact.title,
        about=fact.about,
        meeting_id=fact.meeting_id,
        opened_ms=commit.at_ms,
        members={},
        chat=(),
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
    return replace(room, chat=(*room.chat, line)[-CHAT_WINDOW_LINES:])


@_change.register
def _chat_retracted(fact: ChatRetracted, room: Room, _: Commit) -> Room:
    chat = tuple(
        replace(line, text="", retracted=True) if line.seq == fact.line_seq else line for line in room.chat
    )
    return replace(room, chat=chat)


@_change.register
def _chat_expired(fact: ChatExpired, room: Room, _: Commit) -> Room:
    return replace(room, chat=tuple(line for line in room.chat if line.seq > fact.through_seq))


def _with(room: Room, member: Member) -> Room:
    return replace(room, members={**room.members, member.member_id: member})


def _without(room: Room, member_id: MemberId) -> Room:
    members = dict(room.members)
    del members[member_id]
    return replace(room, members=members)


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
    answered, removed = ledger.answered, ledger.removed
    match commit.fact:
        case RoomOpened():
            answered, removed = {}, {}
        case MemberRemoved(member_id=member_id):
            kept = list(removed.items())[-(LEDGER_MAX_GONE - 1) :]
            removed = {**dict(kept), member_id: commit.seq}
        case _:
            pass
    if commit.by != NO_MEMBER and commit.n > 0:
        answered = {who: last for who, last in answered.items() if who != commit.by}
        answered[commit.by] = Answered(commit.n, commit.seq)
        if len(answered) > LEDGER_MAX_ANSWERED:
            del answered[next(iter(answered))]
    return Ledger(answered=answered, removed=removed)
