"""One room, one voice, N listeners."""

import argparse
from typing import Any

from tests.bench import rounds
from tests.bench.rounds import add_arguments, write_table

SUMMARY = "one room, one voice, N listeners"

__all__ = ["SUMMARY", "add_arguments", "measure", "write_table"]


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    return rounds.measure("lecture", arguments)
