"""Sent back to the door: what goes with the seat, and who lets in again (`rooms.door`)."""

from rooms.commands import (
    ExpireSeat,
    GiveFloor,
    JoinRoom,
    LeaveRoom,
    RaiseHand,
    ResumeSeat,
    StrandMember,
)
from rooms.facts import (
    GuestArrived,
    GuestLeft,
    MemberSteppedOut,
)
from rooms.host_commands import (
    AdmitAll,
    AdmitGuest,
    BanMember,
    LiftBan,
    StepOut,
)
from rooms.limits import GUESTS_MAX
from rooms.model import BanReason, Lane
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, code_of, peopled_story
from tests.rooms.test_door import ANN, ANNS, BEN, EVE, at_door, came


def test_stepping_out_takes_seat_hand_and_share() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    for who in (MAYA, JO):
        (out,) = story.do(StepOut(by=TOM, member_id=who))
        assert isinstance(out, MemberSteppedOut)
        assert story.do(StepOut(by=TOM, member_id=who)) == ()
    assert set(story.room.members) == {TOM}
    assert (story.room.floor.share, story.room.floor.hands) == (None, ())
    assert [(guest.member_id, guest.name, guest.is_held) for guest in story.room.guests] == [
        (MAYA, "Maya", True),
        (JO, "Jo", True),
    ]


def test_whoever_stepped_out_comes_in_again_by_name_only() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", role=Role.READER, pass_=ANNS))
    story.do(StepOut(by=TOM, member_id=ANN))
    assert story.do(AdmitAll(by=TOM)) == ()
    story.do(LeaveRoom(by=ANN))
    story.do(ResumeSeat(by=ANN, name="Ann", role=Role.READER, pass_=ANNS))  # the ticket is not enough
    assert story.waiting() == [ANN]
    assert story.room.guests[0].is_held
    assert came(story, ANNS) == "wait"  # nor is another number
    story.do(AdmitGuest(by=TOM, member_id=ANN))
    story.do(LeaveRoom(by=ANN))
    story.do(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=ANNS))
    assert ANN in story.room.members


def test_letting_in_under_another_number_ends_it_too() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    story.do(StepOut(by=TOM, member_id=ANN))
    story.do(LeaveRoom(by=ANN))
    assert came(story, ANNS) == "wait"
    story.do(AdmitGuest(by=TOM, member_id=EVE))
    story.do(JoinRoom(member_id=BEN, name="Ben", pass_=ANNS))
    assert BEN in story.room.members


def test_whoever_is_away_steps_out_when_they_come_back() -> None:
    story = peopled_story()
    story.do(StrandMember(member_id=MAYA))
    out, left = story.do(StepOut(by=TOM, member_id=MAYA))
    assert isinstance(out, MemberSteppedOut)
    assert left == GuestLeft(member_id=MAYA)
    assert story.room.guests == ()
    assert story.do(ExpireSeat(member_id=MAYA, stranded_ms=story.now_ms)) == ()
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    assert story.waiting() == [MAYA]


def test_who_may_send_whom_to_the_door() -> None:
    story = peopled_story()
    assert code_of(story.try_(StepOut(by=MAYA, member_id=JO))) == "not_allowed"
    assert code_of(story.try_(StepOut(by=TOM, member_id=TOM))) == "not_allowed"
    assert code_of(story.try_(StepOut(by=TOM, member_id=EVE))) == "no_such_member"
    assert code_of(story.try_(StepOut(by=EVE, member_id=JO))) == "not_a_member"
    story.do(JoinRoom(member_id=ANN, name="Ann", role=Role.SECRETARY))
    assert code_of(story.try_(StepOut(by=TOM, member_id=ANN))) == "higher_rank"
    story.fill(guests=GUESTS_MAX)
    assert code_of(story.try_(StepOut(by=TOM, member_id=JO))) == "room_full"


def test_a_lifted_ban_opens_the_door_again() -> None:
    story = at_door()
    story.do(BanMember(by=TOM, member_id=ANN, ban_id="b", reason=BanReason.OTHER, hours=1))
    assert came(story, ANNS) == "banned"
    story.do(LiftBan(by=TOM, ban_id="b"))
    assert came(story, ANNS) == "wait"
    (arrived,) = [commit.fact for commit in story.log[-1:]]
    assert isinstance(arrived, GuestArrived)
