from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rooms.commands import (
    AddTime,
    CallNext,
    EndShare,
    ExpireSeat,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    LowerAllHands,
    LowerHand,
    MoveHand,
    MuteAll,
    RaiseHand,
    RemoveMember,
    ResumeSeat,
    SetFloor,
    SetFreeze,
    SetMicrophone,
    SetPhase,
    StrandMember,
    WriteShare,
)
from rooms.facts import AllMuted, FloorSet, HandRaised, ShareBegan, ShareEnded, TimeAdded
from rooms.host_commands import SetRules
from rooms.ids import MemberId
from rooms.limits import (
    HANDS_MAX,
    MINUTE_MS,
    RESERVE_MS,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MIN_MS,
    SHARE_LIMIT_MS,
    SHARE_TEXT_MAX_CHARS,
)
from rooms.model import FloorMode, Hand, Lane, Phase, Rules
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story

ADA, BEN, CLEO = MemberId(44), MemberId(55), MemberId(66)
SIX = (MAYA, JO, ADA, BEN, CLEO, MemberId(77))
NOBODY = MemberId(99)


def hands_story(mode: FloorMode = FloorMode.HANDS, limit_ms: int = SHARE_LIMIT_MS) -> Story:
    """Six members and Tom, who is a host, where turns are taken by hand."""
    story = peopled_story()
    for who in SIX[2:]:
        story.do(JoinRoom(member_id=who, name=f"Guest {who}"))
    story.do(SetFloor(by=TOM, mode=mode, limit_ms=limit_ms))
    return story


def raise_all(story: Story, *who: MemberId) -> None:
    for member_id in who:
        story.now_ms += 1_000
        story.do(RaiseHand(by=member_id, lane=Lane.SHARE))


def queue(story: Story) -> list[MemberId]:
    return [hand.member_id for hand in story.room.floor.hands]


def sharing(story: Story) -> MemberId | None:
    share = story.room.floor.share
    return share.member_id if share else None


def shared(story: Story, who: MemberId) -> None:
    """Let a member have a turn."""
    story.do(GiveFloor(by=TOM, member_id=who))
    story.do(EndShare(by=TOM, passed=False))


# --- the queue ------------------------------------------------------------------------------


def test_fair_turn_whoever_has_not_shared_comes_first_by_time_of_hand() -> None:
    story = hands_story()
    shared(story, MAYA)
    shared(story, JO)
    raise_all(story, MAYA, ADA, JO, BEN, CLEO, SIX[5])
    order = [ADA, BEN, CLEO, SIX[5], MAYA, JO]
    assert queue(story) == order
    for who in order:
        story.do(CallNext(by=TOM))
        assert sharing(story) == who
    assert queue(story) == []


def test_a_place_in_the_queue_outlives_a_lost_connection() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO, ADA)
    story.do(StrandMember(member_id=JO))
    story.now_ms += 60_000
    raise_all(story, BEN)
    assert queue(story) == [MAYA, JO, ADA, BEN]
    story.do(ResumeSeat(by=JO, name="Jo", role=Role.MEMBER))
    assert queue(story) == [MAYA, JO, ADA, BEN]
    story.do(CallNext(by=TOM))
    story.do(CallNext(by=TOM))
    assert sharing(story) == JO


def test_whoever_is_away_is_not_called_and_keeps_the_place() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    story.do(StrandMember(member_id=MAYA))
    story.do(CallNext(by=TOM))
    assert sharing(story) == JO
    assert queue(story) == [MAYA]
    assert story.do(CallNext(by=TOM)) == (ShareEnded(member_id=JO, had_turn=True),)
    assert code_of(story.try_(CallNext(by=TOM))) == "nobody_waits"
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    story.do(CallNext(by=TOM))
    assert sharing(story) == MAYA


def _leave(story: Story, who: MemberId) -> None:
    story.do(LeaveRoom(by=who))


def _remove(story: Story, who: MemberId) -> None:
    story.do(RemoveMember(by=TOM, member_id=who))


def _expire(story: Story, who: MemberId) -> None:
    story.do(StrandMember(member_id=who))
    story.do(ExpireSeat(member_id=who, stranded_ms=story.now_ms))


