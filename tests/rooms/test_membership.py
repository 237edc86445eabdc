import pytest
from msgspec.structs import replace

from rooms.commands import (
    ExpireSeat,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    MuteMember,
    OpenRoom,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    SetChat,
    SetFloor,
    SetFreeze,
    SetLock,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import GuestLeft, LeaveReason, MemberLeft, MemberRenamed, MemberReturned, RulesSet
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import ROOM_MAX_MEMBERS
from rooms.model import Ban, BanReason, ChatMode, DoorMode, FloorMode, Mutes, Order, Pass, Phase, Rules
from rooms.refusals import Refusal
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, code_of, open_story, peopled_story

ANN = MemberId(101)
OPEN = OpenRoom(slug=RoomSlug("talk"), title="Talk", about="", meeting_id=MeetingId("m2"))


def test_nothing_happens_in_a_room_that_is_not_open() -> None:
    assert code_of(Story().try_(JoinRoom(member_id=MAYA, name="Maya"))) == "no_room"


def test_a_room_opens_once() -> None:
    assert code_of(open_story().try_(OPEN)) == "already_open"


def test_a_room_is_found_as_it_was_left_but_not_frozen() -> None:
    story = peopled_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=60_000))
    story.do(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=5_000))
    story.do(SetLock(by=TOM, on=True))
    story.do(SetFreeze(by=TOM, on=True))
    left = story.room.settings
    again = Story()
    again.do(replace(OPEN, settings=left))
    assert again.room.settings == left
    assert (again.room.floor.mode, again.room.floor.limit_ms) == (FloorMode.HANDS, 60_000)
    order = Order(is_locked=True, is_frozen=False, chat=ChatMode.HOSTS, slow_ms=5_000)
    assert again.room.order == order


def test_a_new_member_is_silent_and_present() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=MAYA, name="  Maya  "))
    maya = story.member(MAYA)
    assert (maya.name, maya.role, maya.mutes) == ("Maya", Role.MEMBER, Mutes(by_self=True))
    assert not story.is_heard(MAYA)
    assert maya.joined_ms == story.now_ms


@pytest.mark.parametrize("name", ["maya", "\uff2d\uff21\uff39\uff21", " Maya "])
def test_a_name_that_is_taken_comes_with_one_that_is_free(name: str) -> None:
    refusal = peopled_story().try_(JoinRoom(member_id=MemberId(9), name=name))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "name_taken"
    assert refusal.suggestion == f"{name.strip()} 2"


def test_a_name_must_be_usable() -> None:
    assert code_of(open_story().try_(JoinRoom(member_id=MAYA, name="\u200b"))) == "name_unusable"


def test_a_number_that_is_taken_is_drawn_again() -> None:
    assert code_of(peopled_story().try_(JoinRoom(member_id=MAYA, name="New"))) == "busy"


def test_a_full_room_says_so() -> None:
    story = peopled_story()
    crowd = {MemberId(n): story.member(MAYA) for n in range(1, ROOM_MAX_MEMBERS + 1)}
    story.record = replace(story.record, room=replace(story.room, members=crowd))
    assert code_of(story.try_(JoinRoom(member_id=MemberId(10**6), name="One more"))) == "room_full"
    late = ResumeSeat(by=MemberId(10**6), name="Late", role=Role.MEMBER)
    assert code_of(story.try_(late)) == "room_full"


def test_leaving_frees_seat_and_name_and_is_no_error_twice() -> None:
    story = peopled_story()
    assert story.do(LeaveRoom(by=MAYA)) == (MemberLeft(member_id=MAYA, reason=LeaveReason.LEFT),)
    assert story.do(LeaveRoom(by=MAYA)) == ()
    story.do(JoinRoom(member_id=MemberId(44), name="Maya"))


