from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rooms.commands import (
    CallNext,
    EndShare,
    ExpireSeat,
    LeaveRoom,
    LowerAllHands,
    LowerHand,
    MoveHand,
    RaiseHand,
    RemoveMember,
    ResumeSeat,
    SetPhase,
    StrandMember,
)
from rooms.facts import HandRaised, ShareEnded
from rooms.host_commands import SetRules
from rooms.ids import MemberId
from rooms.limits import (
    HANDS_MAX,
    RESERVE_MS,
)
from rooms.model import FloorMode, Hand, Lane, Phase, Rules
from rooms.roles import Role
from tests.rooms.floor_story import (
    ADA,
    BEN,
    CLEO,
    NOBODY,
    SIX,
    hands_story,
    queue,
    raise_all,
    shared,
    sharing,
)
from tests.rooms.story import JO, MAYA, TOM, Story, code_of

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
