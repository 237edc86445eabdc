"""Rooms of ten with one voice each."""

import argparse
from typing import Any

from tests.bench import rounds
from tests.bench.rounds import add_arguments, write_table

SUMMARY = "rooms of ten with one voice each"

__all__ = ["SUMMARY", "add_arguments", "measure", "write_table"]


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    return rounds.measure("tables", arguments)
