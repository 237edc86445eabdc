import pytest
from msgspec.structs import replace

from rooms.commands import (
    Command,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    PostChat,
    RaiseHand,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    SetFreeze,
    SetLock,
    SetMicrophone,
    StrandMember,
)
from rooms.door import is_under
from rooms.facts import (
    BanPlaced,
    GuestHeld,
    GuestLeft,
    GuestTold,
    MemberJoined,
    RulesSet,
    WatchSet,
)
from rooms.host_commands import (
    AdmitAll,
    AdmitGuest,
    HoldGuest,
    LearnBan,
    LiftRemoval,
    StepOut,
    TellGuest,
    TurnAway,
)
from rooms.ids import MemberId
from rooms.limits import DOOR_LINES_MAX, DOOR_TEXT_MAX_CHARS, GUESTS_MAX, ROOM_MAX_MEMBERS
from rooms.model import Ban, BanReason, DoorMode, Lane, Pass, Rules, Watch
from rooms.refusals import Refusal
from rooms.roles import Ability, Role, may
from tests.rooms.story import JO, KNOWN, MAYA, START_MS, TOM, Story, code_of, peopled_story

ANN, BEN, EVE = MemberId(101), MemberId(102), MemberId(103)
ANNS, EVES = Pass(device="ann"), Pass(device="eve")
HOUR_MS = 3_600_000


def guarded(**rules: object) -> Story:
    """Maya, Tom and Jo inside, and these rules of the group."""
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(**rules)))  # type: ignore[arg-type]
    return story


def at_door() -> Story:
    """As `guarded`; Ann waits at the door."""
    story = guarded(door=DoorMode.STRANGERS)
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    assert story.waiting() == [ANN]
    return story


def ban_of(device: str = "", branch: str = "", hours: int = 24) -> Ban:
    until_ms = START_MS + hours * HOUR_MS
    return Ban(
        ban_id="b1",
        reason=BanReason.HATE,
        placed_ms=START_MS,
        until_ms=until_ms,
        device=device,
        branch=branch,
    )


def came(story: Story, pass_: Pass = EVES, role: Role = Role.MEMBER) -> str:
    """Let Eve come; return where she went, or why nowhere."""
    decision = story.try_(JoinRoom(member_id=EVE, name="Eve", role=role, pass_=pass_))
    if isinstance(decision, Refusal):
        return decision.code.value
    return "seat" if EVE in story.room.members else "wait"


# --- who is shut out -------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_a_banned_device_is_refused_with_the_reason_and_the_time_that_is_left(role: Role) -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of(device="eve")))
    refusal = story.try_(JoinRoom(member_id=EVE, name="Eve", role=role, pass_=EVES))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.suggestion, refusal.retry_ms) == ("banned", "hate", 24 * HOUR_MS)
    back = story.try_(ResumeSeat(by=EVE, name="Eve", role=role, pass_=EVES))
    assert code_of(back) == "banned"


def test_the_time_that_is_left_fits_a_timer() -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of(device="eve", hours=90 * 24)))
    refusal = story.try_(JoinRoom(member_id=EVE, name="Eve", pass_=EVES))
    assert isinstance(refusal, Refusal)
    assert refusal.retry_ms == 2**31 - 1


def test_of_two_bans_the_longer_one_is_told() -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of(device="eve", hours=48)))
    story.do(LearnBan(ban=replace(ban_of(device="eve", hours=24), ban_id="b2", reason=BanReason.FLOOD)))
    refusal = story.try_(JoinRoom(member_id=EVE, name="Eve", pass_=EVES))
    assert isinstance(refusal, Refusal)
    assert (refusal.suggestion, refusal.retry_ms) == ("hate", 48 * HOUR_MS)


def test_a_ban_ends_by_itself() -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of(device="eve")))
    story.now_ms = START_MS + 24 * HOUR_MS - 1
    assert came(story) == "banned"
    story.now_ms += 1
    assert came(story) == "seat"


