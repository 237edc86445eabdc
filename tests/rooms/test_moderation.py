import pytest

from rooms.commands import (
    Command,
    EraseLine,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    LiftMute,
    MuteAll,
    MuteMember,
    PostChat,
    RaiseHand,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    SetChat,
    SetFloor,
    SetFreeze,
    SetLock,
    SetMicrophone,
)
from rooms.facts import (
    AllMuted,
    BurstSeen,
    ChatSet,
    GuestLeft,
    LineErased,
    MemberUnblocked,
    PassNoted,
    RoleGiven,
    RoleProposed,
    RoomFrozen,
    RoomLocked,
)
from rooms.host_commands import BlockMember, StepOut
from rooms.ids import MemberId
from rooms.limits import BURST_BEFORE_FREEZE_MS, PROPOSAL_MS, SHARE_LIMIT_MS, SLOW_MAX_MS
from rooms.model import ChatMode, FloorMode, Lane, Mutes, Pass, Proposal
from rooms.roles import RANK, Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, letters, open_story, peopled_story

ADA, BEN, NOBODY = MemberId(44), MemberId(55), MemberId(99)


def test_only_hosts_act_on_others() -> None:
    story = peopled_story()
    for command in (
        MuteMember(by=MAYA, member_id=JO),
        LiftMute(by=MAYA, member_id=JO),
        RemoveMember(by=MAYA, member_id=JO),
    ):
        assert code_of(story.try_(command)) == "not_allowed"


def test_nobody_acts_on_somebody_who_is_not_there() -> None:
    story = peopled_story()
    for command in (
        MuteMember(by=TOM, member_id=NOBODY),
        LiftMute(by=TOM, member_id=NOBODY),
        RemoveMember(by=TOM, member_id=NOBODY),
    ):
        assert code_of(story.try_(command)) == "no_such_member"


def test_somebody_who_is_not_there_acts_on_nobody() -> None:
    assert code_of(peopled_story().try_(MuteMember(by=NOBODY, member_id=JO))) == "not_a_member"


def test_a_mute_closes_and_lifting_it_opens_nothing() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(MuteMember(by=TOM, member_id=MAYA))
    assert story.do(MuteMember(by=TOM, member_id=MAYA)) == ()
    assert story.member(MAYA).mutes == Mutes(by_self=True, by_host=True)
    story.do(LiftMute(by=TOM, member_id=MAYA))
    assert story.do(LiftMute(by=TOM, member_id=MAYA)) == ()
    assert story.member(MAYA).mutes == Mutes(by_self=True, by_host=False)
    assert not story.is_heard(MAYA)


def test_nobody_lifts_the_own_mute() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.COHOST))
    story.do(MuteMember(by=TOM, member_id=MAYA))
    assert code_of(story.try_(LiftMute(by=MAYA, member_id=MAYA))) == "not_allowed"
    story.do(LiftMute(by=TOM, member_id=MAYA))


def test_removing() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA))
    assert MAYA not in story.room.members
    assert story.do(RemoveMember(by=TOM, member_id=MAYA)) == ()
    assert code_of(story.try_(RemoveMember(by=TOM, member_id=TOM))) == "not_allowed"


# --- who may act on whom --------------------------------------------------------------------

OF_ORDER: tuple[Command, ...] = (
    SetLock(by=MAYA, on=True),
    SetFreeze(by=MAYA, on=True),
    SetChat(by=MAYA, mode=ChatMode.OFF, slow_ms=0),
    EraseLine(by=MAYA, seq=1),
    MuteAll(by=MAYA),
)


def _name(command: Command) -> str:
    return type(command).__name__


def _with_role(role: Role) -> Story:
    """Maya has the role, which only a link gives where it is a host's."""
    story = peopled_story()
    story.do(LeaveRoom(by=MAYA))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=role))
    return story


@pytest.mark.parametrize("command", OF_ORDER, ids=_name)
@pytest.mark.parametrize("role", Role)
def test_order_is_kept_by_those_who_are_trusted_with_it(command: Command, role: Role) -> None:
    story = _with_role(role)
    keeps_order = RANK[role] >= RANK[Role.SAFETY]
    assert (code_of(story.try_(command)) != "not_allowed") is keeps_order


@pytest.mark.parametrize("command", OF_ORDER, ids=_name)
def test_order_is_kept_by_whoever_is_there(command: Command) -> None:
    story = peopled_story()
    story.do(LeaveRoom(by=MAYA))
    assert code_of(story.try_(command)) == "not_a_member"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("other", Role)
