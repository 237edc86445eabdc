import pytest

from rooms.commands import (
    Command,
    GiveFloor,
    GiveRole,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    ResumeSeat,
    SetFloor,
    SetMicrophone,
    SetPhase,
    StrandMember,
)
from rooms.facts import AllMuted, DutySet, FloorSet, RoleGiven, TimeAdded, WatchSet
from rooms.host_commands import DeclineLead, SetSheet, ShowCue, TakeLead
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import LEAD_ASK_MS, LEAD_LOST_MS, LEAD_SAFE_MS, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MS
from rooms.model import Cue, DoorMode, FloorMode, Pass, Phase, Sheet, Watch
from rooms.roles import Ability, Role, may
from rooms.sitting import has_leader
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, code_of, open_story, peopled_story

ADA, BEN, CLEO, NOBODY = MemberId(44), MemberId(55), MemberId(66), MemberId(99)
LED = Watch(was_led=True)


def tick(story: Story, after_ms: int = 0) -> None:
    story.now_ms += after_ms
    story.do(KeepTime())


def come(story: Story, who: MemberId, name: str, role: Role = Role.MEMBER, **known: object) -> None:
    story.do(JoinRoom(member_id=who, name=name, role=role, pass_=Pass(is_known=True, **known)))  # type: ignore[arg-type]


def led_story() -> Story:
    """Maya and Jo, and Tom who leads."""
    story = peopled_story()
    tick(story)
    return story


def lost_story(*, to_ask: bool = True) -> Story:
    """Tom's telephone has died.

    Ada and Ben are on the roster's list, second and first, and Cleo reads.
    """
    story = led_story()
    if to_ask:
        come(story, ADA, "Ada", may_be=Role.COHOST, place=2)
        come(story, BEN, "Ben", may_be=Role.SECRETARY, place=1)
        come(story, CLEO, "Cleo", Role.READER)
    story.do(StrandMember(member_id=TOM))
    tick(story)
    return story


def asked(story: Story) -> MemberId:
    return story.room.watch.asked


def come_back(story: Story) -> None:
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))


# --- who leads ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_somebody_leads_where_one_who_may_run_the_floor_is_present(role: Role) -> None:
    story = open_story()
    story.do(JoinRoom(member_id=TOM, name="Tom", role=role))
    assert has_leader(story.room) is may(role, Ability.RUN_FLOOR)
    tick(story)
    assert story.room.watch.was_led is may(role, Ability.RUN_FLOOR)
    story.do(StrandMember(member_id=TOM))
    assert not has_leader(story.room)


def test_where_somebody_leads_there_is_nothing_to_do() -> None:
    story = led_story()
    assert story.room.watch == LED
    for _ in range(3):
        story.now_ms += 10 * LEAD_LOST_MS
        assert story.do(KeepTime()) == ()


def test_a_room_that_was_never_led_needs_nobody() -> None:
    story = open_story()
    come(story, MAYA, "Maya")
    come(story, ADA, "Ada", may_be=Role.HOST, place=1)
    for _ in range(3):
        story.now_ms += 10 * LEAD_LOST_MS
        assert story.do(KeepTime()) == ()


# --- asking ---------------------------------------------------------------------------------


def test_for_a_while_nobody_is_asked() -> None:
    story = lost_story()
    assert story.room.watch == Watch(was_led=True, lost_ms=START_MS)
    story.now_ms += LEAD_LOST_MS - 1
    assert story.do(KeepTime()) == ()
    come_back(story)
    assert story.do(KeepTime()) == (WatchSet(watch=LED),)