@pytest.mark.parametrize(
    ("branch", "is_meant"),
    [("a/b", True), ("a/b/c", True), ("a", False), ("a/bc", False), ("b", False), ("", False)],
)
def test_whoever_came_by_a_banned_ones_invite_waits(branch: str, is_meant: bool) -> None:  # noqa: FBT001
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=Pass(device="ann", branch=branch, is_known=True)))
    story.do(LeaveRoom(by=ANN))
    story.do(LearnBan(ban=ban_of(branch="a/b")))
    pass_ = Pass(device="eve", branch=branch, is_known=True)
    assert came(story, pass_) == ("wait" if is_meant else "seat")
    assert is_under(branch, "a/b") is is_meant
    assert is_meant or EVE in story.room.members
    back = ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=Pass(device="ann", branch=branch))
    assert any(isinstance(fact, MemberJoined) for fact in story.do(back))  # who was in before is not to blame


def test_a_ban_of_nothing_means_nobody() -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of()))
    assert came(story, Pass()) == "seat"
    assert not is_under("", "")


def test_an_invite_that_led_somebody_banned_here_opens_no_locked_room() -> None:
    story = peopled_story()
    story.do(LearnBan(ban=ban_of(branch="a")))
    story.do(SetLock(by=TOM, on=True))
    assert came(story, Pass(branch="a")) == "locked"
    assert came(story, Pass(branch="a"), Role.READER) == "wait"


@pytest.mark.parametrize(
    "pass_",
    [Pass(device="eve"), Pass(device="eve", branch="x"), Pass(device="eve", branch="a/b", is_known=True)],
)
def test_who_was_removed_is_known_by_device(pass_: Pass) -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=Pass(device="eve", branch="a/b")))
    story.do(RemoveMember(by=TOM, member_id=ANN))
    assert came(story, pass_) == "was_removed"
    assert came(story, pass_, Role.READER) == "seat"  # another of the household, whom the group trusts


@pytest.mark.parametrize("pass_", [Pass(), Pass(device="x"), Pass(branch="a/b"), Pass(branch="a/b/c")])
def test_others_are_not_taken_for_whoever_was_removed(pass_: Pass) -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=Pass(device="eve", branch="a/b")))
    story.do(JoinRoom(member_id=BEN, name="Ben"))
    for who in (ANN, BEN):
        story.do(RemoveMember(by=TOM, member_id=who))
    assert came(story, pass_) == "seat"


def test_no_role_brings_back_the_one_who_was_removed() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA))
    assert code_of(story.try_(ResumeSeat(by=MAYA, name="Maya", role=Role.HOST))) == "was_removed"
    story.do(LiftRemoval(by=TOM, member_id=MAYA))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))


# --- who waits -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "stranger", "known"),
    [
        (DoorMode.OPEN, "seat", "seat"),
        (DoorMode.STRANGERS, "wait", "seat"),
        (DoorMode.EVERYBODY, "wait", "wait"),
    ],
)
def test_the_groups_door(mode: DoorMode, stranger: str, known: str) -> None:
    assert came(guarded(door=mode)) == stranger
    assert came(guarded(door=mode), KNOWN) == known
    assert came(guarded(door=mode), EVES, Role.READER) == "seat"


def test_in_safe_mode_whoever_is_known_comes_in_and_strangers_wait() -> None:
    for mode in DoorMode:
        story = guarded(door=mode)
        story.commit(WatchSet(watch=Watch(is_safe=True)))
        assert came(story, KNOWN) == "seat"
        story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
        assert story.waiting() == [ANN]


def test_strangers_wait_while_nobody_leads_where_the_group_wants_it() -> None:
    story = guarded(locks_alone=True)
    assert came(story) == "seat"
    story.do(LeaveRoom(by=EVE))
    story.do(StrandMember(member_id=TOM))
    assert came(story, KNOWN) == "seat"
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    assert story.waiting() == [ANN]
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))
    story.do(JoinRoom(member_id=BEN, name="Ben"))
    assert BEN in story.room.members
    alone = guarded()
    alone.do(LeaveRoom(by=TOM))
    assert came(alone) == "seat"


def test_a_lock_sends_away_and_a_freeze_lets_wait() -> None:
    story = peopled_story()
    story.do(SetLock(by=TOM, on=True))
    assert came(story) == "locked"
    story.do(SetFreeze(by=TOM, on=True))
    assert came(story) == "wait"
    assert came(peopled_story()) == "seat"


def test_whoever_comes_back_passes_a_lock_and_the_groups_door_but_no_freeze() -> None:
    story = guarded(door=DoorMode.EVERYBODY)
    story.do(SetLock(by=TOM, on=True))
    story.do(LeaveRoom(by=MAYA))
    back = ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER)
    story.do(back)
    assert MAYA in story.room.members
    story.do(LeaveRoom(by=MAYA))
    story.do(SetFreeze(by=TOM, on=True))
    story.do(back)
    assert story.waiting() == [MAYA]


