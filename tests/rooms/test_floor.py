import pytest

from rooms.commands import (
    AddTime,
    CallNext,
    EndShare,
    GiveFloor,
    GiveRole,
    LowerAllHands,
    LowerHand,
    MoveHand,
    MuteAll,
    RaiseHand,
    SetFloor,
    SetFreeze,
    SetMicrophone,
    WriteShare,
)
from rooms.facts import AllMuted, FloorSet, ShareBegan, ShareEnded, TimeAdded
from rooms.limits import (
    MINUTE_MS,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MIN_MS,
    SHARE_LIMIT_MS,
    SHARE_TEXT_MAX_CHARS,
)
from rooms.model import FloorMode, Lane
from rooms.roles import Role
from tests.rooms.floor_story import ADA, NOBODY, SIX, hands_story, queue, raise_all, shared, sharing
from tests.rooms.story import JO, MAYA, TOM, code_of

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


def test_another_round_begins_anew_and_another_limit_does_not() -> None:
    story = hands_story(FloorMode.ROUND)
    shared(story, MAYA)
    story.do(SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0))
    assert story.room.floor.shared == (MAYA,)
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
    assert story.room.floor.shared == (MAYA,)
    story.do(SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=0))
    assert not story.room.floor.shared


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
