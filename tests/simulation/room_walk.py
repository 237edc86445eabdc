"""A walk through one room: any command at any time, also wrong ones, and what must be true after each."""

from collections import Counter
from operator import attrgetter
from random import Random
from typing import Final, get_args

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from rooms.apply import apply
from rooms.commands import (
    CloseRoom,
    Command,
    EraseCaption,
    ExpireChat,
    ExpireSeat,
    GiveFloor,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    LowerHand,
    MoveHand,
    OpenRoom,
    PostChat,
    RaiseHand,
    React,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    RetractChat,
    SetMicrophone,
    StrandMember,
    WriteCaption,
    WriteShare,
)
from rooms.decide import decide
from rooms.facts import (
    ChatPosted,
    Commit,
    GuestTold,
    LineHeld,
    ReadingShown,
    ReportMade,
    ShareWritten,
)
from rooms.forget import shown_share, withdrawn_lines, withdrawn_words, without_words
from rooms.host_commands import (
    AdmitGuest,
    BanMember,
    BlockMember,
    DeclineLead,
    DropLine,
    HoldGuest,
    LearnBan,
    LiftRemoval,
    MarkReading,
    ReleaseLine,
    ReportMember,
    TakeLead,
    TellGuest,
    TurnAway,
    UnblockMember,
)
from rooms.ids import MeetingId, MemberId
from rooms.limits import CAPTION_WINDOW_MS, CHAT_WINDOW_MS, GRACE_MS
from rooms.live_facts import CaptionWritten
from rooms.model import Pass, Record, Room, empty_record
from rooms.refusals import Refusal
from rooms.roles import RANK, Role
from rooms.timekeeping import is_watched
from server.voices import Voices
from tests.rooms.story import START_MS, Story, open_story
from tests.simulation.checks import AFTER_EACH, Gate, Step
from tests.simulation.onlookers import Onlookers
from tests.simulation.pools import WHO, Pools, guest_of

KINDS: Final[tuple[type[Command], ...]] = tuple(kind for kind in get_args(Command) if kind is not OpenRoom)
_RARE: Final = (CloseRoom,)
_GOING: Final = (ExpireSeat, ExpireChat, LeaveRoom, RemoveMember, BanMember, TurnAway)
_OFTEN: Final = (
    SetMicrophone,
    GiveFloor,
    KeepTime,
    AdmitGuest,
    PostChat,
    WriteCaption,
    DropLine,
    MarkReading,
)
_OF_THE_FLOOR: Final[tuple[type[Command], ...]] = (SetMicrophone, WriteShare)
_OF_HANDS: Final[tuple[type[Command], ...]] = (LowerHand, MoveHand)
_OF_GUESTS: Final[tuple[type[Command], ...]] = (AdmitGuest, HoldGuest, TurnAway, TellGuest)
_OF_WAITING_LINES: Final[tuple[type[Command], ...]] = (ReleaseLine, DropLine)
_OF_WHO_IS_ASKED: Final[tuple[type[Command], ...]] = (TakeLead, DeclineLead)


_OWN: Final[tuple[type[Command], ...]] = (
    LeaveRoom,
    ResumeSeat,
    RaiseHand,
    PostChat,
    BlockMember,
    UnblockMember,
    ReportMember,
    RenameSelf,
    SetMicrophone,
    DropLine,
    WriteCaption,
    React,
)
_BOTH: Final = attrgetter("by", "member_id")


def _weight(kind: type[Command]) -> float:
    """Return how often a kind is drawn: few go and many come, so that most walks have people in them."""
    if kind is JoinRoom:
        return 80
    if kind in _RARE:
        return 0.3
    return 1.5 if kind in _GOING else 20 if kind in _OFTEN else 6


_WEIGHTS: Final = [_weight(kind) for kind in KINDS]
_YEAR_MS: Final = 365 * 86_400_000
_LEADING: Final = {Role.HOST, Role.SECRETARY}
_LIKELY: Final = 0.75
_LONG_MS: Final = (*[GRACE_MS] * 3, CAPTION_WINDOW_MS + 1, CHAT_WINDOW_MS + 1)
_LATER_MS: Final = (*[0] * 100, *[1_000] * 80, *[20_000] * 12, *_LONG_MS)