def test_one_after_the_other_is_asked_by_the_list_then_by_trust() -> None:
    story = lost_story()
    story.do(JoinRoom(member_id=MemberId(77), name="Dan", role=Role.SAFETY))
    come(story, MemberId(88), "Eve", may_be=Role.HOST)  # on the roster, not on the list
    tick(story, LEAD_LOST_MS)
    assert story.room.watch == Watch(was_led=True, lost_ms=START_MS, asked=BEN, asked_ms=story.now_ms)
    story.now_ms += LEAD_ASK_MS - 1
    assert story.do(KeepTime()) == ()
    order = [asked(story)]
    tick(story, 1)
    for _ in range(3):
        order.append(asked(story))
        tick(story, LEAD_ASK_MS)
    assert order == [BEN, ADA, MemberId(77), CLEO]
    assert asked(story) == CLEO  # the last stays asked
    assert story.room.watch.passed == (BEN, ADA, MemberId(77))


def test_whoever_is_away_or_goes_is_not_waited_for() -> None:
    story = lost_story()
    story.do(StrandMember(member_id=BEN))
    tick(story, LEAD_LOST_MS)
    assert asked(story) == ADA
    story.do(LeaveRoom(by=ADA))
    tick(story)
    assert asked(story) == CLEO
    story.do(StrandMember(member_id=CLEO))
    tick(story)
    assert asked(story) == NO_MEMBER
    assert story.do(KeepTime()) == ()
    come(story, ADA, "Ada", may_be=Role.COHOST, place=2)  # a new seat
    tick(story)
    assert asked(story) == ADA


def test_a_no_asks_the_next_at_once() -> None:
    story = lost_story()
    tick(story, LEAD_LOST_MS)
    story.do(DeclineLead(by=BEN))
    assert asked(story) == ADA
    assert story.do(DeclineLead(by=BEN)) == ()
    story.do(DeclineLead(by=ADA))
    story.do(DeclineLead(by=CLEO))
    assert asked(story) == NO_MEMBER
    assert story.do(KeepTime()) == ()
    assert story.room.watch.passed == (BEN, ADA, CLEO)


def test_only_whoever_is_asked_can_say_no() -> None:
    story = lost_story()
    assert code_of(story.try_(DeclineLead(by=BEN))) == "not_asked"
    tick(story, LEAD_LOST_MS)
    assert code_of(story.try_(DeclineLead(by=MAYA))) == "not_asked"
    assert code_of(story.try_(DeclineLead(by=NOBODY))) == "not_a_member"


# --- taking the lead ------------------------------------------------------------------------


def test_whoever_is_asked_leads_as_a_host() -> None:
    story = lost_story()
    tick(story, LEAD_LOST_MS)
    for _ in range(2):
        tick(story, LEAD_ASK_MS)
    assert asked(story) == CLEO
    assert story.do(TakeLead(by=CLEO)) == (
        RoleGiven(member_id=CLEO, role=Role.HOST),
        WatchSet(watch=LED),
    )
    assert story.do(KeepTime()) == ()
    assert story.do(TakeLead(by=CLEO)) == ()


def test_a_late_yes_and_a_yes_after_a_no_count_while_nobody_leads() -> None:
    story = lost_story()
    tick(story, LEAD_LOST_MS)
    tick(story, LEAD_ASK_MS)
    story.do(DeclineLead(by=ADA))
    for who, role in ((ADA, Role.HOST), (BEN, Role.SECRETARY)):
        other = Story()
        other.now_ms, other.record = story.now_ms, story.record
        other.do(TakeLead(by=who))
        assert other.member(who).role is role
    come_back(story)
    tick(story)
    assert code_of(story.try_(TakeLead(by=CLEO))) == "not_asked"


def test_whom_the_roster_trusts_takes_the_lead_at_any_time() -> None:
    story = led_story()
    come(story, ADA, "Ada", may_be=Role.COHOST)
    assert story.do(TakeLead(by=ADA)) == (RoleGiven(member_id=ADA, role=Role.COHOST),)
    come(story, BEN, "Ben", may_be=Role.SAFETY)
    for who in (MAYA, BEN):
        assert code_of(story.try_(TakeLead(by=who))) == "not_asked"
    assert code_of(story.try_(TakeLead(by=NOBODY))) == "not_a_member"
    assert story.do(TakeLead(by=TOM)) == ()