def test_nobody_acts_against_an_equal_or_higher_rank(role: Role, other: Role) -> None:
    story = _with_role(role)
    story.do(JoinRoom(member_id=MemberId(44), name="Ada", role=other))
    is_above = RANK[role] > RANK[other]
    keeps_order = RANK[role] >= RANK[Role.SAFETY]
    expected = "" if is_above and keeps_order else "higher_rank" if keeps_order else "not_allowed"
    for command in (
        MuteMember(by=MAYA, member_id=MemberId(44)),
        RemoveMember(by=MAYA, member_id=MemberId(44)),
    ):
        assert code_of(story.try_(command)) == expected


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("given", Role)
def test_nobody_gives_a_role_that_is_not_below_the_own_one_alone(role: Role, given: Role) -> None:
    story = _with_role(role)
    gives = RANK[role] >= RANK[Role.HOST]
    expected = "" if gives else "not_allowed"
    assert code_of(story.try_(GiveRole(by=MAYA, member_id=JO, role=given))) == expected
    assert story.member(JO).role is (given if gives and RANK[given] < RANK[role] else Role.MEMBER)


def _with_two_hosts(may_be: Role = Role.MEMBER, devices: tuple[str, str] = ("", "")) -> Story:
    """Tom and Ada are hosts; Ben is a member whom the roster may trust with more."""
    story = open_story()
    for who, name, device in ((TOM, "Tom", devices[0]), (ADA, "Ada", devices[1])):
        story.do(JoinRoom(member_id=who, name=name, role=Role.HOST, pass_=Pass(device=device)))
    story.do(JoinRoom(member_id=BEN, name="Ben", pass_=Pass(may_be=may_be)))
    return story


@pytest.mark.parametrize("role", [Role.HOST, Role.SECRETARY])
def test_one_host_proposes_another_and_a_second_one_agrees(role: Role) -> None:
    story = _with_two_hosts()
    first, second = (GiveRole(by=who, member_id=BEN, role=role) for who in (TOM, ADA))
    proposal = Proposal(member_id=BEN, role=role, by=TOM, at_ms=story.now_ms)
    assert story.do(first) == (RoleProposed(proposal=proposal),)
    assert story.do(first) == ()  # the own word counts once
    assert story.room.proposals == (proposal,)
    story.now_ms += PROPOSAL_MS
    assert story.do(second) == (RoleGiven(member_id=BEN, role=role),)
    assert story.room.proposals == ()


def test_a_proposal_lapses_and_is_replaced() -> None:
    story = _with_two_hosts()
    story.do(GiveRole(by=TOM, member_id=BEN, role=Role.HOST))
    story.now_ms += PROPOSAL_MS + 1
    again = Proposal(member_id=BEN, role=Role.HOST, by=ADA, at_ms=story.now_ms)
    assert story.do(GiveRole(by=ADA, member_id=BEN, role=Role.HOST)) == (RoleProposed(proposal=again),)
    assert story.room.proposals == (again,)
    story.do(GiveRole(by=TOM, member_id=BEN, role=Role.SECRETARY))  # not the same
    assert story.member(BEN).role is Role.MEMBER


def test_the_second_word_comes_from_another_device() -> None:
    for devices, role in ((("a", "a"), Role.MEMBER), (("a", "b"), Role.HOST), (("a", ""), Role.HOST)):
        story = _with_two_hosts(devices=devices)
        for who in (TOM, ADA):
            story.do(GiveRole(by=who, member_id=BEN, role=Role.HOST))
        assert story.member(BEN).role is role


@pytest.mark.parametrize("may_be", Role)
@pytest.mark.parametrize("role", [Role.HOST, Role.SECRETARY])
def test_one_word_is_enough_for_whom_the_roster_names(may_be: Role, role: Role) -> None:
    story = _with_two_hosts(may_be)
    story.do(GiveRole(by=TOM, member_id=BEN, role=role))
    assert story.member(BEN).role is (role if RANK[may_be] >= RANK[role] else Role.MEMBER)


