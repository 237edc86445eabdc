import pytest

from rooms.apply import change_room
from rooms.facts import (
    Commit,
    CueReached,
    Fact,
    FloorSet,
    HandLowered,
    HandMoved,
    HandRaised,
    HandsLowered,
    MicrophoneSet,
    ReadingShown,
    ShareBegan,
    ShareEnded,
    ShareWritten,
    SheetSet,
    TimeAdded,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.live_facts import ReadingMarked
from rooms.model import Cue, FloorMode, Hand, Lane, Reading, Room, Share, Sheet
from tests.rooms.story import JO, MAYA, START_MS, TOM, peopled_story

SHEET = Sheet(title="Tuesday", cues=(Cue(title="Opening"), Cue(title="Closing")))


def _after(*facts: Fact, room: Room | None = None) -> Room:
    room = room or peopled_story().room
    for number, fact in enumerate(facts):
        commit = Commit(seq=10 + number, at_ms=START_MS + number, by=NO_MEMBER, n=0, fact=fact)
        changed = change_room(room, commit)
        assert changed is not None
        room = changed
    return room


def _raised(who: MemberId, place: int) -> HandRaised:
    return HandRaised(hand=Hand(member_id=who, lane=Lane.SHARE, raised_ms=START_MS), place=place)


def _began(who: MemberId) -> ShareBegan:
    return ShareBegan(member_id=who, lane=Lane.MINUTE, limit_ms=60_000)


THREE_HANDS = (_raised(MAYA, 0), _raised(TOM, 1), _raised(JO, 1))


@pytest.mark.parametrize(
    ("fact", "queue"),
    [
        (None, [MAYA, JO, TOM]),
        (HandLowered(member_id=JO), [MAYA, TOM]),
        (HandsLowered(), []),
        (HandMoved(member_id=TOM, place=0), [TOM, MAYA, JO]),
        (HandMoved(member_id=MAYA, place=2), [JO, TOM, MAYA]),
        (_began(JO), [MAYA, TOM]),
    ],
)
def test_the_queue(fact: Fact | None, queue: list[MemberId]) -> None:
    room = _after(*THREE_HANDS, *([fact] if fact else []))
    assert [hand.member_id for hand in room.floor.hands] == queue


def test_a_share_begins_when_its_fact_was_committed() -> None:
    room = _after(_raised(JO, 0), _began(JO))
    assert room.floor.share == Share(member_id=JO, lane=Lane.MINUTE, since_ms=START_MS + 1, limit_ms=60_000)


def test_a_turn_counts_once_and_a_pass_does_not() -> None:
    turn, no_turn = ShareEnded(member_id=JO, had_turn=True), ShareEnded(member_id=MAYA, had_turn=False)
    room = _after(_began(JO), turn, _began(MAYA), no_turn, _began(JO), turn)
    assert (room.floor.share, room.floor.shared) == (None, (JO,))


@pytest.mark.parametrize(("mode", "stays_open"), [(FloorMode.OPEN, True), (FloorMode.HANDS, False)])
def test_with_a_share_the_right_to_speak_ends_where_turns_are_by_call(
    *, mode: FloorMode, stays_open: bool
) -> None:
    floor_set, speaks = FloorSet(mode=mode, limit_ms=0), MicrophoneSet(member_id=JO, on=True)
    room = _after(floor_set, _began(JO), speaks, ShareEnded(member_id=JO, had_turn=True))
    assert room.members[JO].is_open is stays_open


def test_time_and_words_belong_to_the_share_that_goes_on() -> None:
    room = _after(_began(JO), TimeAdded(limit_ms=120_000), ShareWritten(member_id=JO, text="so far"))
    assert room.floor.share is not None
    assert (room.floor.share.limit_ms, room.floor.share.text) == (120_000, "so far")


def test_a_new_round_knows_no_turns_and_another_limit_is_no_new_round() -> None:
    had_turn = (_began(JO), ShareEnded(member_id=JO, had_turn=True))
    to_round = FloorSet(mode=FloorMode.ROUND, limit_ms=60_000)
    assert _after(*had_turn, FloorSet(mode=FloorMode.HANDS, limit_ms=0)).floor.shared == (JO,)
    assert _after(*had_turn, to_round).floor.shared == ()
    room = _after(to_round, *had_turn, FloorSet(mode=FloorMode.ROUND, limit_ms=90_000))
    assert (room.floor.shared, room.floor.limit_ms) == ((JO,), 90_000)


def test_a_share_keeps_the_limit_that_it_began_with() -> None:
    room = _after(_began(JO), FloorSet(mode=FloorMode.HANDS, limit_ms=90_000))
    assert room.floor.share is not None
    assert room.floor.share.limit_ms == 60_000


def test_a_sheet_and_where_it_stands() -> None:
    assert _after(SheetSet(sheet=SHEET)).sheet == SHEET
    sheet = _after(SheetSet(sheet=SHEET), CueReached(at=1)).sheet
    assert sheet is not None
    assert (sheet.at, sheet.cues) == (1, SHEET.cues)
    assert _after(SheetSet(sheet=SHEET), SheetSet(sheet=None)).sheet is None


def test_whoever_is_not_shown_the_sheet_is_not_troubled_by_its_cues() -> None:
    room = peopled_story().room
    assert _after(CueReached(at=1), room=room) == room


def test_a_reading_is_shown_until_an_empty_one_takes_it_away() -> None:
    shown = ReadingShown(title="Opening", text="Welcome.")
    assert _after(shown).reading == Reading(title="Opening", text="Welcome.")
    assert _after(shown, ReadingShown(title="", text="")).reading is None
    marked = _after(shown, ReadingMarked(line=3)).reading
    assert marked is not None
    assert marked.line == 3
    assert _after(ReadingMarked(line=3)).reading is None
