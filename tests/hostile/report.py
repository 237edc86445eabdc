"""Figures of the hostile inputs: each trial is a line, all lines are one report.

`make hostile` sends everything twice, the second time judged by its figures too (`HOSTILE=full`), and writes
`build/hostile/report.md`. A run without it is short: it reports to nobody.
"""

import os
import platform
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from server.version import version

IS_FULL: Final = os.environ.get("HOSTILE") == "full"
FOLDER: Final = Path(__file__).resolve().parents[2] / "build" / "hostile"

_BARS: Final = (
    "A gap is the longest time without a packet of the voice at one of eight listeners, by the stamp of the "
    "kernel; the speaker's own lateness is left out. Bars: gap at most 60 ms, memory back to "
    "1 MB, nobody cut off, no packet lost; in a flood (BT12, BD10 by `make long`) a gap of 100 ms, and "
    "packets may be lost. The first of two turns warms up."
)
_HEAD: Final = (
    "| id | who | what | s | gap, ms | packets | lost | a line, ms | memory, kB | counters |",
    "|---|---|---|--:|--:|--:|--:|--:|--:|---|",
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One trial.

    Attributes:
        entry: the id, such as BH1.
        who: whether a stranger or a member sent it.
        what: in a word or two, where an entry has several trials.
        seconds: how long it took.
        gap_ms: the longest time without a packet at one of the eight who listen.
        packets: that the one with the fewest heard meanwhile.
        lost: that the one with the most did not.
        line_ms: how long a line of chat took afterwards until all nine had it.
        grown_bytes: memory that the server had not given back.
        counters: which counts rose, and by how much.
    """

    entry: str
    who: str
    what: str
    seconds: float
    gap_ms: float
    packets: int
    lost: int
    line_ms: float
    grown_bytes: int
    counters: dict[str, int]


def write_entries(entries: Sequence[Entry]) -> None:
    """Add the entries of one server's life to the report; a short run writes nothing."""
    if not IS_FULL or not entries:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{time.strftime('%H%M%S', time.gmtime())}-{os.getpid()}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(entries)))
    found = [
        entry
        for each in sorted(FOLDER.glob("*.json"))
        for entry in msgspec.json.decode(each.read_bytes(), type=list[Entry])
    ]
    (FOLDER / "report.md").write_text(report_of(found), "utf-8")


def report_of(entries: Iterable[Entry]) -> str:
    """Return the table as Markdown."""
    machine = (
        f"{os.cpu_count()} cores shared by the server, the nine, whoever attacks and whatever else ran; "
        f"load {os.getloadavg()[0]:.1f} at the end; {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, lamplit {version()}."
    )
    lines = ["# What hostile input does to nine members beside it", "", machine, "", _BARS, "", *_HEAD]
    for entry in entries:
        counters = ", ".join(f"{name} {count}" for name, count in sorted(entry.counters.items()))
        memory_kb = entry.grown_bytes / 1_000
        lines.append(
            f"| {entry.entry} | {entry.who} | {entry.what} | {entry.seconds:.2f} | {entry.gap_ms:.0f} | "
            f"{entry.packets} | {entry.lost} | {entry.line_ms:.0f} | {memory_kb:+.0f} | {counters} |"
        )
    return "\n".join([*lines, ""])