def test_a_lost_connection_keeps_the_seat_and_coming_back_ends_that() -> None:
    story = peopled_story()
    story.do(StrandMember(member_id=MAYA))
    assert story.do(StrandMember(member_id=MAYA)) == ()
    assert story.member(MAYA).stranded_ms == story.now_ms
    returned = story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    assert returned == (MemberReturned(member_id=MAYA),)
    assert story.member(MAYA).stranded_ms == 0
    assert story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER)) == ()


def test_stranding_somebody_who_is_gone_is_nothing() -> None:
    assert peopled_story().do(StrandMember(member_id=MemberId(99))) == ()


def test_a_seat_expires_only_for_the_stranding_that_lasted() -> None:
    story = peopled_story()
    assert code_of(story.try_(ExpireSeat(member_id=MAYA, stranded_ms=0))) == "too_soon"
    story.do(StrandMember(member_id=MAYA))
    first_ms = story.now_ms
    story.now_ms += 1
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    story.do(StrandMember(member_id=MAYA))
    assert code_of(story.try_(ExpireSeat(member_id=MAYA, stranded_ms=first_ms))) == "too_soon"
    expire = ExpireSeat(member_id=MAYA, stranded_ms=story.now_ms)
    assert story.do(expire) == (MemberLeft(member_id=MAYA, reason=LeaveReason.LOST),)
    assert story.do(expire) == ()


def test_a_ticket_takes_the_seat_anew_where_the_log_lost_it() -> None:
    story = open_story()
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))
    assert (story.member(TOM).name, story.member(TOM).role) == ("Tom", Role.HOST)


def test_who_comes_back_to_a_name_that_is_taken_gets_a_number() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=JO, name="Maya"))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    assert story.member(MAYA).name == "Maya 2"


def test_a_ticket_with_an_unusable_name_is_refused() -> None:
    story = open_story()
    refused = story.try_(ResumeSeat(by=MAYA, name="\u200b", role=Role.MEMBER))
    assert code_of(refused) == "name_unusable"


def test_who_was_removed_comes_back_neither_by_ticket_nor_by_number() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA))
    ticket = ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER)
    assert code_of(story.try_(ticket)) == "was_removed"
    assert code_of(story.try_(JoinRoom(member_id=MAYA, name="Maya"))) == "was_removed"


def test_renaming() -> None:
    story = peopled_story()
    story.do(RenameSelf(by=MAYA, name="MAYA"))  # another case of the own name is free
    assert story.member(MAYA).name == "MAYA"
    assert story.do(RenameSelf(by=MAYA, name="MAYA")) == ()
    assert code_of(story.try_(RenameSelf(by=MAYA, name="Tom"))) == "name_taken"
    assert code_of(story.try_(RenameSelf(by=MAYA, name=" "))) == "name_unusable"
    assert code_of(story.try_(RenameSelf(by=MemberId(99), name="X"))) == "not_a_member"


def test_the_own_microphone() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
    assert story.do(SetMicrophone(by=MAYA, on=True)) == ()
    story.do(SetMicrophone(by=MAYA, on=False))
    assert not story.is_heard(MAYA)
    assert code_of(story.try_(SetMicrophone(by=MemberId(99), on=True))) == "not_a_member"


def test_a_host_mute_wins_over_the_own_microphone() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(MuteMember(by=TOM, member_id=MAYA))
    assert not story.is_heard(MAYA)
    assert code_of(story.try_(SetMicrophone(by=MAYA, on=True))) == "muted_by_host"
    assert story.do(SetMicrophone(by=MAYA, on=False)) == ()


def test_a_locked_room_takes_nobody_new_but_whoever_is_trusted() -> None:
    story = peopled_story()
    story.do(SetLock(by=TOM, on=True))
    assert code_of(story.try_(JoinRoom(member_id=MemberId(9), name="New"))) == "locked"
    story.do(JoinRoom(member_id=MemberId(10), name="Ada", role=Role.HOST))


