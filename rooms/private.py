"""Private words between two: asked for without a text, written once both agree, kept nowhere.

They are no part of a room's record. `Letters` holds who asked whom and who agreed, for one sitting and in
memory; the words themselves never come here.
"""

from collections.abc import Iterable
from enum import Enum, IntEnum
from typing import NamedTuple

import msgspec

from rooms.ids import MemberId
from rooms.limits import UNWANTED_MAX
from rooms.model import Member, Pass, Record, Room
from rooms.refusals import Refusal, RefusalCode
from rooms.sitting import refuse

_Pair = tuple[MemberId, MemberId]
"""Who asked, and whom."""


class Outcome(Enum):
    """What the other one is told. Whoever acts cannot tell `NOTHING` from a yes that is still waited for."""

    NOTHING = "nothing"
    ASKED = "asked"
    AGREED = "agreed"
    ENDED = "ended"
    LINE = "line"


class Stage(IntEnum):
    """How far one's asking another has come. It only grows, so that nodes agree whatever came first."""

    WAITING = 1
    AGREED = 2
    ENDED_BY_ASKER = 3
    ENDED_BY_ASKED = 4  # turned down, or ended later: not asked again either


class LettersNews(msgspec.Struct, frozen=True, kw_only=True):
    """What another node must know of who may write to whom; any part, in any order, any number of times.

    Attributes:
        asks: who asked, whom, and how far it has come.
        reachable: who said at what time (wall ms) whether they may be asked.
        unwanted: about whom, and who reported them: devices, or seats of those who showed none.
    """

    asks: tuple[tuple[MemberId, MemberId, Stage], ...] = ()
    reachable: tuple[tuple[MemberId, int, bool], ...] = ()
    unwanted: tuple[tuple[str, str], ...] = ()


class Word(NamedTuple):
    """Something that `to` is told of `about`."""

    to: MemberId
    about: MemberId
    outcome: Outcome


