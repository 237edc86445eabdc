from typing import get_args

import pytest

from rooms.apply import change_room
from rooms.commands import Command, OpenRoom
from rooms.facts import Fact, PassNoted, RemovalLifted
from rooms.host_commands import DropLine, ReleaseLine
from tests.vectors import make_order, make_room
from tests.vectors.cases import Case, read, text
from tests.vectors.make_order import PATH, WATCHED, cases
from tests.vectors.test_room import CASES as ROOM_CASES

CASES = read(PATH)


def test_the_file_is_what_the_rules_give() -> None:
    assert PATH.read_bytes() == text(cases()), "run: python -m tests.vectors.make_order"


def test_every_command_and_every_fact_is_in_one_of_the_two_files() -> None:
    both = [*make_room.steps(), *make_order.steps()]
    asked: set[type] = {type(command) for _, _, moves in both for command, _ in moves}
    asked = asked - {make_order._Held} | {ReleaseLine, DropLine}
    assert asked == set(get_args(Command)) - {OpenRoom}  # the first case, which `steps` does not hold
    commits = [commit for case in (*ROOM_CASES, *CASES) for commit in case.commits]
    assert {type(commit.fact) for commit in commits} == set(get_args(Fact)) - {PassNoted}  # shown to nobody
    assert RemovalLifted in {type(commit.fact) for commit in commits}


def test_everybody_who_is_watched_has_something_to_see() -> None:
    assert {case.viewer for case in CASES} == set(WATCHED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}, {case.viewer}")
def test_what_a_viewer_is_shown_leads_to_what_it_would_be_shown_afresh(case: Case) -> None:
    room = case.before
    for commit in case.commits:
        room = change_room(room, commit)
    assert room == case.after