@pytest.mark.parametrize("go", [_leave, _remove, _expire])
def test_hand_and_share_go_with_the_seat(go: Callable[[Story, MemberId], None]) -> None:
    story = hands_story()
    raise_all(story, MAYA, JO, ADA)
    story.do(CallNext(by=TOM))
    go(story, MAYA)
    assert (sharing(story), queue(story)) == (None, [JO, ADA])
    go(story, JO)
    assert queue(story) == [ADA]


def test_coming_back_after_leaving_is_a_new_hand_but_not_a_new_turn() -> None:
    story = hands_story()
    shared(story, MAYA)
    story.do(LeaveRoom(by=MAYA))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    raise_all(story, MAYA, JO)
    assert queue(story) == [JO, MAYA]


def test_a_hand_is_up_once_and_not_while_sharing() -> None:
    story = hands_story()
    assert story.do(RaiseHand(by=MAYA, lane=Lane.MINUTE)) == (
        HandRaised(hand=Hand(member_id=MAYA, lane=Lane.MINUTE, raised_ms=story.now_ms), place=0),
    )
    assert code_of(story.try_(RaiseHand(by=MAYA, lane=Lane.BURNING))) == "hand_is_up"
    story.do(CallNext(by=TOM))
    assert code_of(story.try_(RaiseHand(by=MAYA, lane=Lane.SHARE))) == "has_floor"
    assert code_of(story.try_(RaiseHand(by=NOBODY, lane=Lane.SHARE))) == "not_a_member"


def test_a_burning_desire_comes_first_among_its_own() -> None:
    story = hands_story()
    shared(story, CLEO)
    shared(story, BEN)
    raise_all(story, MAYA, CLEO)
    story.do(RaiseHand(by=JO, lane=Lane.BURNING))
    story.do(RaiseHand(by=BEN, lane=Lane.BURNING))  # has shared: behind all who have not
    story.do(RaiseHand(by=ADA, lane=Lane.BURNING))
    assert queue(story) == [JO, ADA, MAYA, BEN, CLEO]


def test_the_queue_has_an_end() -> None:
    story = hands_story()
    hand = Hand(member_id=JO, lane=Lane.SHARE, raised_ms=1)
    hands = tuple(replace(hand, member_id=MemberId(1_000 + n)) for n in range(HANDS_MAX))
    floor = replace(story.room.floor, hands=hands)
    story.record = replace(story.record, room=replace(story.room, floor=floor))
    assert code_of(story.try_(RaiseHand(by=MAYA, lane=Lane.SHARE))) == "room_full"


def test_taking_down_hands() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO, ADA)
    story.do(LowerHand(by=MAYA, member_id=MAYA))
    assert story.do(LowerHand(by=MAYA, member_id=MAYA)) == ()
    assert code_of(story.try_(LowerHand(by=MAYA, member_id=JO))) == "not_allowed"
    assert code_of(story.try_(LowerHand(by=TOM, member_id=MAYA))) == "no_hand"
    story.do(LowerHand(by=TOM, member_id=JO))
    assert queue(story) == [ADA]
    assert code_of(story.try_(LowerAllHands(by=ADA))) == "not_allowed"
    story.do(LowerAllHands(by=TOM))
    assert story.do(LowerAllHands(by=TOM)) == ()
    assert queue(story) == []


def test_reordering() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO, ADA)
    story.do(MoveHand(by=TOM, member_id=ADA, place=0))
    assert queue(story) == [ADA, MAYA, JO]
    story.do(MoveHand(by=TOM, member_id=ADA, place=HANDS_MAX))  # behind the last is last
    assert queue(story) == [MAYA, JO, ADA]
    story.do(MoveHand(by=TOM, member_id=MAYA, place=1))
    assert queue(story) == [JO, MAYA, ADA]
    assert story.do(MoveHand(by=TOM, member_id=MAYA, place=1)) == ()
    assert code_of(story.try_(MoveHand(by=MAYA, member_id=MAYA, place=0))) == "not_allowed"
    assert code_of(story.try_(MoveHand(by=TOM, member_id=BEN, place=0))) == "no_hand"


# --- calling --------------------------------------------------------------------------------


def test_a_turn_ends_with_its_microphone() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    story.do(CallNext(by=TOM))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
    assert story.do(CallNext(by=TOM)) == (
        ShareEnded(member_id=MAYA, had_turn=True),
        ShareBegan(member_id=JO, lane=Lane.SHARE, limit_ms=SHARE_LIMIT_MS),
    )
    assert story.member(MAYA).mutes.by_self
    assert story.room.floor.shared == (MAYA,)


