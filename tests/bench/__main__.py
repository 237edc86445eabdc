"""`python -m tests.bench <what> ...`: run one measurement, print a table or JSON."""

import argparse
import json
import sys
from pathlib import Path

from tests.bench import bus, directory, facts, fanout, hop, joins, lecture, scaling, stage, tables

_MEASUREMENTS = {
    "bus": bus,
    "directory": directory,
    "facts": facts,
    "fanout": fanout,
    "hop": hop,
    "joins": joins,
    "lecture": lecture,
    "scaling": scaling,
    "stage": stage,
    "tables": tables,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure this server.")
    subparsers = parser.add_subparsers(dest="measurement", required=True)
    for name, module in _MEASUREMENTS.items():
        subparser = subparsers.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        subparser.add_argument("--json", metavar="FILE", help="write JSON to FILE, '-' for standard output")
        module.add_arguments(subparser)
    arguments = parser.parse_args()
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
