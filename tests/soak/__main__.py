"""`python -m tests.soak`: run one, write its report, and say whether the bars were kept."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.soak.crowd import CrowdPlan
from tests.soak.report import write_report
from tests.soak.run import LEAST_S, ROOMS, soak
from tests.soak.samples import missed_by

FOLDER: Final = Path(__file__).resolve().parents[2] / "build" / "soak"
WARM_UP_S: Final = 600.0
STEADY: Final = 40
JOINS_PER_S: Final = 2.0
MINUTES_MAX: Final = 24 * 60.0


def main() -> int:
    """Return 0 where every bar was kept, 1 where one was not, 2 for numbers that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=float(os.environ.get("SOAK_MINUTES", "60")), help="default: 60")
    add("--steady", type=int, default=STEADY, help=f"members who stay (default: {STEADY})")
    add("--joins-per-s", type=float, default=JOINS_PER_S, help=f"others (default: {JOINS_PER_S:g})")
    add("--folder", type=Path, default=FOLDER, help="where report, plot and samples go")
    asked = parser.parse_args()
    seconds = asked.minutes * 60
    if not LEAST_S <= seconds <= MINUTES_MAX * 60 or asked.steady < len(ROOMS) or asked.joins_per_s <= 0:
        sys.stderr.write("soak: that many minutes, members or joins cannot be\n")
        return 2
    plan = CrowdPlan(rooms=ROOMS, steady=asked.steady, joins_per_s=asked.joins_per_s)
    warm_up_s = min(WARM_UP_S, seconds / 4)  # of an hour ten minutes, of less a quarter
    asked.folder.mkdir(parents=True, exist_ok=True)
    journal = asked.folder / "samples.jsonl"
    journal.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = asyncio.run(soak(Path(folder), seconds, plan, warm_up_s, journal=journal))
    sys.stdout.write(write_report(run, asked.folder) + f"\n{asked.folder / 'report.md'}\n")
    return 1 if missed_by(run) else 0


if __name__ == "__main__":
    sys.exit(main())
