"""Private words between two: asked for without a text, written once both agree, kept nowhere.

They are no part of a room's record. `Letters` holds who asked whom and who agreed, for one sitting and in
memory; the words themselves never come here.
"""

from enum import Enum

from rooms.ids import MemberId
from rooms.limits import UNWANTED_MAX
from rooms.model import Member, Pass, Record, Room
from rooms.refusals import Refusal, RefusalCode
from rooms.sitting import refuse

_Pair = tuple[MemberId, MemberId]
"""Who acts, and with whom."""


class Outcome(Enum):
    """What the other one is told. Whoever acts cannot tell `NOTHING` from a yes that is still waited for."""

    NOTHING = "nothing"
    ASKED = "asked"
    AGREED = "agreed"
    ENDED = "ended"
    LINE = "line"


class _Ask(Enum):
    WAITING = "waiting"
    OVER = "over"  # agreed to, turned down or ended: not asked again


class Letters:
    """Who may write privately to whom in one sitting.

    A member is reachable unless new here; `set_reachable` says otherwise. One asks another once in a
    sitting. Between two whom a block parts everything looks like waiting. Whoever was reported by
    `UNWANTED_MAX` different people asks nobody any more, also after coming back on the same device.
    """

    def __init__(self) -> None:
        """Start with nobody having asked."""
        self._reachable: dict[MemberId, bool] = {}
        self._asks: dict[_Pair, _Ask] = {}
        self._agreed: set[frozenset[MemberId]] = set()
        self._unwanted: dict[str, set[str]] = {}

    def set_reachable(self, record: Record, by: MemberId, *, on: bool) -> Refusal | None:
        """Say whether others may ask; what was agreed goes on."""
        if record.room is None or by not in record.room.members:
            return refuse(RefusalCode.NOT_A_MEMBER)
        self._reachable[by] = on
        return None

    def ask(self, record: Record, by: MemberId, member_id: MemberId, now_ms: int) -> Outcome | Refusal:
        """Ask somebody to write privately. To ask whoever asks is to agree."""
        two = _two(record, by, member_id)
        if isinstance(two, Refusal):
            return two
        if self._asks.get((member_id, by)) is _Ask.WAITING:
            return self.answer(record, by, member_id, yes=True)
        if self.has_agreed(by, member_id) or (by, member_id) in self._asks:
            return Outcome.NOTHING
        refusal = self._refusal(record, *two, now_ms)
        if refusal is not None:
            return refusal
        if _are_apart(record.room, by, member_id):
            return Outcome.NOTHING
        self._asks[by, member_id] = _Ask.WAITING
        return Outcome.ASKED

    def _refusal(self, record: Record, asker: Member, other: Member, now_ms: int) -> Refusal | None:
        if asker.probation_ms > now_ms:
            return Refusal(code=RefusalCode.ON_PROBATION, retry_ms=asker.probation_ms - now_ms)
        if len(self._unwanted.get(_person(record, asker.member_id), ())) >= UNWANTED_MAX:
            return refuse(RefusalCode.NOT_ALLOWED)
        is_reachable = self._reachable.get(other.member_id, not other.is_new)
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
        if self._asks.get((member_id, by)) is not _Ask.WAITING:
            return refuse(RefusalCode.NOT_AGREED)
        if not is_told:
            return Outcome.NOTHING
        self._asks[member_id, by] = _Ask.OVER
        self._agreed.add(frozenset((by, member_id)))
        return Outcome.AGREED

    def _end(self, by: MemberId, member_id: MemberId) -> bool:
        """End what is between two. Returns whether the other one knew of it: agreed, or was asked."""
        is_known = self.has_agreed(by, member_id) or self._asks.get((by, member_id)) is _Ask.WAITING
        self._agreed.discard(frozenset((by, member_id)))
        for pair in ((by, member_id), (member_id, by)):
            if pair in self._asks:
                self._asks[pair] = _Ask.OVER
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
        """Whether both want it."""
        return frozenset((one, other)) in self._agreed

    def of(self, room: Room, member_id: MemberId) -> tuple[list[MemberId], list[MemberId]]:
        """Return who waits for the member's answer and who has agreed, for a page that comes back."""
        if not room.rules.has_private:
            return [], []
        asking = [
            by
            for (by, asked), ask in self._asks.items()
            if asked == member_id and ask is _Ask.WAITING and not _are_apart(room, by, member_id)
        ]
        agreed = [other for pair in self._agreed if member_id in pair for other in pair - {member_id}]
        return asking, sorted(agreed)

    def note_report(self, record: Record, by: MemberId, about: MemberId) -> None:
        """Somebody reported a member: different people count, not reports."""
        self._unwanted.setdefault(_person(record, about), set()).add(_person(record, by))

    def forget(self, member_id: MemberId) -> None:
        """Drop what was between somebody who left for good and others. Reports of them stay."""
        self._reachable.pop(member_id, None)
        self._asks = {pair: ask for pair, ask in self._asks.items() if member_id not in pair}
        self._agreed = {pair for pair in self._agreed if member_id not in pair}

    def keep_only(self, members: frozenset[MemberId]) -> None:
        """Drop everybody else."""
        known = {*self._reachable, *(who for pair in self._asks for who in pair)}
        for gone in known - members:
            self.forget(gone)


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
