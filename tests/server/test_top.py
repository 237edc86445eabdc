import pytest

from rooms.ids import MemberId, RoomSlug
from server.ports import NodeLoad, NodePhase, NodeState
from server.top import line_between, line_of, needs_somebody, read_metrics, write_top

CALM = NodeState(
    name="n-1",
    epoch=1,
    rooms={RoomSlug("talk"): {MemberId(1): 0, MemberId(2): 0}, RoomSlug("empty"): {}},
    capacity=100,
    load=NodeLoad(packets_in_per_s=50, packets_out_per_s=100, loss=0.012, round_trip_ms=31.4, lag_ms=3.0),
)
LATE = NodeState(name="n-2", epoch=1, phase=NodePhase.DRAINING, load=NodeLoad(lag_ms=120.0))

BEFORE = """# TYPE lamplit_members gauge
lamplit_members 9.0
# TYPE lamplit_media_packets_out counter
lamplit_media_packets_out_total 1000.0
"""
AFTER = """# TYPE lamplit_members gauge
lamplit_members 12.0
# TYPE lamplit_rooms_open gauge
lamplit_rooms_open 2.0
# TYPE lamplit_media_packets_out counter
lamplit_media_packets_out_total 3000.0
# TYPE lamplit_media_drops counter
lamplit_media_drops_total{reason="rate"} 3.0
# TYPE lamplit_loop_lag_seconds gauge
lamplit_loop_lag_seconds 0.004
"""


def test_a_line_for_each_node_and_one_for_all() -> None:
    table = write_top([line_of(CALM), line_of(LATE)], is_terminal=False)
    assert table.splitlines() == [
        "NODE           DOES      ROOMS  MEMBERS  FULL  IN/S  OUT/S  LOSS  ROUND TRIP     LAG",
        "n-1            serving       1        2    2%    50    100  1.2%       31 ms    3 ms",
        "n-2            draining      0        0     -     0      0  0.0%        0 ms  120 ms",
        "all, or worst                         2    2%    50    100  1.2%       31 ms  120 ms",
    ]


def test_what_needs_somebody_is_bold_on_a_terminal_only() -> None:
    lines = [line_of(CALM), line_of(LATE)]
    bold = [line for line in write_top(lines, is_terminal=True).splitlines() if "\x1b[1m" in line]
    assert len(bold) == 1
    assert "n-2" in bold[0]
    assert "\x1b" not in write_top(lines, is_terminal=False)


@pytest.mark.parametrize(
    ("load", "members", "is_alarming"),
    [
        (NodeLoad(), 89, False),
        (NodeLoad(), 90, True),
        (NodeLoad(loss=0.04), 0, False),
        (NodeLoad(loss=0.05), 0, True),
        (NodeLoad(lag_ms=49.0), 0, False),
        (NodeLoad(lag_ms=50.0), 0, True),
    ],
)
def test_when_somebody_is_needed(load: NodeLoad, members: int, *, is_alarming: bool) -> None:
    line = line_of(CALM)._replace(load=load, members=members)
    assert needs_somebody(line) == is_alarming


def test_rates_of_a_node_alone_come_from_two_looks() -> None:
    line = line_between(read_metrics(BEFORE, 1_000), read_metrics(AFTER, 3_000), 100)
    assert (line.members, line.rooms, line.capacity) == (12, 2, 100)
    assert line.load == NodeLoad(packets_out_per_s=1_000, lag_ms=4.0)


def test_a_restart_between_two_looks_is_no_negative_rate() -> None:
    line = line_between(read_metrics(AFTER, 1_000), read_metrics(BEFORE, 3_000), 100)
    assert line.load.packets_out_per_s == 0


@pytest.mark.parametrize("text", ["", "<html>", "up 1.0\n"])
def test_what_is_no_metrics_of_ours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="metric"):
        read_metrics(text, 0)
