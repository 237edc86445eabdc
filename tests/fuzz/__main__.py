"""Every target for some time, one after another: `make fuzz`. Writes build/fuzz/report.md."""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.targets import TARGETS

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "build" / "fuzz"
_STAT: Final = re.compile(r"^stat::(\w+):\s+(\d+)$", re.MULTILINE)
_SPARE_S: Final = 600  # to start on a busy machine, and to end a slow input


class Outcome(NamedTuple):
    """What became of one target."""

    name: str
    inputs: int
    seconds: float
    kept: int
    lines: int
    reached: int
    missed: dict[str, list[int]]
    findings: tuple[str, ...]


def main() -> int:
    """Run the targets; not 0 where one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.fuzz")
    seconds = int(os.environ.get("FUZZ_SECONDS", "300"))
    parser.add_argument(
        "--seconds", type=int, default=seconds, help="for each target; FUZZ_SECONDS says it too"
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the inputs that reach further in tests/fuzz/kept"
    )
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of {', '.join(TARGETS)}; none: all")
    asked = parser.parse_args()
    outcomes = []
    for name in asked.targets or TARGETS:
        outcome = run_target(name, asked.seconds, keep=asked.keep)
        outcomes.append(outcome)
        print(_row(outcome), flush=True)  # noqa: T201 - this is a program
        FOLDER.joinpath("report.md").write_text(report(outcomes), "utf-8")
    return int(any(outcome.findings for outcome in outcomes))


def run_target(name: str, seconds: int, *, keep: bool) -> Outcome:
    """Explore one target, then see how far its inputs reach."""
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    started_s = time.monotonic()
    with log.open("wb") as stream:
        subprocess.run(  # noqa: S603 - our own program
            [
                sys.executable,
                "-m",
                "tests.fuzz.explore",
                name,
                "--seconds",
                str(seconds),
                "--folder",
                str(folder),
            ],
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            check=False,
            timeout=seconds + _SPARE_S,
        )
    took_s = time.monotonic() - started_s
    stats = dict(_STAT.findall(log.read_text("utf-8", "replace")))
    seen = subprocess.run(  # noqa: S603 - the same
        [
            sys.executable,
            "-m",
            "tests.fuzz.reached",
            name,
            "--folder",
            str(folder),
            *(["--keep"] if keep else []),
        ],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    found = json.loads(seen.stdout)
    findings = tuple(
        sorted(file.name for kind in ("crash", "timeout", "oom", "slow") for file in folder.glob(f"{kind}-*"))
    )
    inputs = int(stats.get("number_of_executed_units", 0))
    return Outcome(
        name, inputs, took_s, found["inputs"], found["lines"], found["reached"], found["missed"], findings
    )


def _row(outcome: Outcome) -> str:
    share = 100 * outcome.reached / outcome.lines if outcome.lines else 0
    rate = outcome.inputs / outcome.seconds
    findings = ", ".join(outcome.findings) or "none"
    return (
        f"| {outcome.name} | {outcome.inputs:,} | {outcome.seconds:.0f} | {rate:,.0f} | {outcome.kept}"
        f" | {outcome.reached} of {outcome.lines} ({share:.0f} %) | {findings} |"
    )


def report(outcomes: list[Outcome]) -> str:
    """Return the page."""
    head = [
        "# Fuzzing",
        "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores. Seconds hold the start of the process.",
        "Lines are those of the readers' functions that some input reached.",
        "",
        "| Target | Inputs | Seconds | Inputs/s | Kept | Lines of the readers | Findings |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    missed = [
        f"- {outcome.name}: "
        + "; ".join(f"{file} {', '.join(map(str, lines))}" for file, lines in outcome.missed.items())
        for outcome in outcomes
        if outcome.missed
    ]
    return "\n".join([*head, *map(_row, outcomes), "", "Lines that were not reached:", "", *missed, ""])


if __name__ == "__main__":
    sys.exit(main())