def test_a_guests_ticket_opens_nothing() -> None:
    story = at_door()
    assert story.do(StrandMember(member_id=ANN)) == (GuestLeft(member_id=ANN),)
    assert story.do(StrandMember(member_id=ANN)) == ()
    back = ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=ANNS, is_guest=True)
    story.do(back)
    assert story.waiting() == [ANN]
    assert story.do(back) == ()
    story.do(LeaveRoom(by=ANN))
    story.do(SetLock(by=TOM, on=True))
    assert code_of(story.try_(back)) == "locked"


def test_a_full_room_and_a_full_door() -> None:
    story = at_door()
    story.fill(guests=GUESTS_MAX)
    assert came(story) == "room_full"
    assert came(story, KNOWN) == "seat"
    story = peopled_story()
    story.fill(members=ROOM_MAX_MEMBERS)
    assert came(story) == "room_full"
    assert came(story, EVES, Role.HOST) == "room_full"


# --- letting in ------------------------------------------------------------------------------


def test_a_guest_is_let_in() -> None:
    story = at_door()
    (joined,) = story.do(AdmitGuest(by=TOM, member_id=ANN))
    assert isinstance(joined, MemberJoined)
    ann = story.member(ANN)
    assert (ann.name, ann.role, ann.is_new, ann.joined_ms) == ("Ann", Role.MEMBER, True, story.now_ms)
    assert ann.mutes.by_self
    assert story.room.guests == ()
    assert story.do(AdmitGuest(by=TOM, member_id=ANN)) == ()
    assert code_of(story.try_(AdmitGuest(by=TOM, member_id=BEN))) == "no_such_guest"


def test_a_guest_who_was_banned_meanwhile_is_not_let_in() -> None:
    story = at_door()
    story.commit(BanPlaced(ban=ban_of(device="ann")))
    refusal = story.try_(AdmitGuest(by=TOM, member_id=ANN))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.suggestion) == ("banned", "hate")
    assert story.do(AdmitAll(by=TOM)) == ()


def test_nobody_is_let_into_a_full_room() -> None:
    story = at_door()
    story.fill(members=ROOM_MAX_MEMBERS)
    assert code_of(story.try_(AdmitGuest(by=TOM, member_id=ANN))) == "room_full"
    assert code_of(story.try_(AdmitAll(by=TOM))) == "room_full"


def test_all_are_let_in_but_those_who_are_held_and_no_more_than_there_are_seats() -> None:
    story = at_door()
    for number in range(200, 205):
        story.do(JoinRoom(member_id=MemberId(number), name=f"N {number}"))
    story.do(HoldGuest(by=TOM, member_id=ANN))
    story.fill(members=ROOM_MAX_MEMBERS - 3)
    story.do(AdmitAll(by=TOM))
    assert len(story.room.members) == ROOM_MAX_MEMBERS
    assert story.waiting() == [ANN, 203, 204]
    assert {MemberId(200), MemberId(201), MemberId(202)} <= set(story.room.members)


def test_with_nobody_at_the_door_nobody_is_let_in() -> None:
    assert peopled_story().do(AdmitAll(by=TOM)) == ()


def test_while_the_room_is_closed_only_those_who_keep_order_let_in() -> None:
    for close, code in ((SetFreeze(by=TOM, on=True), "frozen"), (SetLock(by=TOM, on=True), "locked")):
        story = at_door()
        story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.GREETER))
        story.do(close)
        for command in (AdmitGuest(by=MAYA, member_id=ANN), AdmitAll(by=MAYA)):
            assert code_of(story.try_(command)) == code
        story.do(AdmitGuest(by=TOM, member_id=ANN))
        assert ANN in story.room.members


def test_a_guest_with_a_role_of_this_sitting_has_it_again() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    story.do(GiveRole(by=TOM, member_id=ANN, role=Role.READER))
    story.do(StepOut(by=TOM, member_id=ANN))
    story.do(AdmitGuest(by=TOM, member_id=ANN))
    assert (story.member(ANN).role, story.member(ANN).is_new) == (Role.READER, False)


# --- talking at the door ---------------------------------------------------------------------