def test_whose_role_a_host_took_away_is_not_given_it_by_the_roster() -> None:
    story = led_story()
    come(story, ADA, "Ada", may_be=Role.COHOST, place=1)
    story.do(TakeLead(by=ADA))
    story.do(GiveRole(by=TOM, member_id=ADA, role=Role.MEMBER))
    assert code_of(story.try_(TakeLead(by=ADA))) == "not_asked"
    story.do(LeaveRoom(by=TOM))
    tick(story)
    tick(story, LEAD_LOST_MS)
    assert asked(story) == NO_MEMBER


# --- safe mode ------------------------------------------------------------------------------


def test_safe_mode_begins_a_minute_after_the_asking() -> None:
    story = lost_story()
    tick(story, LEAD_LOST_MS)
    for _ in range(3):
        tick(story, LEAD_ASK_MS)
        is_safe = story.now_ms >= START_MS + LEAD_LOST_MS + LEAD_SAFE_MS
        assert story.room.watch.is_safe is is_safe
    assert story.room.watch.is_safe
    assert asked(story) == CLEO


def test_safe_mode_begins_as_late_where_nobody_can_be_asked() -> None:
    story = lost_story(to_ask=False)
    story.do(SetMicrophone(by=MAYA, on=True))
    story.now_ms += LEAD_LOST_MS + LEAD_SAFE_MS - 1
    assert story.do(KeepTime()) == ()
    story.now_ms += 1
    assert story.do(KeepTime()) == (
        WatchSet(watch=Watch(was_led=True, lost_ms=START_MS, is_safe=True, floor=FloorMode.OPEN)),
        FloorSet(mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS),
        AllMuted(members=(MAYA,)),
    )
    assert story.do(KeepTime()) == ()
    assert story.room.settings.floor is FloorMode.OPEN


def safe_story(mode: FloorMode = FloorMode.OPEN) -> Story:
    story = led_story()
    story.do(SetFloor(by=TOM, mode=mode, limit_ms=0))
    story.do(StrandMember(member_id=TOM))
    tick(story)
    tick(story, LEAD_LOST_MS + LEAD_SAFE_MS)
    assert story.room.watch.is_safe
    return story


def test_a_share_without_a_limit_gets_one_when_nobody_can_end_it() -> None:
    first_ms = LEAD_LOST_MS + LEAD_SAFE_MS + SHARE_LIMIT_MS
    for shared_ms, limit_ms in ((0, first_ms), (SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MAX_MS)):
        story = led_story()
        story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
        story.do(GiveFloor(by=TOM, member_id=MAYA))
        story.now_ms += shared_ms
        story.do(StrandMember(member_id=TOM))
        tick(story)
        story.now_ms += LEAD_LOST_MS + LEAD_SAFE_MS
        assert story.do(KeepTime())[-1] == TimeAdded(limit_ms=limit_ms)


def test_a_share_with_a_limit_keeps_it() -> None:
    story = led_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(StrandMember(member_id=TOM))
    tick(story)
    story.now_ms += LEAD_LOST_MS + LEAD_SAFE_MS
    (only,) = story.do(KeepTime())
    assert isinstance(only, WatchSet)


@pytest.mark.parametrize("mode", FloorMode)
def test_turns_are_taken_as_before_when_somebody_leads_again(mode: FloorMode) -> None:
    story = safe_story(mode)
    assert story.room.floor.mode is FloorMode.HANDS
    come_back(story)
    tick(story)
    assert (story.room.watch, story.room.floor.mode) == (LED, mode)
    assert story.do(KeepTime()) == ()


