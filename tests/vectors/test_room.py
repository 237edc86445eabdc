from typing import get_args

import msgspec
import pytest

from rooms.apply import change_room
from rooms.commands import Command, OpenRoom
from rooms.facts import Commit, Fact
from rooms.model import Room
from tests.vectors.make_room import PATH, steps, text


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


def test_every_command_and_every_fact_is_there() -> None:
    asked = {type(command) for _, _, moves in steps() for command, _ in moves}
    assert asked == set(get_args(Command)) - {OpenRoom}  # the first case, which `steps` does not hold
    told = {type(commit.fact) for case in CASES for commit in case.commits}
    assert told == set(get_args(Fact))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name}, {case.viewer}")
def test_what_a_viewer_is_shown_leads_to_what_it_would_be_shown_afresh(case: Case) -> None:
    room = case.before
    for commit in case.commits:
        room = change_room(room, commit)
    assert room == case.after
