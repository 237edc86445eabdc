"""What `lamplit top` shows: one line for each node, in numbers that are about nobody.

In a cluster all of it comes from the directory, where every node says each second how it is; a node alone
is asked for its /metrics, twice, for rates need two looks.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from server.ports import NodeLoad, NodePhase, NodeState

CLEAR: Final = "\x1b[H\x1b[2J"  # ECMA-48: cursor home, erase the page
_LOUD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"

LAG_ALARM_MS: Final = 50.0  # a packet is 20 ms: two late ones are heard
LOSS_ALARM: Final = 0.05  # what Opus hides is less
FULL_ALARM: Final = 0.9

_WORD_COLUMNS: Final = 2
_HEAD: Final = ("NODE", "DOES", "ROOMS", "MEMBERS", "FULL", "IN/S", "OUT/S", "LOSS", "ROUND TRIP", "LAG")


class NodeLine(NamedTuple):
    """One node's numbers."""

    name: str
    phase: str
    rooms: int
    members: int
    capacity: int
    load: NodeLoad


class Sample(NamedTuple):
    """What /metrics said at one moment."""

    numbers: dict[str, float]
    at_ms: float


def line_of(state: NodeState) -> NodeLine:
    """Return what a node in the directory says of itself."""
    rooms = sum(map(bool, state.rooms.values()))
    return NodeLine(state.name, state.phase.value, rooms, state.members, state.capacity, state.load)


def read_metrics(text: str, at_ms: float) -> Sample:
    """Read the text of /metrics; series with labels are left out.

    Raises:
        ValueError: it is none.
    """
    numbers = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.labels
    }
    if "lamplit_members" not in numbers:
        raise ValueError("no metrics of a Lamplit server")
    return Sample(numbers, at_ms)


def line_between(before: Sample, after: Sample, capacity: int) -> NodeLine:
    """Return the line of a node alone, from two looks."""
    passed_s = max(1e-3, (after.at_ms - before.at_ms) / 1_000)

    def now(name: str) -> float:
        return after.numbers.get(f"lamplit_{name}", 0.0)

    def rate(name: str) -> int:
        key = f"lamplit_{name}_total"
        return round(max(0.0, after.numbers.get(key, 0.0) - before.numbers.get(key, 0.0)) / passed_s)

    load = NodeLoad(
        packets_in_per_s=rate("media_packets_in"),
        packets_out_per_s=rate("media_packets_out"),
        loss=now("media_loss_ratio"),
        round_trip_ms=now("media_round_trip_seconds") * 1_000,
        lag_ms=now("loop_lag_seconds") * 1_000,
    )
    rooms, members = round(now("rooms_open")), round(now("members"))
    return NodeLine("this node", NodePhase.SERVING.value, rooms, members, capacity, load)


def write_top(lines: Sequence[NodeLine], *, is_terminal: bool) -> str:
    """Return the table; on a terminal what needs somebody is in bold."""
    rows = [(_cells(line), needs_somebody(line)) for line in lines]
    total = _total(lines)
    cells = [_HEAD, *(row for row, _ in rows), *([_cells(total)] if len(lines) > 1 else [])]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    loud = [False, *(is_loud for _, is_loud in rows), False]
    written = []
    for row, is_loud in zip(cells, loud, strict=False):
        aligned = [
            cell.ljust(width) if place < _WORD_COLUMNS else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        text = "  ".join(aligned).rstrip()
        written.append(f"{_LOUD}{text}{_PLAIN}" if is_loud and is_terminal else text)
    return "\n".join(written) + "\n"


def needs_somebody(line: NodeLine) -> bool:
    """Whether an operator should look at the node."""
    load = line.load
    return (
        load.lag_ms >= LAG_ALARM_MS
        or load.loss >= LOSS_ALARM
        or bool(line.capacity and line.members >= FULL_ALARM * line.capacity)
    )


def _total(lines: Sequence[NodeLine]) -> NodeLine:
    loads = [line.load for line in lines]
    most = NodeLoad(
        packets_in_per_s=sum(load.packets_in_per_s for load in loads),
        packets_out_per_s=sum(load.packets_out_per_s for load in loads),
        loss=max((load.loss for load in loads), default=0.0),
        round_trip_ms=max((load.round_trip_ms for load in loads), default=0.0),
        lag_ms=max((load.lag_ms for load in loads), default=0.0),
    )
    members, capacity = sum(line.members for line in lines), sum(line.capacity for line in lines)
    return NodeLine("all, or worst", "", 0, members, capacity, most)


def _cells(line: NodeLine) -> tuple[str, ...]:
    load = line.load
    full = f"{line.members / line.capacity:.0%}" if line.capacity else "-"
    return (
        line.name,
        line.phase,
        str(line.rooms) if line.phase else "",  # a room on two nodes is one room
        str(line.members),
        full,
        str(load.packets_in_per_s),
        str(load.packets_out_per_s),
        f"{load.loss:.1%}",
        f"{load.round_trip_ms:.0f} ms",
        f"{load.lag_ms:.0f} ms",
    )
