from rooms.commands import JoinRoom
from rooms.decide import decide
from rooms.model import empty_record
from rooms.refusals import Refusal
from tests.rooms.story import MAYA, peopled_story


def test_deciding_changes_nothing() -> None:
    story = peopled_story()
    before = story.record
    decide(story.record, JoinRoom(member_id=MAYA, name="Ada"), 0)
    assert story.record is before


def test_before_opening_there_is_no_room() -> None:
    decision = decide(empty_record(1), JoinRoom(member_id=MAYA, name="Ada"), 0)
    assert isinstance(decision, Refusal)
    assert decision.code == "no_room"
