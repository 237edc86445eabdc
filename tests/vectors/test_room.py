import msgspec
import pytest

from rooms.apply import change_room
from rooms.facts import Commit
from rooms.model import Room
from tests.vectors.make_room import PATH, text


class Case(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    viewer: str
    before: Room | None
    commits: list[Commit]
    after: Room


class Cases(msgspec.Struct, forbid_unknown_fields=True):
    cases: list[Case]


CASES = msgspec.json.decode(PATH.read_bytes(), type=Cases).cases


def test_the_file_is_what_the_rules_give() -> None:
    assert PATH.read_bytes() == text(), "run: python -m tests.vectors.make_room"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}, {case.viewer}")
def test_what_a_viewer_is_shown_leads_to_what_it_would_be_shown_afresh(case: Case) -> None:
    room = case.before
    for commit in case.commits:
        room = change_room(room, commit)
    assert room == case.after
