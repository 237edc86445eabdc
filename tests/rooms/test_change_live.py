from msgspec.structs import replace

from rooms.apply import change_room
from rooms.facts import Commit, Fact, LeaveReason, MemberLeft, MemberRenamed, PhaseSet, ShareBegan, ShareEnded
from rooms.ids import NO_MEMBER
from rooms.limits import REACTIONS_MAX, REACTIONS_QUIET_MS
from rooms.live_facts import CaptionErased, CaptionsExpired, CaptionWritten, Reacted
from rooms.model import Lane, Phase, Reaction, Reactions, Room
from tests.rooms.story import MAYA, START_MS, peopled_story

FIRST_SEQ = 10
THANKS = Reacted(kind=Reaction.THANKS)
BEGAN = ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0)


def _after(*facts: Fact, room: Room | None = None, each_ms: int = 1) -> Room:
    """The room after these, committed as 10, 11, 12 and so on."""
    room = room or peopled_story().room
    for number, fact in enumerate(facts):
        at_ms = START_MS + number * each_ms
        changed = change_room(room, Commit(seq=FIRST_SEQ + number, at_ms=at_ms, by=NO_MEMBER, n=0, fact=fact))
        assert changed is not None
        room = changed
    return room


def _written(text: str, line: int = 1) -> CaptionWritten:
    return CaptionWritten(member_id=MAYA, line=line, text=text, is_over=False)


def test_letters_that_were_on_their_way_change_nothing() -> None:
    erased = CaptionErased(member_id=MAYA, line=1, by=MAYA)
    room = _after(_written("a"), erased, _written("a b"))
    assert [(one.text, one.is_erased, one.seq) for one in room.captions] == [("", True, FIRST_SEQ + 1)]
    left = MemberLeft(member_id=MAYA, reason=LeaveReason.LEFT)
    assert [one.text for one in _after(_written("a"), left, _written("a b")).captions] == ["a"]


def test_a_line_has_the_name_of_its_newest_letters() -> None:
    renamed = MemberRenamed(member_id=MAYA, name="May")
    room = _after(_written("a"), renamed, _written("b", 2), _written("b c", 2))
    assert [one.name for one in room.captions] == ["Maya", "May"]


def test_expiry_goes_by_the_newest_letters_of_a_line() -> None:
    room = _after(_written("a"), _written("b", 2), _written("a b"), CaptionsExpired(through_seq=11))
    assert [one.text for one in room.captions] == ["a b"]


def test_a_count_has_an_end() -> None:
    room = replace(peopled_story().room, reactions=Reactions(thanks=REACTIONS_MAX, at_ms=START_MS))
    assert _after(THANKS, room=room).reactions.thanks == REACTIONS_MAX


def test_a_share_begins_without_signs_and_its_end_keeps_them() -> None:
    ended = ShareEnded(member_id=MAYA, had_turn=True)
    assert _after(THANKS, BEGAN).reactions == Reactions()
    assert _after(BEGAN, THANKS, ended, THANKS).reactions.thanks == 2


def test_a_phase_begins_without_signs_and_a_later_end_keeps_them() -> None:
    assert _after(THANKS, PhaseSet(phase=Phase.FELLOWSHIP, ends_ms=0)).reactions == Reactions()
    assert _after(THANKS, PhaseSet(phase=Phase.ON, ends_ms=START_MS)).reactions.thanks == 1


def test_where_nobody_has_the_floor_a_quiet_time_ends_the_count() -> None:
    assert _after(THANKS, THANKS, each_ms=REACTIONS_QUIET_MS).reactions.thanks == 2
    assert _after(THANKS, THANKS, each_ms=REACTIONS_QUIET_MS + 1).reactions.thanks == 1
    assert _after(BEGAN, THANKS, THANKS, each_ms=REACTIONS_QUIET_MS + 1).reactions.thanks == 2