def test_a_turn_in_an_open_room_closes_nothing() -> None:
    story = hands_story(FloorMode.OPEN)
    story.do(SetMicrophone(by=MAYA, on=True))
    shared(story, MAYA)
    shared(story, MAYA)
    assert story.is_heard(MAYA)
    assert story.room.floor.shared == (MAYA,)


def test_calling_somebody_out_of_the_queue() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    story.do(GiveFloor(by=TOM, member_id=JO))
    assert (sharing(story), queue(story)) == (JO, [MAYA])
    assert story.do(GiveFloor(by=TOM, member_id=JO)) == ()
    story.do(GiveFloor(by=TOM, member_id=TOM))  # whoever leads may share too
    assert (sharing(story), story.room.floor.shared) == (TOM, (JO,))
    assert code_of(story.try_(GiveFloor(by=MAYA, member_id=MAYA))) == "not_allowed"
    assert code_of(story.try_(GiveFloor(by=TOM, member_id=NOBODY))) == "no_such_member"
    assert code_of(story.try_(CallNext(by=MAYA))) == "not_allowed"


def test_a_member_passes_and_it_was_no_turn() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    story.do(CallNext(by=TOM))
    assert code_of(story.try_(EndShare(by=JO, passed=True))) == "not_allowed"
    assert story.do(EndShare(by=MAYA, passed=True)) == (ShareEnded(member_id=MAYA, had_turn=False),)
    assert not story.room.floor.shared
    assert code_of(story.try_(EndShare(by=MAYA, passed=True))) == "no_share"


def test_a_member_is_skipped_and_another_thanked() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    story.do(CallNext(by=TOM))
    story.do(EndShare(by=TOM, passed=True))
    story.do(CallNext(by=TOM))
    story.do(EndShare(by=TOM, passed=False))
    assert (sharing(story), story.room.floor.shared) == (None, (JO,))


def test_a_round_calls_everybody_once_in_the_order_of_coming_and_a_pass_is_a_turn() -> None:
    story = hands_story(FloorMode.ROUND)
    called: list[MemberId | None] = []
    story.do(StrandMember(member_id=ADA))
    for _ in range(len(SIX)):
        story.do(CallNext(by=TOM))
        called.append(sharing(story))
        if sharing(story) == JO:
            story.do(EndShare(by=JO, passed=True))
    assert called == [MAYA, TOM, JO, BEN, CLEO, SIX[5]]
    story.do(ResumeSeat(by=ADA, name="Ada", role=Role.MEMBER))
    story.do(CallNext(by=TOM))
    assert sharing(story) == ADA  # whoever was away is called when back
    story.do(CallNext(by=TOM))
    assert sharing(story) is None
    assert code_of(story.try_(CallNext(by=TOM))) == "nobody_waits"


def test_another_round_begins_anew_and_another_limit_does_not() -> None:
    story = hands_story(FloorMode.ROUND)
    shared(story, MAYA)
    story.do(SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0))
    assert story.room.floor.shared == (MAYA,)
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
    assert story.room.floor.shared == (MAYA,)
    story.do(SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0))
    assert not story.room.floor.shared


def reserved_story() -> Story:
    """Maya and Jo have shared. Hands: Ada, Ben, then Maya, who has shared; the last with a burning desire."""
    story = hands_story()
    shared(story, MAYA)
    shared(story, JO)
    raise_all(story, ADA, BEN)
    story.do(RaiseHand(by=MAYA, lane=Lane.BURNING))
    assert queue(story) == [ADA, BEN, MAYA]
    return story


def test_the_last_minutes_are_kept_for_burning_desires() -> None:
    story = reserved_story()
    story.do(SetPhase(phase=Phase.ON, ends_ms=story.now_ms + RESERVE_MS + 1))
    story.do(CallNext(by=TOM))
    assert sharing(story) == ADA
    story.now_ms += 1
    story.do(CallNext(by=TOM))
    assert sharing(story) == MAYA  # before whoever has not shared
    story.do(CallNext(by=TOM))
    assert sharing(story) == BEN  # no burning desire waits


def test_in_a_round_too_burning_desires_come_first_at_the_end() -> None:
    story = hands_story(FloorMode.ROUND)
    story.do(SetPhase(phase=Phase.ON, ends_ms=story.now_ms + RESERVE_MS))
    story.do(RaiseHand(by=JO, lane=Lane.BURNING))
    story.do(CallNext(by=TOM))
    assert sharing(story) == JO
    story.do(CallNext(by=TOM))
    assert sharing(story) == MAYA


