"""The page and the plot of a soak."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.soak.samples import (
    LAG_BAR_MS,
    MB,
    SLOPE_BAR_MB_PER_H,
    SLOPE_HIGH_BAR_MB_PER_H,
    Run,
    lateness_ms,
    missed_by,
    own_lateness_ms,
    percentile,
    slope_per_hour,
)

_GROWN_SHOWN: Final = 20
_WIDTH: Final = 900
_PANEL: Final = 150
_LEFT: Final = 90
_TOP: Final = 34
_MIN_S: Final = 60.0


def write_report(run: Run, folder: Path) -> str:
    """Write `report.md`, `soak.svg` and `samples.json`; return the report's text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.json").write_bytes(msgspec.json.encode(run))
    (folder / "soak.svg").write_text(draw(run), "utf-8")
    text = _words(run)
    (folder / "report.md").write_text(text, "utf-8")
    return text


def _words(run: Run) -> str:
    counted = run.counted
    missed = missed_by(run)
    busy = percentile([sample.busy for sample in counted], 50)
    visits = run.samples[-1].visits if run.samples else 0
    lines = [
        "# What an hour does to a server",
        "",
        (
            f"{run.steady} members with sound stayed, {run.joins_per_s:g} others a second came and went for "
            f"{run.minutes:g} minutes ({visits} of them), the first {run.warm_up_s / 60:g} minutes not "
            f"counted. {run.began}, {run.machine}; load {run.load[0]:.1f} to {run.load[1]:.1f}, all cores "
            f"together {busy:.0%} busy (median), with the bots and whatever else ran."
        ),
        "",
        f"**{'Kept' if not missed else 'Not kept: ' + '; '.join(missed)}**",
        "",
        "| figure | value | bar |",
        "|---|--:|---|",
        *_rows(run),
        "",
        (
            "Memory is the resident set (smaps_rollup). The slope is Theil and Sen's over medians of "
            "minutes, with the interval of 95 %. Lateness: by how much sleeps of 10 ms in the server's loop "
            "were too long; without waiting: less the time in which its thread was ready, and others had the "
            "core."
        ),
        "",
        "![memory, blocks, lateness, gaps, descriptors and tasks](soak.svg)",
        "",
        "## Grown from the end of the warm-up to the end",
        "",
        *(f"- {name}: {number:+}" for name, number in list(run.grown.items())[:_GROWN_SHOWN]),
    ]
    if run.errors:
        lines += [
            "",
            "## Visits that went wrong",
            "",
            *(f"- {n} x {words}" for words, n in run.errors.items()),
        ]
    return "\n".join([*lines, ""])


def _rows(run: Run) -> list[str]:
    counted = run.counted
    rows = []
    for name, values, bar in (
        (
            "memory, MB/h",
            [sample.rss_bytes / MB for sample in counted],
            f"≤ {SLOPE_BAR_MB_PER_H:g}, interval below {SLOPE_HIGH_BAR_MB_PER_H:g}",
        ),
        ("own memory, MB/h", [sample.private_bytes / MB for sample in counted], "none"),
        ("blocks given out, 1000/h", [sample.blocks / 1e3 for sample in counted], "none"),
    ):
        slope = slope_per_hour(counted, values)
        shown = (
            "too short" if slope is None else f"{slope.estimate:+.2f} ({slope.low:+.2f} to {slope.high:+.2f})"
        )
        rows.append(f"| {name} | {shown} | {bar} |")
    if counted:
        first, last = counted[0], counted[-1]
        rows.append(f"| memory, MB | {first.rss_bytes / MB:.1f} to {last.rss_bytes / MB:.1f} | none |")
        rows.append(f"| threads | {first.threads} to {last.threads} | none |")
    for name in ("descriptors", "tasks"):
        before, after = getattr(run.before, name), getattr(run.after, name)
        rows.append(f"| {name}, nobody visiting | {before} before, {after} after | equal |")
    rows.append(f"| back after | {run.back_after_s:.0f} s | none |")
    late = " / ".join(f"{lateness_ms(counted, percent):.1f}" for percent in (50, 99, 100))
    own = " / ".join(f"{own_lateness_ms(counted, percent):.1f}" for percent in (50, 99, 100))
    gaps = [sample.gap_ms for sample in counted]
    heard = " / ".join(f"{percentile(gaps, percent):.0f}" for percent in (50, 99, 100))
    return [
        *rows,
        f"| loop late p50 / p99 / max, ms | {late} | p99 ≤ {LAG_BAR_MS:g} |",
        f"| ... without waiting for a core, ms | {own} | none |",
        f"| longest gap in 5 s, p50 / p99 / max, ms | {heard} | none |",
        f"| steady members cut off | {run.cut} | 0 |",
        f"| visits that went wrong | {sum(run.errors.values())} | ≤ 1 % |",
    ]


def draw(run: Run) -> str:
    """Return the plot as SVG: one panel below the other, minutes to the right."""
    samples = run.samples
    panels: list[tuple[str, list[float]]] = [
        ("memory, MB", [sample.rss_bytes / MB for sample in samples]),
        ("blocks given out, 1000", [sample.blocks / 1e3 for sample in samples]),
        ("loop late, p99 of 5 s, ms", [percentile(sample.late_us, 99) / 1e3 for sample in samples]),
        ("longest gap in 5 s, ms", [sample.gap_ms for sample in samples]),
        ("descriptors", [float(sample.descriptors) for sample in samples]),
        ("tasks", [float(sample.tasks) for sample in samples]),
        ("all cores busy, %", [100 * sample.busy for sample in samples]),
    ]
    times = [sample.at_s / _MIN_S for sample in samples]
    height = len(panels) * (_PANEL + _TOP) + _TOP
    drawn = [_panel(number, title, times, values) for number, (title, values) in enumerate(panels)]
    warm_x = _x(run.warm_up_s / _MIN_S, times)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "".join(drawn)
        + f'<line x1="{warm_x:.1f}" y1="{_TOP}" x2="{warm_x:.1f}" y2="{height - _TOP}" stroke="#b58" '
        'stroke-dasharray="4 4"/>\n</svg>\n'
    )


def _x(minutes: float, times: Sequence[float]) -> float:
    return _LEFT + minutes / max(times, default=1.0) * (_WIDTH - _LEFT - 20)


def _panel(number: int, title: str, times: Sequence[float], values: Sequence[float]) -> str:
    top = _TOP + number * (_PANEL + _TOP)
    low, high = min(values, default=0.0), max(values, default=1.0)
    span = (high - low) or 1.0
    points = " ".join(
        f"{_x(at, times):.1f},{top + _PANEL - (value - low) / span * _PANEL:.1f}"
        for at, value in zip(times, values, strict=True)
    )
    last = max(times, default=0.0)
    return (
        f'<text x="{_LEFT}" y="{top - 6}">{title}</text>\n'
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH - _LEFT - 20}" height="{_PANEL}" fill="none" '
        'stroke="#bbb"/>\n'
        f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{high:.1f}</text>\n'
        f'<text x="{_LEFT - 6}" y="{top + _PANEL}" text-anchor="end">{low:.1f}</text>\n'
        f'<text x="{_WIDTH - 20}" y="{top + _PANEL + 14}" text-anchor="end">{last:.0f} min</text>\n'
        f'<polyline points="{points}" fill="none" stroke="#246" stroke-width="1"/>\n'
    )