class Letters:
    """Who may write privately to whom in one sitting.

    A member is reachable unless new here; `set_reachable` says otherwise. One asks another once in a
    sitting. Between two whom a block parts everything looks like waiting. Whoever was reported by
    `UNWANTED_MAX` different people asks nobody any more, also after coming back on the same device.
    """

    def __init__(self) -> None:
        """Start with nobody having asked."""
        self._reachable: dict[MemberId, tuple[int, bool]] = {}
        self._asks: dict[_Pair, Stage] = {}
        self._unwanted: dict[str, set[str]] = {}

    def set_reachable(self, record: Record, by: MemberId, now_ms: int, *, on: bool) -> Refusal | None:
        """Say whether others may ask; what was agreed goes on."""
        if record.room is None or by not in record.room.members:
            return refuse(RefusalCode.NOT_A_MEMBER)
        before_ms, _ = self._reachable.get(by, (0, on))
        self._reachable[by] = (max(now_ms, before_ms + 1), on)
        return None

    def ask(self, record: Record, by: MemberId, member_id: MemberId, now_ms: int) -> Outcome | Refusal:
        """Ask somebody to write privately. To ask whoever asks is to agree."""
        two = _two(record, by, member_id)
        if isinstance(two, Refusal):
            return two
        if self._asks.get((member_id, by)) is Stage.WAITING:
            return self.answer(record, by, member_id, yes=True)
        if self.has_agreed(by, member_id) or (by, member_id) in self._asks:
            return Outcome.NOTHING
        refusal = self._refusal(record, *two, now_ms)
        if refusal is not None:
            return refusal
        if _are_apart(record.room, by, member_id):
            return Outcome.NOTHING
        self._asks[by, member_id] = Stage.WAITING
        return Outcome.ASKED

    def _refusal(self, record: Record, asker: Member, other: Member, now_ms: int) -> Refusal | None:
        if asker.probation_ms > now_ms:
            return Refusal(code=RefusalCode.ON_PROBATION, retry_ms=asker.probation_ms - now_ms)
        if len(self._unwanted.get(_person(record, asker.member_id), ())) >= UNWANTED_MAX:
            return refuse(RefusalCode.NOT_ALLOWED)
        _, is_reachable = self._reachable.get(other.member_id, (0, not other.is_new))
        return None if is_reachable else refuse(RefusalCode.NOT_REACHABLE)

    def answer(self, record: Record, by: MemberId, member_id: MemberId, *, yes: bool) -> Outcome | Refusal:
        """Agree with whoever asked, or end it. Nobody is told that they were turned down."""
        two = _two(record, by, member_id)
        if isinstance(two, Refusal):
            return two
        is_told = not _are_apart(record.room, by, member_id)
        if not yes:
            return Outcome.ENDED if self._end(by, member_id) and is_told else Outcome.NOTHING
        if self.has_agreed(by, member_id):
            return Outcome.NOTHING
        if self._asks.get((member_id, by)) is not Stage.WAITING:
            return refuse(RefusalCode.NOT_AGREED)
        if not is_told:
            return Outcome.NOTHING
        self._asks[member_id, by] = Stage.AGREED
        return Outcome.AGREED

    def _end(self, by: MemberId, member_id: MemberId) -> bool:
        """End what is between two. Returns whether the other one knew of it: agreed, or was asked."""
        is_known = self.has_agreed(by, member_id) or self._asks.get((by, member_id)) is Stage.WAITING
        ends = {(by, member_id): Stage.ENDED_BY_ASKER, (member_id, by): Stage.ENDED_BY_ASKED}
        for pair, stage in ends.items():
            if pair in self._asks:
                self._asks[pair] = max(self._asks[pair], stage)
        return is_known

    def send(self, record: Record, by: MemberId, member_id: MemberId) -> Outcome | Refusal:
        """Ask whether a line may go to somebody."""
        two = _two(record, by, member_id)
        if isinstance(two, Refusal):
            return two
        if not self.has_agreed(by, member_id):
            return refuse(RefusalCode.NOT_AGREED)
        if two[1].stranded_ms:  # the words would be kept nowhere until the return
            return refuse(RefusalCode.NOT_REACHABLE)
        return Outcome.NOTHING if _are_apart(record.room, by, member_id) else Outcome.LINE

    def has_agreed(self, one: MemberId, other: MemberId) -> bool:
        """Whether both want it: one asked and the other agreed, or each asked, at two nodes at once."""
        stages = (self._asks.get((one, other)), self._asks.get((other, one)))
        return Stage.AGREED in stages or stages == (Stage.WAITING, Stage.WAITING)

    def of(self, room: Room, member_id: MemberId) -> tuple[list[MemberId], list[MemberId]]:
        """Return who waits for the member's answer and who has agreed, for a page that comes back."""
        if not room.rules.has_private:
            return [], []
        others = {who for pair in self._asks if member_id in pair for who in pair} - {member_id}
        agreed = {other for other in others if self.has_agreed(member_id, other)}
        asking = [
            by
            for (by, asked), ask in self._asks.items()
            if asked == member_id
            and ask is Stage.WAITING
            and by not in agreed
            and not _are_apart(room, by, member_id)
        ]
        return asking, sorted(agreed)

    def note_report(self, record: Record, by: MemberId, about: MemberId) -> None:
        """Somebody reported a member: different people count, not reports."""
        self._unwanted.setdefault(_person(record, about), set()).add(_person(record, by))

    def forget(self, member_id: MemberId) -> None:
        """Drop what was between somebody who left for good and others. Reports of them stay."""
        self._reachable.pop(member_id, None)
        self._asks = {pair: ask for pair, ask in self._asks.items() if member_id not in pair}

    def keep_only(self, members: frozenset[MemberId]) -> None:
        """Drop everybody else."""
        known = {*self._reachable, *(who for pair in self._asks for who in pair)}
        for gone in known - members:
            self.forget(gone)

    # --- other nodes --------------------------------------------------------------------------

    def news(self, members: Iterable[MemberId] | None = None) -> LettersNews:
        """Return what other nodes must know: everything, or what is between some members and of them."""
        only = None if members is None else frozenset(members)
        return LettersNews(
            asks=tuple((*pair, ask) for pair, ask in self._asks.items() if only is None or only >= set(pair)),
            reachable=tuple(
                (who, *said) for who, said in self._reachable.items() if only is None or who in only
            ),
            unwanted=tuple((about, by) for about, them in self._unwanted.items() for by in them)
            if only is None
            else (),
        )

    def take(self, record: Record, news: LettersNews) -> list[Word]:
        """Know what another node knows; return what members are to be told of it, wherever they are."""
        room = record.room
        if room is None:
            return []
        for unwanted, person in news.unwanted:
            self._unwanted.setdefault(unwanted, set()).add(person)
        for who, at_ms, is_on in news.reachable:
            if who in room.members and (at_ms, is_on) > self._reachable.get(who, (0, False)):
                self._reachable[who] = (at_ms, is_on)
        words: list[Word] = []
        for by, asked, stage in news.asks:
            if by in room.members and asked in room.members:
                words += self._take_ask(room, by, asked, stage)
        return words

    def _take_ask(self, room: Room, by: MemberId, asked: MemberId, stage: Stage) -> list[Word]:
        before = self._asks.get((by, asked))
        if before is not None and stage <= before:
            return []
        had_agreed = self.has_agreed(by, asked)
        self._asks[by, asked] = stage
        words: list[Word] = []
        if self.has_agreed(by, asked):
            words = [Word(by, asked, Outcome.AGREED), Word(asked, by, Outcome.AGREED)]
            words = [] if had_agreed else words
        elif stage is Stage.WAITING:
            words = [Word(asked, by, Outcome.ASKED)]
        elif stage is Stage.ENDED_BY_ASKER:
            words = [Word(asked, by, Outcome.ENDED)]
        elif had_agreed:  # else it was turned down, and nobody is told
            words = [Word(by, asked, Outcome.ENDED)]
        return [] if _are_apart(room, by, asked) else words


def _two(record: Record, by: MemberId, member_id: MemberId) -> tuple[Member, Member] | Refusal:
    """Return both seats if the room lets them have private words at all."""
    room = record.room
    if room is None or by not in room.members:
        return refuse(RefusalCode.NOT_A_MEMBER)
    if not room.rules.has_private or room.order.is_frozen:
        return refuse(RefusalCode.PRIVATE_OFF)
    if by == member_id:
        return refuse(RefusalCode.NOT_ALLOWED)
    if member_id not in room.members:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    return room.members[by], room.members[member_id]


def _are_apart(room: Room | None, one: MemberId, other: MemberId) -> bool:
    pair = {one, other}
    return room is not None and any(
        {block.by, block.member_id} == pair and not block.until_seq for block in room.blocks
    )


def _person(record: Record, member_id: MemberId) -> str:
    """Return the device that somebody came with; who showed none is known by the number of the seat."""
    return record.ledger.passes.get(member_id, Pass()).device or str(member_id)