def test_a_guest_is_held_once() -> None:
    story = at_door()
    hold = HoldGuest(by=TOM, member_id=ANN)
    assert story.do(hold) == (GuestHeld(member_id=ANN),)
    assert story.do(hold) == ()
    assert story.room.guests[0].is_held
    story.do(AdmitGuest(by=TOM, member_id=ANN))
    assert code_of(story.try_(hold)) == "no_such_guest"


def test_a_guest_is_turned_away_for_this_sitting() -> None:
    story = at_door()
    away = TurnAway(by=TOM, member_id=ANN)
    assert story.do(away) == (GuestLeft(member_id=ANN, by=TOM),)
    assert story.do(away) == ()
    assert code_of(story.try_(TurnAway(by=TOM, member_id=BEN))) == "no_such_guest"
    assert came(story, ANNS) == "was_removed"
    back = ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, is_guest=True)
    assert code_of(story.try_(back)) == "was_removed"


def test_a_greeter_does_not_turn_away_whoever_keeps_order() -> None:
    story = peopled_story()
    for who, role in ((MAYA, Role.GREETER), (JO, Role.SAFETY)):
        story.do(GiveRole(by=TOM, member_id=who, role=role))
    story.do(StepOut(by=TOM, member_id=JO))
    assert code_of(story.try_(TurnAway(by=MAYA, member_id=JO))) == "higher_rank"
    story.do(TurnAway(by=TOM, member_id=JO))


def test_words_at_the_door() -> None:
    story = at_door()
    said = story.do(TellGuest(by=TOM, member_id=ANN, text="  Hi!\u200b "))
    assert said == (GuestTold(member_id=ANN, by=TOM, text="Hi!"),)
    story.do(TellGuest(by=ANN, member_id=ANN, text="It is me."))
    assert [(line.by, line.text) for line in story.room.guests[0].lines] == [(TOM, "Hi!"), (ANN, "It is me.")]
    for text, code in ((" ", "empty_text"), ("x" * (DOOR_TEXT_MAX_CHARS + 1), "text_too_long")):
        assert code_of(story.try_(TellGuest(by=ANN, member_id=ANN, text=text))) == code
    assert code_of(story.try_(TellGuest(by=TOM, member_id=BEN, text="x"))) == "no_such_guest"
    assert code_of(story.try_(TellGuest(by=TOM, member_id=TOM, text="x"))) == "no_such_guest"
    assert code_of(story.try_(TellGuest(by=MAYA, member_id=ANN, text="x"))) == "not_allowed"
    assert code_of(story.try_(TellGuest(by=BEN, member_id=BEN, text="x"))) == "not_a_member"
    for _ in range(DOOR_LINES_MAX):
        story.do(TellGuest(by=ANN, member_id=ANN, text="again"))
    assert len(story.room.guests[0].lines) == DOOR_LINES_MAX


def test_a_guest_talks_to_no_other_guest() -> None:
    story = at_door()
    story.do(JoinRoom(member_id=BEN, name="Ben"))
    assert code_of(story.try_(TellGuest(by=BEN, member_id=ANN, text="x"))) == "stepped_out"


def test_what_is_not_possible_at_the_door() -> None:
    story = at_door()
    commands: tuple[Command, ...] = (
        SetMicrophone(by=ANN, on=True),
        PostChat(by=ANN, n=1, text="x"),
        RenameSelf(by=ANN, name="x"),
        RaiseHand(by=ANN, lane=Lane.SHARE),
        AdmitGuest(by=ANN, member_id=ANN),
    )
    for command in commands:
        assert code_of(story.try_(command)) == "stepped_out"


@pytest.mark.parametrize(
    "command",
    [
        AdmitGuest(by=MAYA, member_id=ANN),
        AdmitAll(by=MAYA),
        HoldGuest(by=MAYA, member_id=ANN),
        TurnAway(by=MAYA, member_id=ANN),
        TellGuest(by=MAYA, member_id=ANN, text="x"),
    ],
    ids=lambda command: type(command).__name__,
)
@pytest.mark.parametrize("role", Role)
def test_the_door_is_kept_by_those_who_are_trusted_with_it(command: Command, role: Role) -> None:
    story = at_door()
    story.do(LeaveRoom(by=MAYA))
    assert code_of(story.try_(command)) == "not_a_member"
    story.do(ResumeSeat(by=MAYA, name="Maya", role=role))
    assert code_of(story.try_(command)) == ("" if may(role, Ability.KEEP_DOOR) else "not_allowed")