def test_a_role_below_is_given_at_once_and_ends_the_proposal() -> None:
    story = _with_two_hosts()
    story.do(GiveRole(by=TOM, member_id=BEN, role=Role.HOST))
    story.do(GiveRole(by=ADA, member_id=BEN, role=Role.COHOST))
    assert (story.member(BEN).role, story.room.proposals) == (Role.COHOST, ())
    assert code_of(story.try_(GiveRole(by=BEN, member_id=BEN, role=Role.HOST))) == "not_allowed"


def test_a_guest_is_given_no_role() -> None:
    story = _with_two_hosts()
    story.do(StepOut(by=TOM, member_id=BEN))
    for role in (Role.HOST, Role.GREETER):
        assert code_of(story.try_(GiveRole(by=TOM, member_id=BEN, role=role))) == "no_such_member"


def test_a_new_keeper_of_order_is_kept_apart_from_nobody() -> None:
    story = peopled_story()
    story.do(BlockMember(by=MAYA, member_id=JO))
    assert story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY)) == (
        RoleGiven(member_id=JO, role=Role.SAFETY),
        MemberUnblocked(by=MAYA, member_id=JO),
    )


def test_hosts_do_not_depose_each_other() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=MemberId(44), name="Ada", role=Role.SECRETARY))
    for by, other in ((TOM, MemberId(44)), (MemberId(44), TOM), (TOM, TOM)):
        refused = story.try_(GiveRole(by=by, member_id=other, role=Role.MEMBER))
        assert code_of(refused) == "higher_rank"
    assert code_of(story.try_(GiveRole(by=TOM, member_id=NOBODY, role=Role.READER))) == "no_such_member"


# --- roles ----------------------------------------------------------------------------------


def test_a_role_is_given_and_taken() -> None:
    story = peopled_story()
    given = GiveRole(by=TOM, member_id=MAYA, role=Role.SAFETY)
    assert story.do(given) == (RoleGiven(member_id=MAYA, role=Role.SAFETY),)
    assert story.do(given) == ()
    story.do(MuteMember(by=MAYA, member_id=JO))
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER))
    assert code_of(story.try_(LiftMute(by=MAYA, member_id=JO))) == "not_allowed"


def test_a_role_that_ends_closes_the_microphone_it_opened_for_good() -> None:
    story = peopled_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS))
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.READER))
    story.do(SetMicrophone(by=MAYA, on=True))
    ended = story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER))
    assert ended == (RoleGiven(member_id=MAYA, role=Role.MEMBER), AllMuted(members=(MAYA,)))
    story.do(SetFloor(by=TOM, mode=FloorMode.OPEN, limit_ms=SHARE_LIMIT_MS))
    assert not story.is_heard(MAYA)


def test_an_older_ticket_brings_back_no_older_role() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.SAFETY))
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER))
    story.do(LeaveRoom(by=MAYA))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.SAFETY))
    assert story.member(MAYA).role is Role.MEMBER
    story.do(LeaveRoom(by=MAYA))
    story.do(SetFreeze(by=TOM, on=True))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.SAFETY))
    assert MAYA not in story.room.members  # waits like everybody


# --- calm -----------------------------------------------------------------------------------


def test_a_freeze_is_one_act() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.READER))
    for who in (MAYA, TOM, JO):
        story.do(SetMicrophone(by=who, on=True))
    freeze = SetFreeze(by=TOM, on=True)
    assert story.do(freeze) == (RoomFrozen(on=True), AllMuted(members=(MAYA,)))
    assert story.do(freeze) == ()
    assert [story.is_heard(who) for who in (MAYA, TOM, JO)] == [False, True, True]
    story.do(PostChat(by=JO, n=1, text="We read on."))
    frozen: tuple[Command, ...] = (
        PostChat(by=MAYA, n=1, text="x"),
        RenameSelf(by=MAYA, name="x"),
        SetMicrophone(by=MAYA, on=True),
        GiveFloor(by=TOM, member_id=MAYA),
    )
    for command in frozen:
        assert code_of(story.try_(command)) == "frozen"
    story.do(RenameSelf(by=JO, name="Joanna"))
    story.do(RaiseHand(by=MAYA, lane=Lane.SHARE))  # to be called when it is calm again
    assert story.do(SetFreeze(by=TOM, on=False)) == (RoomFrozen(on=False),)
    assert not story.is_heard(MAYA)  # each opens the own microphone
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)


def test_a_freeze_closes_the_microphone_of_the_floor_too() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(SetFreeze(by=TOM, on=True))
    assert not story.is_heard(MAYA)


