"""Figures of the chaos tests: each test fills a sheet, all sheets together are one report.

    with open_sheet("R2", "A killed node", setting="3 nodes, 3 rooms of 10") as sheet:
        sheet.bar("audio back", "ms", p50=1_500, p95=3_000, most=5_000)
        ...
        sheet.measure("audio back", 812.0)     # one for each trial, or for each listener of a trial
        sheet.count("chat lines lost", 0)      # counts are added up and must be 0 in the end
        sheet.tell("kills while draining", "7")
    sheet.check()                              # in a full run every bar, in a short one what always holds

`build/chaos/full` (or `short`) keeps one file for each sheet, so that a run may be made in pieces: a sheet
with a `piece` replaces only that piece's figures. `python -m tests.chaos.report` prints the report.
"""

import math
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from server.version import version
from tests.chaos.counts import IS_FULL

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "build" / "chaos"
PERCENTILES: Final = (50, 95, 99)


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """What measured values may be at most; None: only reported."""

    what: str
    unit: str = "ms"
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    most: float | None = None
    short_most: float | None = None


class Figures(msgspec.Struct, kw_only=True):
    """What one piece of one promise brought.

    Attributes:
        values: measured, by what.
        counts: that must be 0, by what.
        told: other facts.
        load: the machine's load average of one minute, at the beginning and at the end.
        busy: the share of all cores' time that somebody used meanwhile.
    """

    promise: str
    title: str
    setting: str
    piece: str = ""
    bars: list[Bar] = []
    values: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    told: dict[str, str] = {}
    began: str = ""
    seconds: float = 0.0
    load: tuple[float, float] = (0.0, 0.0)
    busy: float = 0.0


class Sheet:
    """One test's figures."""

    def __init__(self, promise: str, title: str, *, setting: str, piece: str = "") -> None:
        """Begin; `piece` tells a part of the trials from the other parts of the same promise."""
        self.figures = Figures(
            promise=promise,
            title=title,
            setting=setting,
            piece=piece,
            began=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        )
        self._began_s = time.monotonic()
        self._ticks = _cpu_ticks()
        self._load = os.getloadavg()[0]

    def bar(  # noqa: PLR0913 - each is a figure of its own
        self,
        what: str,
        unit: str = "ms",
        *,
        p50: float | None = None,
        p95: float | None = None,
        p99: float | None = None,
        most: float | None = None,
        short_most: float | None = None,
    ) -> None:
        """Say what is wanted of values; `short_most` is what short runs, on any machine, must keep to."""
        self.figures.bars.append(
            Bar(what=what, unit=unit, p50=p50, p95=p95, p99=p99, most=most, short_most=short_most)
        )
        self.figures.values.setdefault(what, [])

    def measure(self, what: str, *values: float) -> None:
        """Take measured values."""
        self.figures.values.setdefault(what, []).extend(values)

    def count(self, what: str, number: int) -> None:
        """Add to a count that must be 0 in the end."""
        self.figures.counts[what] = self.figures.counts.get(what, 0) + number

    def tell(self, what: str, text: str) -> None:
        """Note something that is neither: how many of what there were, what was left out."""
        self.figures.told[what] = text

    def close(self) -> None:
        """Write the figures to their file, and the report anew."""
        self.figures.seconds = time.monotonic() - self._began_s
        self.figures.load = (self._load, os.getloadavg()[0])
        self.figures.busy = _busy_since(self._ticks)
        folder = sheets_folder()
        folder.mkdir(parents=True, exist_ok=True)
        name = "-".join(filter(None, (self.figures.promise, self.figures.piece))).replace(" ", "_")
        (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(self.figures)))
        write_report()

    def check(self) -> None:
        """See that what was promised is kept: in a short run counts and `short_most`, else every bar.

        Raises:
            AssertionError: it is not; with the figures.
        """
        missed = missed_by([self.figures], is_full=IS_FULL)
        assert not missed, f"{self.figures.promise}: {'; '.join(missed)}"


@contextmanager
def open_sheet(promise: str, title: str, *, setting: str, piece: str = "") -> Iterator[Sheet]:
    """Open a sheet that is written also where the test breaks off."""
    sheet = Sheet(promise, title, setting=setting, piece=piece)
    try:
        yield sheet
    except BaseException as error:
        sheet.tell("broke off", type(error).__name__)
        sheet.count("runs that broke off", 1)
        raise
    finally:
        sheet.close()


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that so many percent do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def missed_by(pieces: Sequence[Figures], *, is_full: bool) -> list[str]:
    """Return in words what the pieces of one promise fall short of."""
    missed = [f"{what}: {count}" for what, count in _counts(pieces).items() if count]
    values = _values(pieces)
    for bar in {bar.what: bar for piece in pieces for bar in piece.bars}.values():
        found = values.get(bar.what, [])
        if not found:
            missed += [f"{bar.what}: no value"] if is_full else []
            continue
        limits = (
            [(50, bar.p50), (95, bar.p95), (99, bar.p99), (100, bar.most)]
            if is_full
            else [(100, bar.short_most)]
        )
        missed += [
            f"{bar.what} {_rank(percent)} {percentile(found, percent):.0f} {bar.unit}, bar {limit:g}"
            for percent, limit in limits
            if limit is not None and percentile(found, percent) > limit
        ]
    return missed


