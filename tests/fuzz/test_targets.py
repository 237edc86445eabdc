"""Every target for a moment: its seeds, inputs that were kept, any bytes, and changed copies of the seeds.

`make fuzz` takes minutes for each, led by the lines that inputs reach.
"""

from base64 import b64decode
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.edits import INPUT_MAX_BYTES, ByChance, Edit, change
from tests.fuzz.reached import KEPT, Reached
from tests.fuzz.target import Target, chunks, step
from tests.fuzz.targets import TARGETS

CHANGED = 150


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_what_is_known_to_get_far_does_no_harm(target: Target) -> None:
    for content in target.seeds:
        target.take(content)
    kept = KEPT / f"{target.name}.txt"
    for line in kept.read_text("ascii").splitlines() if kept.exists() else ():
        target.take(b64decode(line, validate=True))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_bytes_do_harm(target: Target) -> None:
    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=200))
    def take(content: bytes) -> None:
        target.take(content)

    take()


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_changed_copy_does_harm(target: Target) -> None:
    draws = ByChance(target, Random(0))
    for _ in range(CHANGED):
        target.take(draws.draw())


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_seeds_get_into_the_readers(target: Target) -> None:
    reached = Reached(target)
    lines = set().union(*(reached.by(seed) for seed in target.seeds))
    known = reached.all_lines()
    assert len(lines & known) >= len(known) / 3


def test_a_reader_that_stumbles_is_found() -> None:
    def take(content: bytes) -> None:
        assert not content.startswith(b"se\xff")

    target = Target("stumbles", take, (b"seed",), ())
    draws = ByChance(target, Random(1))
    with pytest.raises(AssertionError):
        _take_many(target, draws)


def _take_many(target: Target, draws: ByChance) -> None:
    for _ in range(100_000):
        target.take(draws.draw())


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=600)), max_size=4))
def test_steps_are_read_as_they_were_written(steps: list[tuple[int, bytes]]) -> None:
    assert list(chunks(b"".join(step(kind, body) for kind, body in steps))) == steps


@given(st.binary(max_size=50), st.integers(0, 5), st.integers(), st.integers(0), st.binary(max_size=9))
def test_a_change_keeps_within_bounds(
    content: bytes, how: int, place: int, number: int, piece: bytes
) -> None:
    assert len(change(content, [Edit(how, place, number, piece)] * 80)) <= INPUT_MAX_BYTES