class RoomWalk:
    """Plays commands in one room and asserts, after each, all that the rules promise."""

    def __init__(self) -> None:
        """Begin in an open, empty room."""
        self.story: Story = open_story()
        self.n = 0
        self.accepted = 0
        self.refused: Counter[str] = Counter()
        self.told = len(self.story.log)
        self.pools = Pools()
        self.onlookers = Onlookers(self.story.room)
        self.gate = Gate()
        self.voices = Voices(self.story.room.slug, self.gate)
        self.given: dict[MemberId, Role] = {}
        self.spared: set[MemberId] = set()
        self.base = empty_record(START_MS)
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

    def _value(self, field: inspect.Field, chance: Random) -> object:
        match field.name:
            case "n":
                return self.n + 1
            case "seq":
                return max(0, self.story.record.revision.seq - chance.randrange(8))
            case _:
                return self.pools.value(field, self.story.room, self.story.now_ms, chance)

    def _make_likely(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Let most commands be of somebody who may, and about something that is there."""
        room = self.story.room
        if kind is JoinRoom and chance.random() < _LIKELY:
            absent = [who for who in WHO if who not in room.members and who not in self._removed()]
            values["member_id"] = chance.choice(absent or list(WHO))
        if kind is not JoinRoom and kind is not ResumeSeat:
            for name in ("by", "member_id"):
                if name in values and room.members and chance.random() < _LIKELY:
                    values[name] = chance.choice(list(room.members))
        leading = [who for who, seat in room.members.items() if seat.role in _LEADING]
        if "by" in values and kind not in _OWN and leading and chance.random() < _LIKELY:
            values["by"] = chance.choice(leading)
        if chance.random() < _LIKELY:
            self._aim(kind, values, chance)
            self._aim_at_member(kind, values, chance)
            self._aim_at_door(kind, values, chance)
            self._aim_at_lines(kind, values, chance)

    def _removed(self) -> list[MemberId]:
        return list(self.story.record.ledger.removed)

    def _aim(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Mean a line that is there, whoever shares or is asked, or the stranding that there is."""
        room = self.story.room
        if room.floor.share is not None and kind in _OF_THE_FLOOR:
            values["by"] = room.floor.share.member_id
        if room.watch.asked and kind in _OF_WHO_IS_ASKED:
            values["by"] = room.watch.asked
        lines = room.held if kind in _OF_WAITING_LINES else room.chat
        if lines and "seq" in values:
            line = chance.choice(lines)
            values["seq"] = line.seq
            if kind is RetractChat:
                values["by"] = line.member_id
        if kind is ResumeSeat and self.given:
            values["by"] = chance.choice(list(self.given))
        away = {who: seat.stranded_ms for who, seat in room.members.items() if seat.stranded_ms}
        if away and kind is ExpireSeat:
            values["member_id"], values["stranded_ms"] = chance.choice(list(away.items()))

    def _aim_at_member(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Mean a hand that is up, or a block that holds."""
        room = self.story.room
        if room.floor.hands and kind in _OF_HANDS:
            values["member_id"] = chance.choice(room.floor.hands).member_id
        holding = [block for block in room.blocks if not block.until_seq]
        if holding and kind is UnblockMember:
            values["by"], values["member_id"] = _BOTH(chance.choice(holding))

    def _aim_at_door(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Mean a guest, or somebody who was removed."""
        room, removed = self.story.room, self._removed()
        guest = guest_of(room, chance)
        if guest is not None and kind in _OF_GUESTS:
            values["member_id"] = guest.member_id
            if kind is TellGuest and chance.random() < 0.5:
                values["by"] = guest.member_id
        if guest is not None and kind in {LeaveRoom, StrandMember, PostChat} and chance.random() < 0.2:
            values["member_id" if kind is StrandMember else "by"] = guest.member_id
        if removed and kind is LiftRemoval:
            values["member_id"] = chance.choice(removed)
        if removed and kind is ResumeSeat and chance.random() < 0.2:
            values["by"] = chance.choice(removed)

    def _aim_at_lines(self, kind: type[Command], values: dict[str, object], chance: Random) -> None:
        """Let a captioner write, mostly the line that goes on or the next; mean a line that is there."""
        room = self.story.room
        if kind is EraseCaption and room.captions:
            one = chance.choice(room.captions)
            values["member_id"], values["line"] = one.member_id, one.line
        if kind is MarkReading and room.reading is not None:
            values["line"] = chance.randint(0, room.reading.text.count("\n"))
        captioners = [who for who, seat in room.members.items() if seat.role is Role.CAPTIONER]
        if kind is WriteCaption and captioners:
            who = values["by"] = chance.choice(captioners)
            newest = max((one.line for one in room.captions if one.member_id == who), default=1)
            values["line"] = newest + chance.choice((0, 0, 1))

    def play(self, command: Command) -> None:
        """Carry out or refuse the command, and check. A meeting that ends is followed by the next one."""
        self.n += 1
        before, seats = self.story.record, self.story.room
        decision = self.story.try_(command, self.n)
        if isinstance(decision, Refusal):
            assert self.story.record is before
            self.refused[decision.code] += 1
            return
        fresh = self.story.log[self.told :]
        if not fresh:
            return
        self.accepted += 1
        self.told = len(self.story.log)
        self.voices(self.story.record, tuple(fresh))
        self.onlookers.see(self.story.record.room, fresh)
        if self.story.record.room is None:
            self._open_again(before, seats)
            return
        self._forget(before, fresh)
        self._note_spared(seats, command)
        for check in AFTER_EACH:
            check(self._step(before, command, fresh))

    def _step(self, before: Record, command: Command, fresh: list[Commit]) -> Step:
        assert before.room is not None
        return Step(
            before=before.room,
            after=self.story.room,
            known=self.story.record.ledger,
            outside=frozenset(before.ledger.outside),
            command=command,
            fresh=fresh,
            now_ms=self.story.now_ms,
            given=self.given,
            spared=self.spared,
            gate=self.gate,
            onlookers=self.onlookers,
        )

    def _note_spared(self, before: Room, command: Command) -> None:
        """Remember who was trusted when another room told of a ban of their device."""
        if not isinstance(command, LearnBan):
            return
        passes = self.story.record.ledger.passes
        for who, seat in before.members.items():
            if RANK[seat.role] > 0 and passes.get(who, Pass()).device == command.ban.device:
                self.spared.add(who)

    def _open_again(self, ended: Record, room: Room) -> None:
        """Check the sitting that is over, and begin the next one as it was left."""
        assert self.gate.open == set()
        assert self.gate.apart == set()
        self._check_logs(ended, ended_seq=ended.revision.seq)
        self.base, self.kept, self.share_seq = self.story.record, [], 0
        self.given, self.spared = {}, set()
        opened = OpenRoom(
            slug=room.slug,
            title=room.title,
            about=room.about,
            meeting_id=MeetingId(f"m{self.n}"),
            settings=room.settings,
            phase=room.phase,
            bans=room.bans,
        )
        self.story.do(opened)
        fresh = self.story.log[self.told :]
        self.told = len(self.story.log)
        self.kept = list(fresh)
        self.voices(self.story.record, tuple(fresh))
        self.onlookers.see(self.story.room, fresh)

    def _forget(self, record: Record, fresh: list[Commit]) -> None:
        """Keep a log as `server.bus.memory` does."""
        first = self.kept[0].seq
        for commit in fresh:
            before, record = record, apply(record, commit)
            self.kept.append(commit)
            assert before.room is not None
            assert record.room is not None
            gone = {self.share_seq, commit.seq if isinstance(commit.fact, ShareWritten) else 0}
            self.share_seq = shown_share(record.room, commit, self.share_seq)
            gone = gone - {self.share_seq, 0} | withdrawn_lines(before.room, record.room, commit)
            for seq in gone | withdrawn_words(before.room, record.room, commit, self.kept):
                self.kept[seq - first] = without_words(self.kept[seq - first], record.room)

    def end(self) -> None:
        """Check what is costly to check after each command."""
        wire = msgspec.json.encode(self.story.record)
        assert msgspec.json.decode(wire, type=Record) == self.story.record
        self._check_logs(self.story.record, ended_seq=self.story.record.revision.seq)
        self._check_rest()

    def _check_rest(self) -> None:
        """A room in which nothing is left to watch stays as it is, however late it is."""
        record, room = self.story.record, self.story.room
        watch = replace(room.watch, was_led=False, is_safe=False)
        rest = replace(
            room,
            members={},
            guests=(),
            on_duty=(),
            bans=(),
            watch=watch,
            floor=replace(room.floor, share=None),
        )
        assert not is_watched(rest)
        assert decide(replace(record, room=rest), KeepTime(), self.story.now_ms + _YEAR_MS) == ()

    def _check_logs(self, expected: Record, ended_seq: int) -> None:
        """Both the whole log and the one that forgets words lead to the record."""
        first_seq = self.base.revision.seq + 1
        whole = [commit for commit in self.story.log if first_seq <= commit.seq <= ended_seq]
        for log in (whole, self.kept):
            record = self.base
            for commit in log:
                record = apply(record, commit)
            assert record == expected
        assert expected.room is not None
        assert _words_kept(self.kept) == _words_shown(expected.room, self.share_seq)


def _words_kept(log: list[Commit]) -> Counter[tuple[int, str]]:
    """Return the words that a log keeps; those of lines and shares with their place."""
    words: Counter[tuple[int, str]] = Counter()
    for commit in log:
        match commit.fact:
            case (
                ChatPosted(text=text)
                | ShareWritten(text=text)
                | LineHeld(text=text)
                | CaptionWritten(text=text)
            ) if text:
                words[commit.seq, text] += 1
            case GuestTold(text=text) | ReadingShown(text=text) if text:
                words[0, text] += 1
            case ReportMade(report=report) if report.words:
                words[0, report.words] += 1
            case _:
                pass
    return words


def _words_shown(room: Room, share_seq: int) -> Counter[tuple[int, str]]:
    share, reading = room.floor.share, room.reading
    words = Counter((line.seq, line.text) for line in (*room.chat, *room.held) if line.text)
    words.update((one.seq, one.text) for one in room.captions if one.text)
    words.update((0, line.text) for guest in room.guests for line in guest.lines)
    words.update((0, report.words) for report in room.reports if report.words)
    if share is not None and share.text:
        words[share_seq, share.text] += 1
    if reading is not None:
        words[0, reading.text] += 1
    return words
