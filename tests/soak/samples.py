"""What is noted every five seconds, and what a whole run comes to."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.soak.slope import Slope, medians_by, theil_sen

MB: Final = 1_000_000
SLOPE_BAR_MB_PER_H: Final = 1.0  # PROMISES K1: the estimate
SLOPE_HIGH_BAR_MB_PER_H: Final = 2.0  # ... and the upper end of its interval
LAG_BAR_MS: Final = 15.0
STARVED_BAR: Final = 0.1  # of the time: with more than this waited for a core a run says nothing of times
WRONG_VISITS_BAR: Final = 0.01  # on a busy machine one or the other takes too long; more is a fault

_MIN_S: Final = 60.0
_H_S: Final = 3_600.0
_KIB: Final = 1_024


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The server at one moment, and what happened in the five seconds before it.

    Attributes:
        at_s: since visitors began to come.
        rss_bytes, private_bytes: memory that is in use, and what of it is the process' own (smaps_rollup).
        blocks: small blocks that the interpreter has given out.
        late_us, starved_us: see `tests.soak.watched.Look`.
        gap_ms: the longest that a steady member heard.
        cut: steady members who are no longer connected.
        busy: share of all cores' time that anybody used.
    """

    at_s: float
    rss_bytes: int
    private_bytes: int
    blocks: int
    descriptors: int
    tasks: int
    threads: int
    late_us: list[int]
    starved_us: list[int]
    gap_ms: float
    visits: int
    busy: float
    cut: int = 0


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What must be the same before visitors come and after the last has gone."""

    descriptors: int
    tasks: int


class Run(msgspec.Struct, kw_only=True):
    """One soak.

    Attributes:
        minutes: for which visitors came.
        warm_up_s: not counted for the slope, nor for lateness.
        before, after: all visitors away.
        grown: objects by type, how many more there were at the end than after the warm-up.
    """

    minutes: float
    warm_up_s: float
    steady: int
    joins_per_s: float
    began: str
    machine: str
    before: Standing
    after: Standing
    back_after_s: float
    samples: list[Sample]
    grown: dict[str, int]
    errors: dict[str, int]
    cut: int
    load: tuple[float, float]
    server_log: str

    @property
    def counted(self) -> list[Sample]:
        """The samples after the warm-up."""
        return [sample for sample in self.samples if sample.at_s > self.warm_up_s]


def slope_per_hour(samples: Sequence[Sample], values: Sequence[float]) -> Slope | None:
    """Return the robust slope over medians of minutes; None where there are too few."""
    xs, ys = medians_by(_MIN_S, [sample.at_s for sample in samples], values)
    return theil_sen([x / _H_S for x in xs], ys) if len(xs) > 2 else None


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent do not exceed (nearest rank); 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def lateness_ms(samples: Sequence[Sample], percent: float) -> float:
    """Return the percentile of the loop's lateness, whoever's fault."""
    return percentile([late for sample in samples for late in sample.late_us], percent) / 1e3


def own_lateness_ms(samples: Sequence[Sample], percent: float) -> float:
    """Return the same without the time in which the thread waited for a core that others had."""
    own = [
        max(0, late - starved)
        for sample in samples
        for late, starved in zip(sample.late_us, sample.starved_us, strict=True)
    ]
    return percentile(own, percent) / 1e3


def missed_by(run: Run) -> list[str]:
    """Return in words which bars a run does not keep."""
    missed = always_missed_by(run)
    starved = sum(sum(sample.starved_us) for sample in run.counted) / 1e6
    lasted = run.counted[-1].at_s - run.counted[0].at_s if len(run.counted) > 1 else 1.0
    if starved > STARVED_BAR * lasted:
        missed.append(f"void: the server's loop waited {starved / lasted:.0%} of the time for a core")
    slope = slope_per_hour(run.counted, [sample.rss_bytes / MB for sample in run.counted])
    if slope is None:
        return [*missed, "too short for a slope"]
    if slope.estimate > SLOPE_BAR_MB_PER_H or slope.high >= SLOPE_HIGH_BAR_MB_PER_H:
        missed.append(f"memory grew by {slope.estimate:.2f} MB/h, up to {slope.high:.2f}")
    late_ms = lateness_ms(run.counted, 99)
    if late_ms > LAG_BAR_MS:
        own_ms = own_lateness_ms(run.counted, 99)
        missed.append(
            f"the loop was late by p99 {late_ms:.1f} ms, {own_ms:.1f} ms without waiting for a core"
        )
    return missed


def always_missed_by(run: Run) -> list[str]:
    """Return what must hold in the shortest run on the busiest machine, and does not."""
    missed = []
    if run.after != run.before:
        missed.append(f"afterwards {run.after}, before {run.before}")
    if run.cut:
        missed.append(f"{run.cut} steady members were cut off")
    visits = run.samples[-1].visits if run.samples else 0
    wrong = sum(run.errors.values())
    if not visits or wrong > WRONG_VISITS_BAR * visits:
        missed.append(f"{wrong} of {visits} visits went wrong")
    if run.server_log:
        missed.append("the server logged warnings")
    return missed


def read_memory(pid: int) -> tuple[int, int]:
    """Return how many bytes of a process are in memory, and how many of them are its own alone."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]:
        name, number, *_ = line.split()
        fields[name] = int(number) * _KIB
    return fields["Rss:"], fields["Private_Dirty:"] + fields["Private_Clean:"]


def count_descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def count_threads(pid: int) -> int:
    """Return how many threads a process has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


def read_ticks() -> tuple[int, int]:
    """Return the ticks of all cores since the machine started: all, and idle ones (proc(5))."""
    ticks = [int(word) for word in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[3] + ticks[4]
