"""`python -m tests.bench <what> ...`: run one measurement, print a table or JSON."""

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.bench import (
    bus,
    chat,
    directory,
    facts,
    fanout,
    hop,
    idle,
    joins,
    lecture,
    lobby,
    page,
    scaling,
    stage,
    storm,
    tables,
    together,
)

_MEASUREMENTS = {
    "bus": bus,
    "chat": chat,
    "directory": directory,
    "facts": facts,
    "fanout": fanout,
    "hop": hop,
    "idle": idle,
    "joins": joins,
    "lecture": lecture,
    "lobby": lobby,
    "page": page,
    "scaling": scaling,
    "stage": stage,
    "storm": storm,
    "tables": tables,
    "together": together,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure this server.")
    subparsers = parser.add_subparsers(dest="measurement", required=True)
    for name, module in _MEASUREMENTS.items():
        subparser = subparsers.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        subparser.add_argument("--json", metavar="FILE", help="write JSON to FILE, '-' for standard output")
        module.add_arguments(subparser)
    arguments = parser.parse_args()
    signal.signal(
        signal.SIGTERM, signal.default_int_handler
    )  # servers that were started are ended in any case
    module = _MEASUREMENTS[arguments.measurement]
    report = module.measure(arguments)
    # The table goes to the person, the JSON to the program that reads this one's output.
    table_stream = sys.stderr if arguments.json == "-" else sys.stdout
    print(module.write_table(report), file=table_stream)
    if arguments.json:
        text = json.dumps(report, indent=2) + "\n"
        if arguments.json == "-":
            sys.stdout.write(text)
        else:
            Path(arguments.json).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
