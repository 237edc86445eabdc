import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.voice.sequence import extend, time_step_48k, to_seq16, to_time32


@pytest.mark.parametrize(
    ("seq16", "last_seq", "seq"),
    [
        (5, 4, 5),
        (4, 5, 4),
        (0, 65_535, 65_536),
        (65_535, 65_536, 65_535),
        (65_535, 0, -1),
        (32_767, 0, 32_767),
        (32_768, 0, -32_768),  # half the range counts as behind
        (3, 1_000_000, 983_043),
    ],
)
def test_extend(seq16: int, last_seq: int, seq: int) -> None:
    assert extend(seq16, last_seq) == seq


@given(st.integers(-(2**40), 2**40), st.integers(-32_768, 32_767))
def test_extend_finds_what_is_nearest(last_seq: int, distance: int) -> None:
    assert extend(to_seq16(last_seq + distance), last_seq) == last_seq + distance


@given(st.integers(0, 2**40), st.integers(-(2**31), 2**31 - 1))
def test_time_step_is_the_shortest_way(last_48k: int, step: int) -> None:
    assert time_step_48k(to_time32(last_48k + step), to_time32(last_48k)) == step