def test_a_quiet_room_freezes_without_closing_anything() -> None:
    assert peopled_story().do(SetFreeze(by=TOM, on=True)) == (RoomFrozen(on=True),)


def test_a_lock() -> None:
    story = peopled_story()
    assert story.do(SetLock(by=TOM, on=True)) == (RoomLocked(on=True),)
    assert story.do(SetLock(by=TOM, on=True)) == ()
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
    assert story.do(SetLock(by=TOM, on=False)) == (RoomLocked(on=False),)


def test_mute_all_closes_the_microphones_and_each_may_open_the_own() -> None:
    story = peopled_story()
    for who in (MAYA, TOM, JO):
        story.do(SetMicrophone(by=who, on=True))
    assert story.do(MuteAll(by=TOM)) == (AllMuted(members=(MAYA, JO)),)
    assert story.do(MuteAll(by=TOM)) == ()
    assert [story.is_heard(who) for who in (MAYA, TOM, JO)] == [False, True, False]
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)


def test_an_erased_line_keeps_its_place_and_nothing_else() -> None:
    story = peopled_story()
    story.do(PostChat(by=JO, n=1, text="slur"))
    seq = story.room.chat[0].seq
    assert story.do(EraseLine(by=TOM, seq=seq)) == (LineErased(line_seq=seq, by=TOM),)
    assert story.do(EraseLine(by=TOM, seq=seq)) == ()
    assert (story.room.chat[0].text, story.room.chat[0].retracted) == ("", True)
    assert code_of(story.try_(EraseLine(by=TOM, seq=seq + 1))) == "no_such_line"


def test_the_rules_of_chat() -> None:
    story = peopled_story()
    rules = SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=1_000)
    assert story.do(rules) == (ChatSet(mode=ChatMode.HOSTS, slow_ms=1_000),)
    assert story.do(rules) == ()
    for slow_ms in (-1, SLOW_MAX_MS + 1):
        refused = story.try_(SetChat(by=TOM, mode=ChatMode.HOSTS, slow_ms=slow_ms))
        assert code_of(refused) == "out_of_bounds"


# --- strangers and guests -------------------------------------------------------------------


def test_a_freeze_groups_the_strangers_who_came_just_before() -> None:
    story = peopled_story()
    gone, early, old, late, trusted = (MemberId(number) for number in range(200, 205))
    for who in (gone, old):
        story.do(JoinRoom(member_id=who, name=letters(who)))
    story.now_ms += 1
    story.do(JoinRoom(member_id=early, name=letters(early)))
    story.now_ms += BURST_BEFORE_FREEZE_MS
    story.do(LeaveRoom(by=gone))
    for who in (late, trusted):
        story.do(JoinRoom(member_id=who, name=letters(who)))
    story.do(GiveRole(by=TOM, member_id=trusted, role=Role.READER))
    facts = story.do(SetFreeze(by=TOM, on=True))
    assert facts == (RoomFrozen(on=True), BurstSeen(members=(early, late)))
    assert story.do(SetFreeze(by=TOM, on=False)) == (RoomFrozen(on=False), BurstSeen(members=()))
    assert story.room.burst == ()


def test_one_stranger_is_no_group() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=NOBODY, name="New"))
    assert story.do(SetFreeze(by=TOM, on=True)) == (RoomFrozen(on=True),)


def test_a_guest_is_removed_like_a_member() -> None:
    story = peopled_story()
    story.do(SetFreeze(by=TOM, on=True))
    story.do(JoinRoom(member_id=NOBODY, name="New"))
    remove = RemoveMember(by=TOM, member_id=NOBODY)
    assert code_of(story.try_(RemoveMember(by=MAYA, member_id=NOBODY))) == "not_allowed"
    assert story.do(remove) == (GuestLeft(member_id=NOBODY, by=TOM),)
    assert story.do(remove) == ()
    assert code_of(story.try_(JoinRoom(member_id=NOBODY, name="New"))) == "was_removed"


def test_a_guest_whom_the_roster_trusts_is_removed_by_a_higher_rank_only() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    story.commit(PassNoted(member_id=MAYA, pass_=Pass(may_be=Role.COHOST)))
    story.do(StepOut(by=TOM, member_id=MAYA))
    assert code_of(story.try_(RemoveMember(by=JO, member_id=MAYA))) == "higher_rank"
    story.do(RemoveMember(by=TOM, member_id=MAYA))
