"""A walk through one room: any command at any time, also wrong ones, and what must be true after each."""

from collections.abc import Callable
from random import Random
from typing import Final, get_args

import msgspec
from msgspec import inspect

from rooms.apply import apply, change_room
from rooms.commands import (
    Command,
    ExpireChat,
    ExpireSeat,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    MuteMember,
    OpenRoom,
    PostChat,
    RemoveMember,
    ResumeSeat,
    RetractChat,
    SetMicrophone,
    WriteShare,
)
from rooms.facts import ChatPosted, Commit, ShareWritten
from rooms.forget import shown_share, withdrawn_lines, withdrawn_words, without_words
from rooms.hearing import is_heard
from rooms.ids import MemberId
from rooms.limits import CHAT_WINDOW_MS, GRACE_MS, MINUTE_MS, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MS
from rooms.model import ChatMode, FloorMode, Member, Record, Room, empty_record
from rooms.project import Viewer, project, project_room
from rooms.refusals import Refusal
from rooms.roles import RANK, Role
from rooms.skeleton import skeletons
from server.voices import Voices
from tests.rooms.story import START_MS, Story, open_story

KINDS: Final[tuple[type[Command], ...]] = tuple(kind for kind in get_args(Command) if kind is not OpenRoom)
_GOING: Final = (ExpireSeat, ExpireChat, LeaveRoom, RemoveMember)
_OF_THE_FLOOR: Final[tuple[type[Command], ...]] = (SetMicrophone, WriteShare)
_OFTEN: Final = (JoinRoom, SetMicrophone, GiveFloor)
_WEIGHTS: Final = [1 if kind in _GOING else 20 if kind in _OFTEN else 6 for kind in KINDS]
"""Few go and many come, so that most walks have people in them."""

WHO: Final = tuple(MemberId(n) for n in range(1, 31))
VIEWERS: Final = (
    Viewer(MemberId(1_000), Role.SAFETY),  # sees who was removed
    Viewer(MemberId(1_001), Role.MEMBER),  # does not
    Viewer(WHO[0], Role.MEMBER),  # sees the own removal
)
_LEADING: Final = {Role.HOST, Role.SECRETARY}
_POOLS: Final[dict[str, tuple[object, ...]]] = {
    "by": WHO,
    "member_id": WHO,
    "name": ("Maya", "maya", "", "\u200b", "A" * 41, *(f"Guest {n}" for n in range(30))),
    "text": ("hello", "", " \n", "a\nb", "x" * 2_001, "\U0001f49a", "y" * 8_001),
    "place": (0, 0, 1, 2, 5, 500),
    "limit_ms": (0, SHARE_LIMIT_MS, 30_000, 1, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MAX_MS + 1),
    "more_ms": (MINUTE_MS, 1, 0, SHARE_LIMIT_MAX_MS),
    "slow_ms": (0, 0, 1_000, 300_000, 300_001),
    "role": (Role.MEMBER, Role.MEMBER, *Role),
}
_LIKELY: Final = 0.7
_LATER_MS: Final = (*[0] * 20, *[1_000] * 20, GRACE_MS, CHAT_WINDOW_MS + 1)


