import pytest

from rooms.apply import change_room
from tests.vectors.cases import Case, read, text
from tests.vectors.make_room import PATH, cases

CASES = read(PATH)


def test_the_file_is_what_the_rules_give() -> None:
    assert PATH.read_bytes() == text(cases()), "run: python -m tests.vectors.make_room"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}, {case.viewer}")
def test_what_a_viewer_is_shown_leads_to_what_it_would_be_shown_afresh(case: Case) -> None:
    room = case.before
    for commit in case.commits:
        room = change_room(room, commit)
    assert room == case.after
