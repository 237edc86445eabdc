import pytest
from msgspec.structs import replace

from rooms.apply import change_room
from rooms.facts import (
    AllMuted,
    Commit,
    Fact,
    GuestArrived,
    GuestHeld,
    GuestLeft,
    GuestTold,
    LeaveReason,
    MemberJoined,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MemberRenamed,
    MemberReturned,
    MemberSteppedOut,
    MemberStranded,
    MicrophoneSet,
    MuteLifted,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoleProposed,
    Unseen,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import DOOR_LINES_MAX, WAS_MAX
from rooms.model import DoorLine, Guest, Member, Mutes, Pass, Proposal, Room
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, START_MS, TOM, peopled_story

LEE, KIM = MemberId(44), MemberId(55)


def _after(*facts: Fact, room: Room | None = None) -> Room:
    room = room or peopled_story().room
    for number, fact in enumerate(facts):
        commit = Commit(seq=10 + number, at_ms=START_MS + number, by=NO_MEMBER, n=0, fact=fact)
        changed = change_room(room, commit)
        assert changed is not None
        room = changed
    return room


def _guest(who: MemberId) -> Guest:
    return Guest(member_id=who, name="Lee", since_ms=START_MS, is_new=True)


def _proposed(who: MemberId, role: Role) -> RoleProposed:
    return RoleProposed(proposal=Proposal(member_id=who, role=role, by=TOM, at_ms=START_MS))


@pytest.mark.parametrize(
    "fact",
    [
        MemberLeft(member_id=JO, reason=LeaveReason.LOST),
        MemberRemoved(member_id=JO, by=TOM),
        MemberSteppedOut(guest=_guest(JO), by=TOM),
    ],
)
def test_whoever_goes_has_no_seat(fact: Fact) -> None:
    room = _after(fact)
    assert list(room.members) == [MAYA, TOM]
    assert [guest.member_id for guest in room.guests] == ([JO] if isinstance(fact, MemberSteppedOut) else [])


def test_whoever_is_let_in_waits_no_longer() -> None:
    lee = Member(member_id=LEE, name="Lee", role=Role.MEMBER, mutes=Mutes(), joined_ms=START_MS)
    room = _after(GuestArrived(guest=_guest(LEE)), GuestArrived(guest=_guest(KIM)), MemberJoined(member=lee))
    assert room.members[LEE] == lee
    assert [guest.member_id for guest in room.guests] == [KIM]


def test_a_seat_is_stranded_since_the_commit_until_its_member_is_back() -> None:
    assert _after(MemberStranded(member_id=JO)).members[JO].stranded_ms == START_MS
    assert _after(MemberStranded(member_id=JO), MemberReturned(member_id=JO)) == peopled_story().room


def test_earlier_names_are_kept_where_they_are_told_and_only_the_newest() -> None:
    assert _after(MemberRenamed(member_id=JO, name="Joan")).members[JO].was == ()
    many = [MemberRenamed(member_id=JO, name=f"{n + 1}", was=f"{n}") for n in range(WAS_MAX + 2)]
    jo = _after(*many).members[JO]
    assert jo.name == str(WAS_MAX + 2)
    assert jo.was == tuple(str(n) for n in range(2, WAS_MAX + 2))


@pytest.mark.parametrize(
    ("facts", "mutes"),
    [
        ([MicrophoneSet(member_id=JO, on=True)], Mutes(by_self=False)),
        ([MicrophoneSet(member_id=JO, on=True), AllMuted(members=(MAYA, JO))], Mutes()),
        ([MicrophoneSet(member_id=JO, on=True), MemberMuted(member_id=JO, by=TOM)], Mutes(by_host=True)),
        ([MemberMuted(member_id=JO, by=TOM), MuteLifted(member_id=JO, by=TOM)], Mutes(by_self=True)),
    ],
)
def test_microphones(facts: list[Fact], mutes: Mutes) -> None:
    assert _after(*facts).members[JO].mutes == mutes


def test_a_role_that_is_given_needs_no_second_word_any_more() -> None:
    both = (_proposed(JO, Role.HOST), _proposed(MAYA, Role.COHOST))
    room = _after(*both, RoleGiven(member_id=JO, role=Role.HOST))
    assert room.members[JO].role is Role.HOST
    assert [one.member_id for one in room.proposals] == [MAYA]


def test_a_newer_proposal_takes_the_place_of_an_older_one() -> None:
    room = _after(_proposed(JO, Role.HOST), _proposed(MAYA, Role.COHOST), _proposed(JO, Role.SAFETY))
    assert [(one.member_id, one.role) for one in room.proposals] == [(MAYA, Role.COHOST), (JO, Role.SAFETY)]


def test_nothing_is_proposed_for_whoever_is_at_the_door_again() -> None:
    assert _after(_proposed(JO, Role.HOST), MemberSteppedOut(guest=_guest(JO), by=TOM)).proposals == ()


def test_whoever_arrives_twice_waits_once_and_last() -> None:
    lee, kim = GuestArrived(guest=_guest(LEE)), GuestArrived(guest=_guest(KIM))
    assert [guest.member_id for guest in _after(lee, kim, lee).guests] == [KIM, LEE]
    assert _after(lee, kim, GuestLeft(member_id=LEE)).guests == (_guest(KIM),)


def test_patience_and_words_concern_one_guest_alone() -> None:
    both = (GuestArrived(guest=_guest(LEE)), GuestArrived(guest=_guest(KIM)))
    words = GuestTold(member_id=LEE, by=TOM, text="Hello")
    lee, kim = _after(*both, GuestHeld(member_id=LEE), words).guests
    assert kim == _guest(KIM)
    line = DoorLine(by=TOM, text="Hello", sent_ms=START_MS + 3)
    assert lee == replace(_guest(LEE), is_held=True, lines=(line,))


def test_of_long_talks_at_the_door_the_newest_words_stay() -> None:
    talk = [GuestTold(member_id=LEE, by=LEE, text=str(n)) for n in range(DOOR_LINES_MAX + 3)]
    (lee,) = _after(GuestArrived(guest=_guest(LEE)), *talk).guests
    assert [line.text for line in lee.lines] == [str(n) for n in range(3, DOOR_LINES_MAX + 3)]


@pytest.mark.parametrize(
    "fact",
    [
        Unseen(),
        PassNoted(member_id=JO, pass_=Pass(device="d")),
        RemovalLifted(member_id=LEE),
        GuestLeft(member_id=LEE),
        GuestHeld(member_id=LEE),
    ],
)
def test_what_changes_nothing_that_is_shown(fact: Fact) -> None:
    assert _after(fact) == peopled_story().room
