import pytest

from rooms.facts import (
    BanPlaced,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    LeaveReason,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberSteppedOut,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoomClosed,
    RoomOpened,
)
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.ledger import write_ledger
from rooms.limits import BURST_BEFORE_FREEZE_MS, BURST_MAX, LEDGER_MAX_GONE
from rooms.model import Answered, Ban, BanReason, Guest, Ledger, Member, Mutes, Pass
from rooms.roles import Role

MAYA, TOM, JO = MemberId(11), MemberId(22), MemberId(33)
EMPTY = Ledger(answered={}, removed={})


def _after(*facts: Fact, by: MemberId = NO_MEMBER, n: int = 0, gap_ms: int = 1) -> Ledger:
    """The ledger after these, committed as 1, 2, 3 and so on, `gap_ms` apart from 0 on."""
    ledger = EMPTY
    for number, fact in enumerate(facts):
        commit = Commit(seq=number + 1, at_ms=number * gap_ms, by=by, n=n, fact=fact)
        ledger = write_ledger(ledger, commit)
    return ledger


def _joined(who: MemberId, *, is_new: bool = False) -> MemberJoined:
    member = Member(member_id=who, name="Jo", role=Role.MEMBER, mutes=Mutes(), joined_ms=0, is_new=is_new)
    return MemberJoined(member=member)


def _guest(who: MemberId, *, is_new: bool = False) -> Guest:
    return Guest(member_id=who, name="Jo", since_ms=0, is_new=is_new)


def _banned(who: MemberId) -> BanPlaced:
    ban = Ban(ban_id="a", reason=BanReason.FLOOD, placed_ms=0, until_ms=1)
    return BanPlaced(ban=ban, member_id=who)


def _left(who: MemberId) -> MemberLeft:
    return MemberLeft(member_id=who, reason=LeaveReason.LEFT)


@pytest.mark.parametrize(
    ("fact", "is_sent_away"),
    [
        (MemberRemoved(member_id=JO, by=TOM), True),
        (GuestLeft(member_id=JO, by=TOM), True),
        (_banned(JO), True),
        (GuestLeft(member_id=JO), False),
        (_left(JO), False),
        (_banned(NO_MEMBER), False),
    ],
)
def test_who_was_sent_away_in_this_sitting(*, fact: Fact, is_sent_away: bool) -> None:
    assert _after(fact).removed == ({JO: 1} if is_sent_away else {})


def test_a_removal_that_is_lifted_is_forgotten_and_no_other() -> None:
    removed = (MemberRemoved(member_id=JO, by=TOM), MemberRemoved(member_id=MAYA, by=TOM))
    assert _after(*removed, RemovalLifted(member_id=JO)).removed == {MAYA: 2}
    assert _after(*removed, RemovalLifted(member_id=TOM)).removed == {JO: 1, MAYA: 2}


def test_of_too_many_removals_the_oldest_are_forgotten() -> None:
    everybody = [MemberId(n) for n in range(1, LEDGER_MAX_GONE + 2)]
    removed = _after(*(MemberRemoved(member_id=who, by=TOM) for who in everybody)).removed
    assert list(removed) == everybody[1:]


def test_roles_and_passes_outlive_the_seat() -> None:
    noted = PassNoted(member_id=JO, pass_=Pass(device="d"))
    ledger = _after(noted, RoleGiven(member_id=JO, role=Role.READER), _left(JO))
    assert ledger.roles == {JO: Role.READER}
    assert ledger.passes == {JO: Pass(device="d")}


def test_whoever_stepped_out_is_outside_until_let_in() -> None:
    out = MemberSteppedOut(guest=_guest(JO), by=TOM)
    assert _after(out).outside == {JO: 1}
    assert _after(out, _joined(MAYA)).outside == {JO: 1}
    assert _after(out, _joined(JO)).outside == {}


def test_to_let_one_in_is_to_let_the_device_in() -> None:
    passes = [PassNoted(member_id=who, pass_=Pass(device="d")) for who in (JO, MAYA)]
    hidden = PassNoted(member_id=TOM, pass_=Pass())
    outside = [MemberSteppedOut(guest=_guest(who), by=TOM) for who in (JO, TOM)]
    assert _after(*passes, hidden, *outside, _joined(MAYA)).outside == {TOM: 5}


def test_strangers_are_noted_when_they_came_and_others_are_not() -> None:
    at_door, seated = GuestArrived(guest=_guest(JO, is_new=True)), _joined(MAYA, is_new=True)
    known = (_joined(TOM), GuestArrived(guest=_guest(MemberId(44))))
    assert _after(at_door, seated, *known).arrivals == {JO: 0, MAYA: 1}
    assert _after(at_door, _joined(JO, is_new=True)).arrivals == {JO: 0}


def test_arrivals_of_long_ago_are_no_burst() -> None:
    strangers = [_joined(MemberId(n), is_new=True) for n in (1, 2, 3)]
    assert _after(*strangers, gap_ms=BURST_BEFORE_FREEZE_MS).arrivals == {
        2: BURST_BEFORE_FREEZE_MS,
        3: 2 * BURST_BEFORE_FREEZE_MS,
    }


def test_a_burst_has_an_end() -> None:
    strangers = [_joined(MemberId(n), is_new=True) for n in range(1, BURST_MAX + 2)]
    assert list(_after(*strangers).arrivals) == list(range(2, BURST_MAX + 2))


@pytest.mark.parametrize(("by", "n"), [(NO_MEMBER, 0), (NO_MEMBER, 4), (JO, 0)])
def test_what_the_server_does_answers_no_command(by: MemberId, n: int) -> None:
    assert _after(_left(JO), by=by, n=n).answered == {}


def test_of_several_facts_of_one_command_the_last_is_its_end() -> None:
    assert _after(_left(MAYA), _left(TOM), by=JO, n=4).answered == {JO: Answered(4, 2)}


@pytest.mark.parametrize(
    "fact",
    [RoomClosed(), RoomOpened(slug=RoomSlug("a"), title="", about="", meeting_id=MeetingId("m"))],
)
def test_each_sitting_begins_with_nothing(fact: Fact) -> None:
    before = (
        MemberRemoved(member_id=JO, by=TOM),
        PassNoted(member_id=JO, pass_=Pass(device="d")),
        MemberSteppedOut(guest=_guest(MAYA), by=TOM),
        _joined(TOM, is_new=True),
        RoleGiven(member_id=TOM, role=Role.HOST),
    )
    assert _after(*before, fact) == EMPTY
