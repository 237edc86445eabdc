"""All measurements in short form, one after the other, and one page: `build/bench/report.md`.

Each runs in a process of its own, so that one which fails costs its own part of the page and no more.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from tests.bench.bars import Verdict, judge
from tests.bench.compiled import BUILT, ROOT
from tests.bench.machine import describe
from tests.bench.ours import our_version

SUMMARY = "everything in short form, and one page with our bars (15 min)"
_MEDIA: Final = ("--on", "ours", "floor", "janus", "rtpengine")
_BRIEF: Final = ("--rounds", "2", "--no-search")
ALL_WITHIN_S: Final = 14.5 * 60
LEAST_S: Final = 10.0
END_WITHIN_S: Final = 20.0


class Part(NamedTuple):
    """One measurement of the page: a measurement's name and its arguments, under a name of the page's."""

    name: str
    words: tuple[str, ...]
    within_s: float


# The most telling first: what the time does not suffice for is left out.
PARTS: Final = (
    Part("stage", ("stage", *_MEDIA), 200),
    Part("chat", ("chat",), 90),
    Part("lecture", ("lecture", *_MEDIA, "--rounds", "2"), 220),
    Part("tables", ("tables", *_MEDIA, "--rounds", "2"), 200),
    Part("storm", ("storm",), 60),
    Part("idle", ("idle",), 60),
    Part("together", ("together",), 80),
    Part("lobby", ("lobby", "--seconds", "2"), 40),
    Part("hop", ("hop", "--seconds", "8"), 60),
    Part("facts", ("facts", "--members", "10", "1000", "--turns", "40"), 60),
    Part("mixed", ("stage", "--on", "ours", "audiobridge", "--size", "60", *_BRIEF), 60),
    Part("mumble", ("lecture", "--on", "ours", "mumble", "--size", "200", *_BRIEF), 60),
)


class Outcome(NamedTuple):
    """What became of a part: its report, or the last line of why there is none."""

    part: Part
    report: dict[str, Any] | None
    table: str
    took_s: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], metavar="PART")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, began_s = describe(), time.monotonic()
    outcomes = []
    for part in PARTS:
        if not arguments.only or part.name in arguments.only:
            past_s = time.monotonic() - began_s
            sys.stderr.write(f"{past_s:5.0f} s   {part.name} ...\n")
            outcomes.append(_run(part, min(part.within_s, ALL_WITHIN_S - past_s)))
    reports = reports_of(outcomes)
    page = write_page(machine, our_version(), outcomes, judge(reports), time.monotonic() - began_s)
    BUILT.mkdir(parents=True, exist_ok=True)
    (BUILT / "report.md").write_text(page, "utf-8")
    (BUILT / "report.json").write_text(json.dumps(reports, indent=2) + "\n", "utf-8")
    return {"measurement": "page", "machine": machine, "page": page, "reports": reports}


def write_table(report: dict[str, Any]) -> str:
    text: str = report["page"]
    return text


def _run(part: Part, within_s: float) -> Outcome:
    if within_s < LEAST_S:
        return Outcome(part, None, f"no time left of {ALL_WITHIN_S / 60:.0f} min", 0.0)
    began_s = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "tests.bench", *part.words, "--json", "-"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        report, words = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)  # it ends the servers that it has started
        try:
            process.communicate(timeout=END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return Outcome(part, None, f"not done within {within_s:.0f} s", time.monotonic() - began_s)
    took_s = time.monotonic() - began_s
    if process.returncode:
        return Outcome(part, None, _last_line(words), took_s)
    return Outcome(part, json.loads(report), words.strip(), took_s)


def _last_line(text: str) -> str:
    lines = [line.strip(" |+-") for line in text.splitlines() if line.strip(" |+-")]
    return lines[-1] if lines else "it said nothing"


def write_page(
    machine: Mapping[str, Any],
    version: str,
    outcomes: Sequence[Outcome],
    verdicts: Sequence[Verdict],
    took_s: float,
) -> str:
    """The page, in Markdown that also reads well as it is."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    kind = " of a virtual machine" if machine["is_virtual"] else ""
    cores = f"{machine['cpu']}, {machine['cores']} cores{kind}, {machine['memory_gib']} GiB"
    lines = [
        f"# Lamplit, measured {now}",
        "",
        f"Version {version}, Python {machine['python']}. {cores}, Linux {machine['kernel']}.",
        f"Load average before: {machine['load_1min']}. Took {took_s / 60:.1f} min.",
        "",
        "## Bars",
        "",
        *_table(("figure", "bar", "measured", ""), [_verdict_cells(one) for one in verdicts]),
        "",
        "## Versions",
        "",
        *_table(("program", "version"), sorted(_versions(outcomes).items())),
        "",
        "## Left out",
        "",
        *_left_out(outcomes),
        "- a server on two cores: the load wants a third for itself, so this is not measured",
        "",
        "## How it was measured",
        "",
        *_METHOD,
        "",
    ]
    for one in outcomes:
        lines += [
            f"## {one.part.name}",
            "",
            f"`python -m tests.bench {' '.join(one.part.words)}`",
        ]
        lines += [f"({one.took_s:.0f} s)", "", "```", one.table or "nothing", "```", ""]
    return "\n".join(lines)


_METHOD: Final = (
    "Server and load have a core each where there are two. CPU time is user and system time of all threads",
    "of the server's process (the kernel's schedstat), its idle work and delivery over loopback included.",
    "Packets are real: ICE, DTLS, AES-128-GCM, 78 bytes of Opus each 20 ms, consent checks and reports.",
    "Members' sockets are looked at every 8 ms rather than slept on: to wake a sleeper is the sender's CPU",
    "time. A delay is from a speaker's send to the kernel's receive stamp at a listener. Servers speak by",
    "turns in the same run; ratios are medians over the rounds. A size passes while at most 0.1 % is lost",
    "and the delay's p99 is at most 30 ms. While others use more than a tenth of the machine a figure",
    "is void: it is shown, and says nothing.",
)


def _verdict_cells(verdict: Verdict) -> tuple[str, str, str, str]:
    bar = verdict.bar
    unit = f" {bar.unit}" if bar.unit else ""
    measured = "-" if verdict.figure is None else f"{verdict.figure.value:,.4g}{unit}".replace(",", " ")
    sign = "<=" if bar.most else ">="
    return bar.what, f"{sign} {bar.limit:,.4g}{unit}".replace(",", " "), measured, verdict.word


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table whose columns line up."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def _versions(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        row["server"]: row["version"] + (f" ({row['remark']})" if row.get("remark") else "")
        for one in outcomes
        if one.report is not None
        for row in one.report.get("rows", [])
        if row.get("version")
    }


def _left_out(outcomes: Sequence[Outcome]) -> list[str]:
    found: dict[str, list[str]] = {}
    for one in outcomes:
        if one.report is None:
            found.setdefault(f"{one.part.name}: {one.table}", [])
        else:
            for name, why in one.report.get("left_out", {}).items():
                found.setdefault(f"{name}: {why}", []).append(one.part.name)
    return [f"- {what}" + (f" ({', '.join(where)})" if where else "") for what, where in found.items()]


def reports_of(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """The reports that there are, by name."""
    return {one.part.name: one.report for one in outcomes if one.report is not None}