def test_a_locked_room_lets_back_in_whoever_has_a_ticket() -> None:
    story = peopled_story()
    story.do(SetLock(by=TOM, on=True))
    for who, name in ((MAYA, "Maya"), (JO, "Jo")):
        story.do(StrandMember(member_id=who))
        if who == JO:
            story.do(ExpireSeat(member_id=who, stranded_ms=story.now_ms))
        story.do(ResumeSeat(by=who, name=name, role=Role.MEMBER))
        assert story.member(who).stranded_ms == 0


def test_a_frozen_room_lets_back_in_only_who_is_trusted_or_still_seated() -> None:
    story = peopled_story()
    for who in (MAYA, JO):
        story.do(StrandMember(member_id=who))
    story.do(SetFreeze(by=TOM, on=True))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))  # the seat was kept
    assert story.member(MAYA).stranded_ms == 0
    story.do(ExpireSeat(member_id=JO, stranded_ms=story.now_ms))
    story.do(JoinRoom(member_id=MemberId(9), name="Newcomer"))
    story.do(ResumeSeat(by=JO, name="Jo", role=Role.MEMBER))
    assert [guest.member_id for guest in story.room.guests] == [MemberId(9), JO]
    story.do(LeaveRoom(by=TOM))
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))
    story.do(JoinRoom(member_id=MemberId(10), name="Ada", role=Role.HOST))
    assert set(story.room.members) == {MAYA, TOM, MemberId(10)}


def test_a_meeting_opens_in_its_phase_with_its_end_and_the_groups_bans() -> None:
    until_ms = START_MS + 1
    ban = Ban(ban_id="b", reason=BanReason.HATE, placed_ms=0, until_ms=until_ms, device="ann")
    story = Story()
    story.do(replace(OPEN, phase=Phase.DOORS, starts_ms=5, ends_ms=9, bans=(ban,)))
    room = story.room
    assert (room.phase, room.starts_ms, room.ends_ms, room.bans) == (Phase.DOORS, 5, 9, (ban,))
    assert code_of(story.try_(JoinRoom(member_id=MAYA, name="Maya", pass_=Pass(device="ann")))) == "banned"


def test_a_guests_name_counts_and_copies_nobody() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    assert code_of(story.try_(JoinRoom(member_id=ANN, name="maya"))) == "name_taken"
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    assert code_of(story.try_(JoinRoom(member_id=MemberId(9), name="Ann"))) == "name_taken"
    assert code_of(story.try_(RenameSelf(by=MAYA, name="ann"))) == "name_taken"
    story.do(ResumeSeat(by=MemberId(9), name="Ann", role=Role.MEMBER, is_guest=True))
    assert [guest.name for guest in story.room.guests] == ["Ann", "Ann 2"]


def test_a_number_of_somebody_at_the_door_is_drawn_again() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.EVERYBODY)))
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    assert code_of(story.try_(JoinRoom(member_id=ANN, name="New"))) == "busy"


def test_leaving_the_door() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.EVERYBODY)))
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    assert story.do(LeaveRoom(by=ANN)) == (GuestLeft(member_id=ANN),)
    assert story.do(LeaveRoom(by=ANN)) == ()
    assert story.waiting() == []


def test_an_earlier_name_is_kept_for_those_who_keep_order() -> None:
    story = peopled_story()
    assert story.do(RenameSelf(by=MAYA, name="Mia")) == (
        MemberRenamed(member_id=MAYA, name="Mia", was="Maya"),
    )
    assert story.member(MAYA).was == ("Maya",)


def test_a_microphone_on_probation_waits_for_a_call_a_role_or_its_time() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(probation_ms=60_000)))
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    on = SetMicrophone(by=ANN, on=True)
    story.now_ms += 20_000
    refused = story.try_(on)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.retry_ms) == ("on_probation", 40_000)
    story.do(SetMicrophone(by=ANN, on=False))
    for way in (GiveFloor(by=TOM, member_id=ANN), GiveRole(by=TOM, member_id=ANN, role=Role.READER)):
        before = story.record
        story.do(way)
        story.do(on)
        assert story.is_heard(ANN)
        story.record = before
    story.now_ms += 40_000
    story.do(on)
    assert story.is_heard(ANN)
