"""What follows when somebody comes: a seat or a place at the door, and what is told of strangers.

Nothing here says yes or no; `rooms.door` does.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rooms.facts import BurstSeen, Fact, GuestArrived, MemberBlocked, MemberJoined, PassNoted
from rooms.ids import MemberId
from rooms.limits import BURST_BEFORE_FREEZE_MS, BURST_MAX, BURST_MIN, BURST_WINDOW_MS
from rooms.model import Guest, Member, Mutes, Pass
from rooms.roles import Ability, Role, is_trusted, may
from rooms.sitting import Sitting


def is_stranger(role: Role, pass_: Pass) -> bool:
    """Whether nobody here knows who comes, neither by a device nor by a role."""
    return not (pass_.is_known or is_trusted(role))


def pass_noted(sitting: Sitting, member_id: MemberId, pass_: Pass) -> tuple[PassNoted, ...]:
    """Return the fact of the pass, unless just that is known of the member already."""
    if sitting.ledger.passes.get(member_id, Pass()) == pass_:
        return ()
    return (PassNoted(member_id=member_id, pass_=pass_),)


def seat_taken(sitting: Sitting, member: Member, pass_: Pass) -> tuple[Fact, ...]:
    """Return the facts of a new seat: a stranger is on probation, and blocks of the device hold on."""
    probation_ms = sitting.room.rules.probation_ms
    if member.is_new and probation_ms > 0:
        member = replace(member, probation_ms=sitting.now_ms + probation_ms)
    return (MemberJoined(member=member), *_blocks_carried(sitting, member, pass_))


def seat_of(sitting: Sitting, member_id: MemberId, name: str, role: Role, *, is_new: bool) -> Member:
    """Return a seat that is taken now: silent until its owner turns the microphone on."""
    return Member(
        member_id=member_id,
        name=name,
        role=role,
        mutes=Mutes(),
        joined_ms=sitting.now_ms,
        is_new=is_new,
    )


def place_taken(sitting: Sitting, member_id: MemberId, name: str, *, is_new: bool) -> GuestArrived:
    """Return the fact of a place at the door. Who was asked to step out is let in only by name."""
    guest = Guest(
        member_id=member_id,
        name=name,
        since_ms=sitting.now_ms,
        is_new=is_new,
        is_held=member_id in sitting.ledger.outside,
    )
    return GuestArrived(guest=guest)


def burst_with(sitting: Sitting, newcomer: MemberId) -> tuple[BurstSeen, ...]:
    """Return the fact that strangers came together, this one being the last, if there are enough of them."""
    came = (*_came_within(sitting, BURST_WINDOW_MS), newcomer)
    return _grouped(sitting, came) if len(set(came)) >= BURST_MIN else ()


def burst_before(sitting: Sitting) -> tuple[BurstSeen, ...]:
    """Return the fact that groups the strangers who came shortly before now, if there is more than one."""
    came = tuple(_came_within(sitting, BURST_BEFORE_FREEZE_MS))
    return _grouped(sitting, came) if len(came) > 1 else ()


def is_loose(sitting: Sitting, member_id: MemberId) -> bool:
    """Whether somebody sits or waits here and is not trusted."""
    seat = sitting.seat(member_id)
    return not is_trusted(seat.role) if seat is not None else sitting.guest(member_id) is not None


def _came_within(sitting: Sitting, window_ms: int) -> Iterator[MemberId]:
    since_ms = sitting.now_ms - window_ms
    for who, at_ms in sitting.ledger.arrivals.items():
        if at_ms >= since_ms and is_loose(sitting, who):
            yield who


def _grouped(sitting: Sitting, came: Iterable[MemberId]) -> tuple[BurstSeen, ...]:
    """Return the fact of a burst: who is shown already and still here, then who came."""
    shown = sitting.room.burst
    here = (who for who in shown if is_loose(sitting, who))
    members = tuple(dict.fromkeys((*here, *came)))[-BURST_MAX:]
    return () if members == shown else (BurstSeen(members=members),)


def _blocks_carried(sitting: Sitting, member: Member, pass_: Pass) -> Iterator[MemberBlocked]:
    """Yield blocks between the new seat and those present that hold between the same devices.

    Without this a block would end with the seat: whoever was blocked would only have to come again.
    Nobody is kept apart from those who keep order.
    """
    me = member.member_id
    holding = [(block.by, block.member_id) for block in sitting.room.blocks if not block.until_seq]
    if not holding or may(member.role, Ability.KEEP_ORDER):
        return
    known = set(holding)
    for by, blocked in holding:
        pairs: list[tuple[MemberId, MemberId]] = []
        if _is_same(sitting, by, me, pass_):
            pairs += ((me, other) for other in _seats_of(sitting, blocked))
        if _is_same(sitting, blocked, me, pass_):
            pairs += ((other, me) for other in _seats_of(sitting, by))
        for pair in pairs:
            if pair not in known and pair[0] != pair[1]:
                known.add(pair)
                yield MemberBlocked(by=pair[0], member_id=pair[1])


def _is_same(sitting: Sitting, who: MemberId, me: MemberId, pass_: Pass) -> bool:
    return who == me or pass_.shares_device(sitting.ledger.passes.get(who))


def _seats_of(sitting: Sitting, who: MemberId) -> Iterator[MemberId]:
    """Yield the seats that somebody has, also under other numbers, but for those who keep order."""
    theirs = sitting.ledger.passes.get(who, Pass())
    for other, seat in sitting.room.members.items():
        is_theirs = other == who or theirs.shares_device(sitting.ledger.passes.get(other))
        if is_theirs and not may(seat.role, Ability.KEEP_ORDER):
            yield other
