"""What we want of each figure, and whether a run has kept it."""

import statistics
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

Reports = Mapping[str, Mapping[str, Any]]
"""The reports of a run by the name of the measurement; what failed is not there."""


class Figure(NamedTuple):
    """One measured number, and whether the machine was too busy for it."""

    value: float
    is_void: bool = False


class Bar(NamedTuple):
    """What is wanted of one figure. `most`: the figure must not be above; else it must not be below."""

    what: str
    limit: float
    unit: str
    find: Callable[[Reports], Figure | None]
    most: bool = True


class Verdict(NamedTuple):
    """A bar beside the figure that was found; None: not measured."""

    bar: Bar
    figure: Figure | None

    @property
    def word(self) -> str:
        """Kept, missed, or why neither can be said."""
        if self.figure is None:
            return "not measured"
        value, limit = self.figure.value, self.bar.limit
        word = "kept" if (value <= limit if self.bar.most else value >= limit) else "missed"
        return f"{word}, but the run is void: busy machine" if self.figure.is_void else word


def judge(reports: Reports) -> list[Verdict]:
    """Hold a run against all bars."""
    return [Verdict(bar, bar.find(reports)) for bar in BARS]


def row_of(reports: Reports, measurement: str, **wanted: object) -> Mapping[str, Any] | None:
    """Return the row of a report that has these values, if there is one."""
    for row in reports.get(measurement, {}).get("rows", []):
        if all(row.get(key) == value for key, value in wanted.items()):
            found: Mapping[str, Any] = row
            return found
    return None


def _of(measurement: str, key: str, **wanted: object) -> Callable[[Reports], Figure | None]:
    def find(reports: Reports) -> Figure | None:
        row = row_of(reports, measurement, **wanted)
        if row is None or row.get(key) is None:
            return None
        return Figure(row[key], bool(row.get("is_void")))

    return find


def ratio(measurement: str, key: str, one: str, other: str) -> Callable[[Reports], Figure | None]:
    """The median over the rounds of one server's figure to another's."""

    def find(reports: Reports) -> Figure | None:
        ours, theirs = (row_of(reports, measurement, server=name) for name in (one, other))
        if ours is None or theirs is None:
            return None
        pairs = zip(ours[key], theirs[key], strict=True)
        found = statistics.median(mine / its for mine, its in pairs if its)
        return Figure(round(found, 2), bool(ours["is_void"]) or bool(theirs["is_void"]))

    return find


def _chat_p99(reports: Reports) -> Figure | None:
    ours, theirs = (row_of(reports, "chat", server=name) for name in ("ours", "socketio"))
    if ours is None or theirs is None:
        return None
    return Figure(round(ours["p99_ms"] / max(theirs["p99_ms"], 0.01), 2), bool(ours["is_void"]))


def _not_here(_reports: Reports) -> Figure | None:
    """Two cores for the server and one for the load are three."""
    return None


BARS: Final = (
    Bar("stage: listeners of three voices", 1_200, "", _of("stage", "largest", server="ours"), most=False),
    Bar("stage: CPU per packet", 5.0, "us", _of("stage", "us_per_packet", server="ours")),
    Bar("stage: to the C floor", 1.7, "x", ratio("stage", "rounds_us", "ours", "C floor")),
    Bar("stage: to rtpengine", 0.6, "x", ratio("stage", "rounds_us", "ours", "rtpengine")),
    Bar("lecture: listeners of one voice", 3_000, "", _of("lecture", "largest", server="ours"), most=False),
    Bar("lecture on two cores, with sending threads", 5_000, "", _not_here, most=False),
    Bar("tables: rooms of ten", 250, "", _of("tables", "largest", server="ours"), most=False),
    Bar("join: CPU", 1.0, "ms", _of("storm", "cpu_ms", at_once=16)),
    Bar("join: a second on one core", 600, "", _of("storm", "per_core_s", at_once=16), most=False),
    Bar("memory of a listener", 75, "KiB", _of("idle", "kib", members="with sound")),
    Bar("chat: CPU per delivery", 9.0, "us", _of("chat", "us_per_delivery", server="ours")),
    Bar("chat: to socket.io", 0.65, "x", ratio("chat", "rounds_us", "ours", "socketio")),
    Bar("chat: p99 to socket.io's", 1.0, "x", _chat_p99),
    Bar("together at 60 %: audio p99", 5.0, "ms", _of("together", "p99_ms", what="together")),
)