def test_nothing_is_kept_without_an_end_or_a_reserve_or_outside_the_meeting() -> None:
    story = reserved_story()
    for phase, ends_ms, reserve_ms in (
        (Phase.ON, 0, RESERVE_MS),
        (Phase.ON, story.now_ms + 1, 0),
        (Phase.ON, story.now_ms - 1, 0),
        (Phase.DOORS, story.now_ms + 1, RESERVE_MS),
    ):
        story.do(SetPhase(phase=phase, ends_ms=ends_ms))
        story.do(SetRules(by=TOM, rules=Rules(reserve_ms=reserve_ms)))
        story.do(CallNext(by=TOM))
        assert sharing(story) == ADA
        story.do(EndShare(by=TOM, passed=True))
        story.do(RaiseHand(by=ADA, lane=Lane.SHARE))
        story.do(MoveHand(by=TOM, member_id=ADA, place=0))


def test_while_frozen_only_trusted_members_are_called() -> None:
    story = hands_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.READER))
    raise_all(story, MAYA, JO)
    story.do(SetFreeze(by=TOM, on=True))
    assert code_of(story.try_(GiveFloor(by=TOM, member_id=MAYA))) == "frozen"
    story.do(CallNext(by=TOM))
    assert (sharing(story), queue(story)) == (JO, [MAYA])


# --- time -----------------------------------------------------------------------------------


def test_a_share_says_when_it_began_and_how_long_it_may_be() -> None:
    story = hands_story(limit_ms=SHARE_LIMIT_MS)
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    share = story.room.floor.share
    assert share is not None
    assert (share.since_ms, share.limit_ms) == (story.now_ms, SHARE_LIMIT_MS)
    story.now_ms += SHARE_LIMIT_MS * 2
    assert story.room.floor.share == share  # time ends nothing by itself
    assert story.do(AddTime(by=TOM, more_ms=MINUTE_MS)) == (TimeAdded(limit_ms=SHARE_LIMIT_MS + MINUTE_MS),)
    assert story.room.floor.limit_ms == SHARE_LIMIT_MS  # of this share only


def test_a_timekeeper_adds_time_and_does_nothing_else() -> None:
    story = hands_story()
    story.do(GiveRole(by=TOM, member_id=ADA, role=Role.TIMEKEEPER))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(AddTime(by=ADA, more_ms=MINUTE_MS))
    assert code_of(story.try_(EndShare(by=ADA, passed=False))) == "not_allowed"
    assert code_of(story.try_(CallNext(by=ADA))) == "not_allowed"
    assert code_of(story.try_(AddTime(by=JO, more_ms=MINUTE_MS))) == "not_allowed"


def test_added_time_has_bounds() -> None:
    story = hands_story()
    assert code_of(story.try_(AddTime(by=TOM, more_ms=1))) == "no_share"
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    assert code_of(story.try_(AddTime(by=TOM, more_ms=0))) == "out_of_bounds"
    assert code_of(story.try_(AddTime(by=TOM, more_ms=SHARE_LIMIT_MAX_MS))) == "out_of_bounds"
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
    story.do(GiveFloor(by=TOM, member_id=JO))
    assert story.do(AddTime(by=TOM, more_ms=1)) == ()  # no limit needs no more time


@pytest.mark.parametrize(
    ("limit_ms", "minute_ms"), [(0, MINUTE_MS), (SHARE_LIMIT_MS, MINUTE_MS), (30_000, 30_000)]
)
def test_one_minute_only(limit_ms: int, minute_ms: int) -> None:
    story = hands_story(limit_ms=limit_ms)
    story.do(RaiseHand(by=MAYA, lane=Lane.MINUTE))
    story.do(CallNext(by=TOM))
    share = story.room.floor.share
    assert share is not None
    assert (share.lane, share.limit_ms) == (Lane.MINUTE, minute_ms)


# --- the rules of the floor -----------------------------------------------------------------


def test_another_mode_closes_the_microphones_that_it_does_not_hear() -> None:
    story = hands_story(FloorMode.OPEN)
    for who in (MAYA, JO, TOM):
        story.do(SetMicrophone(by=who, on=True))
    story.do(GiveFloor(by=TOM, member_id=JO))
    chosen = SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0)
    assert story.do(chosen) == (FloorSet(mode=FloorMode.HANDS, limit_ms=0), AllMuted(members=(MAYA,)))
    assert [story.is_heard(who) for who in (MAYA, JO, TOM)] == [False, True, True]
    assert story.do(chosen) == ()


