from typing import get_args

from rooms.refusals import Refusal
from signaling.to_browser import EVENTS, Answer, ToBrowser


def test_answers_are_told_apart_by_type() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(Answer)]
    assert len(tags) == len(set(tags))
    assert None not in tags


def test_events_are_structs_of_ours() -> None:
    assert all(issubclass(kind, ToBrowser) for kind in EVENTS.values())
    assert Refusal in get_args(Answer)
