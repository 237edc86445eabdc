import pytest
from msgspec.structs import replace

from rooms.commands import (
    AddTime,
    CloseRoom,
    GiveFloor,
    GiveRole,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    OpenRoom,
    RaiseHand,
    SetFloor,
    SetMicrophone,
    SetPhase,
)
from rooms.facts import (
    AllMuted,
    FloorSet,
    PhaseSet,
    RoomClosed,
    RoomOpened,
    ShareBegan,
    ShareEnded,
    WatchSet,
)
from rooms.host_commands import SetRules
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import MINUTE_MS, PHASE_MAX_MS, SHARE_LIMIT_MS, SHARE_OVER_MS
from rooms.model import FloorMode, Lane, Phase, RoomSettings, Rules, Share, Watch
from rooms.roles import Role
from rooms.timekeeping import is_watched
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, code_of, open_story, peopled_story

NOBODY = MemberId(99)
HOUR_MS = 3_600_000
OVER_MS = SHARE_LIMIT_MS + SHARE_OVER_MS


def timed_story(mode: FloorMode = FloorMode.HANDS, limit_ms: int = SHARE_LIMIT_MS, **rules: bool) -> Story:
    """Maya, Tom who leads, and Jo, where turns are taken like this."""
    story = peopled_story()
    story.do(KeepTime())
    story.do(SetFloor(by=TOM, mode=mode, limit_ms=limit_ms))
    story.do(SetRules(by=TOM, rules=Rules(**rules)))
    return story


def safe_story(limit_ms: int = SHARE_LIMIT_MS) -> Story:
    """Maya and Jo in safe mode: nobody leads."""
    story = timed_story(limit_ms=limit_ms)
    story.do(LeaveRoom(by=TOM))
    story.commit(WatchSet(watch=Watch(was_led=True, lost_ms=START_MS, is_safe=True, floor=FloorMode.HANDS)))
    return story


# --- phases ---------------------------------------------------------------------------------


def test_a_meeting_goes_through_its_phases_and_back() -> None:
    story = timed_story(FloorMode.OPEN)
    ends_ms = START_MS + HOUR_MS
    for phase in (Phase.DOORS, Phase.ON, Phase.FELLOWSHIP, Phase.ON):
        assert story.do(SetPhase(by=TOM, phase=phase, ends_ms=ends_ms)) == (
            PhaseSet(phase=phase, ends_ms=ends_ms),
        )
        assert story.do(SetPhase(by=TOM, phase=phase, ends_ms=ends_ms)) == ()
        assert (story.room.phase, story.room.ends_ms) == (phase, ends_ms)


@pytest.mark.parametrize("after_ms", [-HOUR_MS, 0, PHASE_MAX_MS + 1])
def test_an_end_that_hosts_choose_is_within_a_day(after_ms: int) -> None:
    story = timed_story()
    chosen = SetPhase(by=TOM, phase=Phase.ON, ends_ms=START_MS + after_ms)
    assert code_of(story.try_(chosen)) == "out_of_bounds"
    for ends_ms in (START_MS + 1, START_MS + PHASE_MAX_MS, 0):
        story.do(SetPhase(by=TOM, phase=Phase.ON, ends_ms=ends_ms))
        assert story.room.ends_ms == ends_ms


def test_what_the_schedule_says_stands() -> None:
    story = timed_story()
    late = SetPhase(phase=Phase.ON, ends_ms=START_MS - 1)
    assert story.do(late) == (PhaseSet(phase=Phase.ON, ends_ms=START_MS - 1),)


def test_who_sets_the_phase_and_who_closes() -> None:
    story = timed_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    for who, code in ((MAYA, "not_allowed"), (JO, "not_allowed"), (NOBODY, "not_a_member")):
        assert code_of(story.try_(SetPhase(by=who, phase=Phase.FELLOWSHIP, ends_ms=0))) == code
        assert code_of(story.try_(CloseRoom(by=who))) == code
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.COHOST))
    story.do(SetPhase(by=JO, phase=Phase.FELLOWSHIP, ends_ms=0))
    assert code_of(story.try_(CloseRoom(by=JO))) == "not_allowed"
    assert story.do(CloseRoom(by=TOM)) == (RoomClosed(),)
    assert story.record.room is None
    assert code_of(story.try_(CloseRoom(by=TOM))) == "no_room"


def test_the_schedule_closes_a_room() -> None:
    story = open_story()
    assert story.do(CloseRoom()) == (RoomClosed(),)


def test_fellowship_is_open_and_the_share_is_over_without_closing_a_microphone() -> None:
    story = timed_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0)) == (
        PhaseSet(phase=Phase.FELLOWSHIP, ends_ms=0),
        WatchSet(watch=Watch(was_led=True, floor=FloorMode.HANDS)),
        FloorSet(mode=FloorMode.OPEN, limit_ms=SHARE_LIMIT_MS),
        ShareEnded(member_id=MAYA, had_turn=True),
    )
    assert story.is_heard(MAYA)
    assert story.do(KeepTime()) == ()
    assert story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=START_MS + 1)) == (
        PhaseSet(phase=Phase.FELLOWSHIP, ends_ms=START_MS + 1),
    )


def test_back_in_the_meeting_turns_are_taken_as_before() -> None:
    story = timed_story()
    story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.do(SetPhase(by=TOM, phase=Phase.ON, ends_ms=0)) == (
        PhaseSet(phase=Phase.ON, ends_ms=0),
        WatchSet(watch=Watch(was_led=True)),
        FloorSet(mode=FloorMode.HANDS, limit_ms=SHARE_LIMIT_MS),
        AllMuted(members=(MAYA,)),
    )
    assert story.do(KeepTime()) == ()


