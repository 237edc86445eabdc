"""Promise: for every command and every viewer, state + facts = a fresh snapshot.

`tests.simulation.room_walk` plays any command at any time, also wrong ones, and holds what must be
true after each. Here a Hypothesis machine finds short walks that break it, and seeded walks are long.
"""

from random import Random
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from rooms.commands import Command
from rooms.facts import Fact, Unseen
from tests.simulation.long import WALK_STEPS, walk
from tests.simulation.room_walk import KINDS, RoomWalk

SEEDS = range(20)
"""With `WALK_STEPS` each these are ten thousand steps."""

BY_NAME = sorted(KINDS, key=lambda kind: kind.__name__)


class RoomMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.walk = RoomWalk()

    @rule(kind=st.sampled_from(BY_NAME), chance=st.randoms(use_true_random=False))
    def play(self, kind: type[Command], chance: Random) -> None:
        self.walk.play(self.walk.draw(kind, chance))

    @rule(later_ms=st.sampled_from([1, 1_000, 120_000, 10_000_000]))
    def wait(self, later_ms: int) -> None:
        self.walk.story.now_ms += later_ms

    def teardown(self) -> None:
        self.walk.end()


RoomMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=50, deadline=None)
TestRoom = RoomMachine.TestCase


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_walk(seed: int) -> None:
    assert walk(seed).accepted > WALK_STEPS // 10


def test_the_walks_meet_every_fact() -> None:
    met = {type(commit.fact) for seed in SEEDS for commit in walk(seed).story.log}
    assert met == set(get_args(Fact)) - {Unseen}  # which is only ever shown