def test_a_room_that_opens_opens_no_microphone() -> None:
    story = hands_story(FloorMode.LISTEN)
    opened = FloorSet(mode=FloorMode.OPEN, limit_ms=0)
    assert story.do(SetFloor(by=TOM, mode=FloorMode.OPEN, limit_ms=0)) == (opened,)
    assert not any(story.is_heard(who) for who in SIX)


@pytest.mark.parametrize("limit_ms", [-1, 1, SHARE_LIMIT_MIN_MS - 1, SHARE_LIMIT_MAX_MS + 1])
def test_a_limit_has_bounds(limit_ms: int) -> None:
    refused = hands_story().try_(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=limit_ms))
    assert code_of(refused) == "out_of_bounds"


def test_who_chooses_how_turns_are_taken() -> None:
    story = hands_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    story.do(GiveRole(by=TOM, member_id=ADA, role=Role.COHOST))
    for who in (MAYA, JO):
        chosen = SetFloor(by=who, mode=FloorMode.OPEN, limit_ms=0)
        assert code_of(story.try_(chosen)) == "not_allowed"
    story.do(SetFloor(by=ADA, mode=FloorMode.OPEN, limit_ms=0))


def test_mute_all_leaves_the_floor_alone() -> None:
    story = hands_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.do(MuteAll(by=TOM)) == ()
    assert story.is_heard(MAYA)


# --- sharing in writing ---------------------------------------------------------------------


def test_a_share_in_writing_takes_the_floor_like_any_other() -> None:
    story = hands_story()
    raise_all(story, MAYA, JO)
    assert code_of(story.try_(WriteShare(by=MAYA, text="me"))) == "no_floor"
    story.do(CallNext(by=TOM))
    story.do(WriteShare(by=MAYA, text="I would rather"))
    story.do(WriteShare(by=MAYA, text=" I would rather write.\r\n"))
    share = story.room.floor.share
    assert share is not None
    assert share.text == "I would rather write."
    assert code_of(story.try_(WriteShare(by=JO, text="me"))) == "no_floor"
    assert code_of(story.try_(WriteShare(by=NOBODY, text="me"))) == "not_a_member"
    story.do(CallNext(by=TOM))
    share = story.room.floor.share
    assert share is not None
    assert (share.member_id, share.text) == (JO, "")


def test_a_share_in_writing_has_an_end() -> None:
    story = hands_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    assert code_of(story.try_(WriteShare(by=MAYA, text="\u200b"))) == "empty_text"
    too_long = WriteShare(by=MAYA, text="x" * (SHARE_TEXT_MAX_CHARS + 1))
    assert code_of(story.try_(too_long)) == "text_too_long"
    story.do(WriteShare(by=MAYA, text="x" * SHARE_TEXT_MAX_CHARS))


def test_a_share_in_writing_can_be_taken_back_whole() -> None:
    story = hands_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(WriteShare(by=MAYA, text="I was"))
    story.do(WriteShare(by=MAYA, text=" \n"))
    share = story.room.floor.share
    assert share is not None
    assert share.text == ""


def test_a_frozen_share_is_not_written_on() -> None:
    story = hands_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetFreeze(by=TOM, on=True))
    assert code_of(story.try_(WriteShare(by=MAYA, text="x"))) == "frozen"
    story.do(SetFreeze(by=TOM, on=False))
    story.do(WriteShare(by=MAYA, text="x"))


@pytest.mark.parametrize(
    "command",
    [
        LowerHand(by=NOBODY, member_id=NOBODY),
        LowerAllHands(by=NOBODY),
        MoveHand(by=NOBODY, member_id=MAYA, place=0),
        GiveFloor(by=NOBODY, member_id=MAYA),
        CallNext(by=NOBODY),
        EndShare(by=NOBODY, passed=False),
        AddTime(by=NOBODY, more_ms=1),
        SetFloor(by=NOBODY, mode=FloorMode.OPEN, limit_ms=0),
    ],
    ids=lambda command: type(command).__name__,
)
def test_whoever_has_no_seat_has_no_say(command: CallNext) -> None:
    story = hands_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    assert code_of(story.try_(command)) == "not_a_member"
