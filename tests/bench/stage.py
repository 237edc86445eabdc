"""One room, three voices at once, N listeners who each hear all three: the headline."""

import argparse
from typing import Any

from tests.bench import rounds
from tests.bench.rounds import add_arguments, write_table

SUMMARY = "one room, three voices at once, N listeners who each hear all three: the headline"

__all__ = ["SUMMARY", "add_arguments", "measure", "write_table"]


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    return rounds.measure("stage", arguments)