def test_the_next_sitting_finds_the_turns_of_the_meeting_not_of_fellowship() -> None:
    story = timed_story()
    story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
    assert story.room.floor.mode is FloorMode.OPEN
    assert story.room.settings.floor is FloorMode.HANDS
    story.do(SetFloor(by=TOM, mode=FloorMode.LISTEN, limit_ms=0))
    assert story.room.settings.floor is FloorMode.HANDS
    story.do(SetPhase(phase=Phase.ON, ends_ms=0))
    assert story.room.settings.floor is FloorMode.HANDS


def test_a_room_that_opens_in_fellowship_is_open_and_remembers_the_turns_of_the_meeting() -> None:
    story = open_story()
    story.do(CloseRoom())
    opened = story.do(
        OpenRoom(
            slug=RoomSlug("talk"),
            title="Talk",
            about="",
            meeting_id=MeetingId("m2"),
            settings=RoomSettings(floor=FloorMode.ROUND, limit_ms=0),
            phase=Phase.FELLOWSHIP,
        )
    )
    assert isinstance(opened[0], RoomOpened)
    assert opened[1:] == (
        WatchSet(watch=Watch(floor=FloorMode.ROUND)),
        FloorSet(mode=FloorMode.OPEN, limit_ms=0),
    )
    assert story.room.settings.floor is FloorMode.ROUND


def test_in_safe_mode_fellowship_changes_no_turns() -> None:
    story = safe_story()
    story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
    assert story.room.floor.mode is FloorMode.HANDS
    story.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
    story.do(KeepTime())
    assert story.room.floor.mode is FloorMode.OPEN  # somebody leads: now it is fellowship like any other
    assert story.room.settings.floor is FloorMode.HANDS


# --- shares that are over -------------------------------------------------------------------


def test_time_ends_a_share_only_where_the_group_lets_it() -> None:
    for closes_share in (False, True):
        story = timed_story(closes_share=closes_share)
        story.do(GiveFloor(by=TOM, member_id=MAYA))
        story.do(SetMicrophone(by=MAYA, on=True))
        story.now_ms += OVER_MS - 1
        assert story.do(KeepTime()) == ()
        story.now_ms += 1
        ended = (ShareEnded(member_id=MAYA, had_turn=True),) if closes_share else ()
        assert story.do(KeepTime()) == ended
        assert story.is_heard(MAYA) is not closes_share
        assert story.do(KeepTime()) == ()


def test_time_that_was_added_counts_and_a_share_without_limit_has_no_end() -> None:
    story = timed_story(closes_share=True)
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(AddTime(by=TOM, more_ms=MINUTE_MS))
    story.now_ms += OVER_MS + MINUTE_MS - 1
    assert story.do(KeepTime()) == ()
    story.now_ms += 1
    story.do(KeepTime())
    assert story.room.floor.share is None
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.now_ms += 10 * HOUR_MS
    assert story.do(KeepTime()) == ()


def test_where_somebody_leads_time_calls_nobody() -> None:
    story = timed_story(closes_share=True)
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    assert story.do(KeepTime()) == ()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.now_ms += OVER_MS
    story.do(KeepTime())
    assert story.do(KeepTime()) == ()
    assert story.room.floor.share is None


def test_in_safe_mode_the_timer_runs_the_queue() -> None:
    story = safe_story()
    assert story.do(KeepTime()) == ()
    story.do(RaiseHand(by=MAYA, lane=Lane.SHARE))
    story.do(RaiseHand(by=JO, lane=Lane.MINUTE))
    assert story.do(KeepTime()) == (ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=SHARE_LIMIT_MS),)
    story.now_ms += OVER_MS - 1
    assert story.do(KeepTime()) == ()
    story.now_ms += 1
    assert story.do(KeepTime()) == (
        ShareEnded(member_id=MAYA, had_turn=True),
        ShareBegan(member_id=JO, lane=Lane.MINUTE, limit_ms=MINUTE_MS),
    )
    story.now_ms += MINUTE_MS + SHARE_OVER_MS
    assert story.do(KeepTime()) == (ShareEnded(member_id=JO, had_turn=True),)
    assert story.do(KeepTime()) == ()


def test_in_safe_mode_a_room_without_a_limit_has_one() -> None:
    story = safe_story(limit_ms=0)
    story.do(RaiseHand(by=MAYA, lane=Lane.SHARE))
    assert story.do(KeepTime()) == (ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=SHARE_LIMIT_MS),)


# --- rooms at rest --------------------------------------------------------------------------


def test_a_room_that_nobody_has_come_to_is_not_watched() -> None:
    assert not is_watched(open_story().room)


def test_a_room_with_somebody_is_watched_until_time_has_seen_them_go() -> None:
    story = timed_story()
    assert is_watched(story.room)
    for who in (MAYA, TOM, JO):
        story.do(LeaveRoom(by=who))
    assert is_watched(story.room)
    story.do(KeepTime())
    assert not is_watched(story.room)


def test_a_share_that_goes_on_is_watched() -> None:
    share = Share(member_id=MAYA, lane=Lane.SHARE, since_ms=START_MS, limit_ms=0)
    floor = replace(open_story().room.floor, share=share)
    assert is_watched(replace(open_story().room, floor=floor))