def sheets_folder() -> Path:
    """Return where the sheets of this kind of run are kept."""
    return FOLDER / ("full" if IS_FULL else "short")


def write_report() -> str:
    """Write `report.md` of all sheets that are there; return its text."""
    folder = sheets_folder()
    sheets = [msgspec.json.decode(path.read_bytes(), type=Figures) for path in sorted(folder.glob("*.json"))]
    promises: dict[str, list[Figures]] = {}
    for sheet in sheets:
        promises.setdefault(sheet.promise, []).append(sheet)
    parts = [_heading(), *(_chapter(pieces) for pieces in promises.values())]
    text = "\n".join(parts)
    folder.mkdir(parents=True, exist_ok=True)
    (FOLDER / ("report.md" if IS_FULL else "report-short.md")).write_text(text, "utf-8")
    return text


def _chapter(pieces: Sequence[Figures]) -> str:
    first = pieces[0]
    missed = missed_by(pieces, is_full=IS_FULL)
    lines = [f"## {first.promise}: {first.title}", "", f"{first.setting}.", ""]
    lines += [f"**{'Kept' if not missed else 'Not kept: ' + '; '.join(missed)}**", ""]
    lines += ["| figure | values | p50 | p95 | p99 | max | bar |", "|---|--:|--:|--:|--:|--:|---|"]
    bars = {bar.what: bar for piece in pieces for bar in piece.bars}
    for what, values in _values(pieces).items():
        if values:
            ranks = " | ".join(f"{percentile(values, percent):.0f}" for percent in (*PERCENTILES, 100))
            bar = bars.get(what)
            lines.append(f"| {what}, {bar.unit if bar else 'ms'} | {len(values)} | {ranks} | {_words(bar)} |")
    lines += [f"| {what} | {count} | | | | | 0 |" for what, count in _counts(pieces).items()]
    lines.append("")
    for piece in pieces:
        name = f"{piece.piece}: " if piece.piece else ""
        load = f"load {piece.load[0]:.1f} to {piece.load[1]:.1f}, cores {piece.busy:.0%} busy"
        told = "".join(f"; {what}: {text}" for what, text in piece.told.items())
        lines.append(f"- {name}{piece.began}, {piece.seconds:.0f} s, {load}{told}")
    return "\n".join([*lines, ""])


def _words(bar: Bar | None) -> str:
    if bar is None:
        return "none"
    named = (("p50", bar.p50), ("p95", bar.p95), ("p99", bar.p99), ("max", bar.most))
    words = ", ".join(f"{name} ≤ {limit:g}" for name, limit in named if limit is not None)
    return words or "none"


def _heading() -> str:
    kind = "full" if IS_FULL else "short: few trials, times are only reported"
    redis = _version_of("redis-server", "--version")
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return (
        f"# What nodes withstand\n\nRun: {kind}. {os.cpu_count()} cores shared by nodes, Redis, bots and "
        f"whatever else ran; {system}, {redis}, lamplit {version()} at {_commit()}.\n\n"
        "A bot tags every packet. A gap is the longest time without a packet of a voice at a listener, by "
        "the kernel's stamp of arrival; the speaker's own lateness is left out of it.\n"
    )


def _rank(percent: int) -> str:
    return "max" if percent == 100 else f"p{percent}"


def _values(pieces: Sequence[Figures]) -> dict[str, list[float]]:
    values: dict[str, list[float]] = {}
    for piece in pieces:
        for what, found in piece.values.items():
            values.setdefault(what, []).extend(found)
    return values


def _counts(pieces: Sequence[Figures]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for piece in pieces:
        for what, count in piece.counts.items():
            counts[what] = counts.get(what, 0) + count
    return counts


def _cpu_ticks() -> tuple[int, int]:
    """Return the ticks of all cores: all there were, and idle ones (proc(5))."""
    words = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
    ticks = [int(word) for word in words]
    return sum(ticks[:8]), ticks[3] + ticks[4]


def _busy_since(before: tuple[int, int]) -> float:
    after = _cpu_ticks()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def _version_of(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        return f"no {program}"
    answer = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    words = answer.stdout.split()
    return " ".join([program, *(word for word in words if word.startswith("v="))])


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "an unknown commit"
    words = [git, "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip() or "an unknown commit"


if __name__ == "__main__":
    sys.stdout.write(write_report() + f"\n{FOLDER / ('report.md' if IS_FULL else 'report-short.md')}\n")
