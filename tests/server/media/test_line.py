from hypothesis import given
from hypothesis import strategies as st

from rooms.ids import MemberId
from rooms.voice.slot import LATE_MAX_PACKETS, Forward
from server.media.line import COUNTER_END, Line
from server.media.packet_out import PacketOut


def packet(counter: int, advance: int) -> PacketOut:
    return PacketOut(Forward(0, counter, advance, 0, False, MemberId(9), 30, True, b"x"), frozenset())  # noqa: FBT003


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 3))))
def test_a_counter_is_admitted_once(counters: list[tuple[int, int]]) -> None:
    line, seen = Line(), set()
    for counter, advance in counters:
        if line.admits(packet(counter, advance), ()):
            assert counter not in seen
            seen.add(counter)
            assert line.newest == max(seen)


def test_order_is_no_condition_within_what_browsers_wait_for() -> None:
    line = Line()
    assert line.admits(packet(100, 100), ())
    behind = range(1, LATE_MAX_PACKETS + 5)
    assert [line.admits(packet(100 - n, 0), ()) for n in behind] == [n <= LATE_MAX_PACKETS for n in behind]


def test_the_end() -> None:
    line = Line()
    assert line.admits(packet(COUNTER_END - 1, 1), ())
    assert not line.admits(packet(COUNTER_END, 1), ())