class _Gate:
    """Stands for the media plane: whose packets would be forwarded."""

    def __init__(self) -> None:
        self.open: set[int] = set()

    def allow_voice(self, room: str, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        del room
        if allowed:
            self.open.add(voice_id)
        else:
            self.open.discard(voice_id)

    def close_peer(self, room: str, voice_id: int) -> None:
        del room
        self.open.discard(voice_id)


class RoomWalk:
    """Plays commands in one room and asserts, after each, all that the rules promise."""

    def __init__(self) -> None:
        """Begin in an open, empty room."""
        self.story: Story = open_story()
        self.n = 0
        self.accepted = 0
        self.told = len(self.story.log)
        self.shown = [project_room(self.story.room, viewer) for viewer in VIEWERS]
        self.gate = _Gate()
        self.voices = Voices(self.story.room.slug, self.gate)
        self.given: dict[MemberId, Role] = {}
        self.kept = list(self.story.log)
        self.share_seq = 0

    def step(self, chance: Random) -> None:
        """Play one command drawn by chance, at a time drawn by chance."""
        self.story.now_ms += chance.choice(_LATER_MS)
        (kind,) = chance.choices(KINDS, _WEIGHTS)
        self.play(self.draw(kind, chance))

    def draw(self, kind: type[Command], chance: Random) -> Command:
        """Return a command of the kind, its fields drawn by chance."""
        struct = inspect.type_info(kind)
        assert isinstance(struct, inspect.StructType)
        values = {field.name: self._value(field, chance) for field in struct.fields}
        self._make_likely(kind, values, chance)
        return kind(**values)  # type: ignore[arg-type]  # a test meets every command

    def _make_likely(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Let most commands be of somebody and about something that is there."""
        room = self.story.room
        if kind is not JoinRoom and kind is not ResumeSeat:
            for name in ("by", "member_id"):
                if name in values and room.members and chance.random() < _LIKELY:
                    values[name] = chance.choice(list(room.members))
        leading = [who for who, seat in room.members.items() if seat.role in _LEADING]
        if "by" in values and kind is not LeaveRoom and leading and chance.random() < 1 - _LIKELY:
            values["by"] = chance.choice(leading)
        if chance.random() < _LIKELY:
            self._aim(kind, values, chance)

    def _aim(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Mean a line that is there, whoever shares, or the stranding that there is."""
        room = self.story.room
        if room.floor.share is not None and kind in _OF_THE_FLOOR:
            values["by"] = room.floor.share.member_id
        if room.chat and "seq" in values:
            line = chance.choice(room.chat)
            values["seq"] = line.seq
            if kind is RetractChat:
                values["by"] = line.member_id
        if kind is ResumeSeat and self.given:
            values["by"] = chance.choice(list(self.given))
        away = {who: seat.stranded_ms for who, seat in room.members.items() if seat.stranded_ms}
        if away and kind is ExpireSeat:
            values["member_id"], values["stranded_ms"] = chance.choice(list(away.items()))

    def _value(self, field: inspect.Field, chance: Random) -> object:
        match field.type:
            case inspect.BoolType():
                return chance.random() < 0.5
            case inspect.EnumType(cls=cls) if cls is not Role:
                return chance.choice(list(cls))
            case _:
                pass
        match field.name:
            case "n":
                return self.n + 1
            case "seq":
                return max(0, self.story.record.revision.seq - chance.randrange(8))
            case "stranded_ms":
                return 1
            case name:
                return chance.choice(_POOLS[name])

    def play(self, command: Command) -> None:
        """Carry out or refuse the command, and check."""
        self.n += 1
        before = self.story.record
        assert before.room is not None
        decision = self.story.try_(command, self.n)
        if isinstance(decision, Refusal):
            assert self.story.record is before
            return
        fresh = self.story.log[self.told :]
        if not fresh:
            return
        self.accepted += 1
        self.told = len(self.story.log)
        self.voices(self.story.record, tuple(fresh))
        self._forget(before, fresh)
        for check in _AFTER_EACH:
            check(self, before.room, command, fresh)

    def _forget(self, record: Record, fresh: list[Commit]) -> None:
        """Keep a log as `server.bus.memory` does."""
        for commit in fresh:
            before, record = record, apply(record, commit)
            self.kept.append(commit)
            assert before.room is not None
            assert record.room is not None
            gone = {self.share_seq, commit.seq if isinstance(commit.fact, ShareWritten) else 0}
            self.share_seq = shown_share(record.room, commit, self.share_seq)
            gone = gone - {self.share_seq, 0} | withdrawn_lines(before.room, record.room, commit)
            for seq in gone | withdrawn_words(before.room, record.room, commit, self.kept):
                self.kept[seq - 1] = without_words(self.kept[seq - 1], record.room)

    def end(self) -> None:
        """Check what is costly to check after each command."""
        wire = msgspec.json.encode(self.story.record)
        assert msgspec.json.decode(wire, type=Record) == self.story.record
        for log in (self.story.log, self.kept):
            record = empty_record(START_MS)
            for commit in log:
                record = apply(record, commit)
            assert record == self.story.record
        assert _words_kept(self.kept) == _words_shown(self.story.room, self.share_seq)


def _words_kept(log: list[Commit]) -> set[tuple[int, str]]:
    words = {
        (commit.seq, commit.fact.text) for commit in log if isinstance(commit.fact, ChatPosted | ShareWritten)
    }
    return {(seq, text) for seq, text in words if text}


def _words_shown(room: Room, share_seq: int) -> set[tuple[int, str]]:
    shown = {(line.seq, line.text) for line in room.chat if line.text}
    share = room.floor.share
    return shown if share is None or not share.text else shown | {(share_seq, share.text)}


Check = Callable[[RoomWalk, Room, Command, list[Commit]], None]


def _state_and_facts_give_the_snapshot(walk: RoomWalk, _: Room, __: Command, fresh: list[Commit]) -> None:
    for place, viewer in enumerate(VIEWERS):
        room = walk.shown[place]
        for commit in fresh:
            room = change_room(room, project(commit, viewer))
        walk.shown[place] = room
        assert room == project_room(walk.story.room, viewer)


def _may_be_heard(room: Room, member: Member) -> bool:
    """The rule of who is heard once more, in other words than in `rooms.hearing`."""
    if member.mutes.by_self or member.mutes.by_host:
        return False
    if RANK[member.role] > 0:
        return True
    is_called = room.floor.share is not None and room.floor.share.member_id == member.member_id
    return not room.order.is_frozen and (is_called or room.floor.mode == FloorMode.OPEN)


def _those_heard_are_those_the_rules_allow(walk: RoomWalk, _: Room, __: Command, ___: list[Commit]) -> None:
    room = walk.story.room
    heard = {who for who, member in room.members.items() if _may_be_heard(room, member)}
    assert heard == {who for who, member in room.members.items() if is_heard(room, member)}
    assert heard == walk.gate.open
    assert heard == {who for who, member in room.members.items() if member.is_open}


def _nobody_opens_anothers_microphone(
    walk: RoomWalk, before: Room, command: Command, _: list[Commit]
) -> None:
    room = walk.story.room
    was = {who for who, member in before.members.items() if is_heard(before, member)}
    now = {who for who, member in room.members.items() if is_heard(room, member)}
    own = {command.by} if isinstance(command, SetMicrophone) else set()
    assert now - was <= own


def _hands_and_share_are_of_the_seated(walk: RoomWalk, _: Room, __: Command, ___: list[Commit]) -> None:
    room, floor = walk.story.room, walk.story.room.floor
    hands = [hand.member_id for hand in floor.hands]
    assert len(hands) == len(set(hands))
    assert set(hands) <= set(room.members)
    assert len(floor.shared) == len(set(floor.shared))
    if floor.share is not None:
        assert floor.share.member_id in room.members
        assert floor.share.member_id not in hands


def _doors_hold(walk: RoomWalk, before: Room, command: Command, _: list[Commit]) -> None:
    room = walk.story.room
    assert not set(room.members) & set(walk.story.record.ledger.removed)
    for who in set(room.members) - set(before.members):
        assert isinstance(command, JoinRoom | ResumeSeat)
        is_trusted = RANK[room.members[who].role] > 0
        assert is_trusted or not before.order.is_frozen
        assert is_trusted or not before.order.is_locked or isinstance(command, ResumeSeat)
    forms = [form for member in room.members.values() for form in skeletons(member.name)]
    assert len(forms) == len(set(forms))


def _ranks_hold(walk: RoomWalk, before: Room, command: Command, _: list[Commit]) -> None:
    room = walk.story.room
    for who in set(room.members) & set(before.members):
        old, new = before.members[who], room.members[who]
        if old.role is not new.role:
            assert isinstance(command, GiveRole)
            assert RANK[before.members[command.by].role] > max(RANK[old.role], RANK[new.role])
            assert new.role not in _LEADING
            walk.given[who] = new.role
    for who in set(room.members) - set(before.members):
        assert isinstance(command, JoinRoom | ResumeSeat)
        trusted = walk.given if isinstance(command, ResumeSeat) else {}  # a join has a number of its own
        assert room.members[who].role is trusted.get(who, command.role)
    if isinstance(command, MuteMember | RemoveMember):
        actor, other = before.members[command.by], before.members[command.member_id]
        assert RANK[actor.role] > RANK[other.role]
        assert RANK[actor.role] >= RANK[Role.SAFETY]


def _words_are_of_those_who_may(walk: RoomWalk, before: Room, command: Command, _: list[Commit]) -> None:
    if isinstance(command, PostChat | WriteShare):
        author = before.members[command.by]
        assert RANK[author.role] > 0 or not before.order.is_frozen
    if isinstance(command, PostChat):
        keeps_order = RANK[before.members[command.by].role] >= RANK[Role.SAFETY]
        assert before.order.chat is not ChatMode.OFF
        assert keeps_order or before.order.chat is not ChatMode.HOSTS


_AFTER_EACH: Final[tuple[Check, ...]] = (
    _state_and_facts_give_the_snapshot,
    _those_heard_are_those_the_rules_allow,
    _nobody_opens_anothers_microphone,
    _hands_and_share_are_of_the_seated,
    _doors_hold,
    _ranks_hold,
    _words_are_of_those_who_may,
)