def test_taking_the_lead_ends_safe_mode_in_one_act() -> None:
    story = safe_story()
    come(story, ADA, "Ada", may_be=Role.HOST, place=1)
    tick(story)
    assert asked(story) == ADA  # also now
    assert story.room.watch.is_safe
    assert story.do(TakeLead(by=ADA)) == (
        RoleGiven(member_id=ADA, role=Role.HOST),
        WatchSet(watch=LED),
        FloorSet(mode=FloorMode.OPEN, limit_ms=0),
    )


@pytest.mark.parametrize(
    "command",
    [
        SetFloor(by=TOM, mode=FloorMode.LISTEN, limit_ms=0),
        ShowCue(by=TOM, at=0),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_a_host_chooses_on_coming_back_stands(command: Command) -> None:
    story = safe_story()
    come_back(story)
    story.do(SetSheet(by=TOM, sheet=Sheet(title="S", cues=(Cue(title="C", floor=FloorMode.LISTEN),))))
    story.do(command)
    tick(story)
    assert (story.room.watch, story.room.floor.mode) == (LED, FloorMode.LISTEN)


def test_the_mode_of_safe_mode_can_be_chosen_too() -> None:
    story = safe_story()
    come_back(story)
    assert story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0)) == (WatchSet(watch=LED),)
    tick(story)
    assert story.room.floor.mode is FloorMode.HANDS


def test_safe_mode_in_fellowship_remembers_the_turns_of_the_meeting() -> None:
    story = led_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0))
    story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
    story.do(StrandMember(member_id=TOM))
    tick(story)
    tick(story, LEAD_LOST_MS + LEAD_SAFE_MS)
    assert (story.room.floor.mode, story.room.settings.floor) == (FloorMode.HANDS, FloorMode.ROUND)
    come_back(story)
    tick(story)
    assert (story.room.floor.mode, story.room.settings.floor) == (FloorMode.OPEN, FloorMode.ROUND)


def test_a_room_that_everybody_has_left_is_as_if_nobody_had_led() -> None:
    story = safe_story()
    for who in (MAYA, JO, TOM):
        story.do(LeaveRoom(by=who))
    tick(story)
    assert (story.room.watch, story.room.floor.mode) == (Watch(), FloorMode.OPEN)
    assert story.do(KeepTime()) == ()


def test_a_guest_at_the_door_needs_somebody() -> None:
    story = safe_story()
    assert story.room.rules.door is DoorMode.OPEN
    story.do(JoinRoom(member_id=ADA, name="Ada"))
    assert story.waiting() == [ADA]
    for who in (MAYA, JO, TOM):
        story.do(LeaveRoom(by=who))
    tick(story)
    assert story.room.watch.is_safe


# --- shifts ---------------------------------------------------------------------------------


def test_whoever_has_the_shift_is_shown_and_asked_first() -> None:
    story = led_story()
    come(story, ADA, "Ada", may_be=Role.COHOST, place=2, account="ada")
    come(story, BEN, "Ben", may_be=Role.SECRETARY, place=1, account="ben")
    assert story.do(KeepTime(on_duty=("nobody here", "ada"))) == (DutySet(members=(ADA,)),)
    assert story.do(KeepTime(on_duty=("nobody here", "ada"))) == ()
    story.do(StrandMember(member_id=TOM))
    for _ in range(2):
        story.now_ms += LEAD_LOST_MS
        story.do(KeepTime(on_duty=("ada",)))
    assert asked(story) == ADA  # before Ben, whose place in the list is better
    assert story.do(KeepTime()) == (DutySet(members=()),)


def test_a_shift_gives_nothing_to_whom_the_roster_does_not_trust_with_it() -> None:
    story = led_story()
    come(story, ADA, "Ada", account="ada")
    story.do(KeepTime(on_duty=("ada",)))
    story.do(StrandMember(member_id=TOM))
    for _ in range(2):
        story.now_ms += LEAD_LOST_MS
        story.do(KeepTime(on_duty=("ada",)))
    assert asked(story) == NO_MEMBER
