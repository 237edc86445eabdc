"""A join storm: N members come at the same moment, each with page, handshake and sound, into one room.

CPU time is the server's alone. How many come in a second is also the load's affair, which makes the other
half of every handshake on one core; what one core of the server could take in a second is told beside it.
"""

import argparse
import asyncio
import statistics
from typing import Any

from tests.bench.load import set_own_core
from tests.bench.machine import OTHERS_MAX, Neighbours, allow_files, describe, has_two_cores
from tests.bench.ours import Ours
from tests.bench.services import Shape

SUMMARY = "N members come at once, with sound: time and CPU of each join"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--joins", type=int, default=300, metavar="N")
    parser.add_argument("--at-once", type=int, nargs="+", default=[16, 300], metavar="N")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, pinned = describe(), has_two_cores()
    set_own_core()
    allow_files(8 * arguments.joins + 1_000)
    rows = [asyncio.run(_measure(arguments.joins, at_once)) for at_once in arguments.at_once]
    return {
        "measurement": "storm",
        "joins": arguments.joins,
        "machine": machine,
        "pinned": pinned,
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"storm: {report['joins']} members, load {report['machine']['load_1min']}",
        "at once   CPU ms/join   joins/s/core   seen   p50 ms   p99 ms   max ms   KiB   failed   others %",
    ]
    lines.extend(
        f"{row['at_once']:7}   {row['cpu_ms']:11.2f}   {row['per_core_s']:12.0f}   {row['per_s']:4.0f}   "
        f"{row['p50_ms']:6.0f}   {row['p99_ms']:6.0f}   {row['max_ms']:6.0f}   {row['kib']:3.0f}   "
        f"{row['failed']:6}   "
        f"{row['others_percent']:8.1f}{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    return "\n".join(lines)


async def _measure(joins: int, at_once: int) -> dict[str, Any]:
    shape = Shape(name="storm", voices=0, listeners=0, common=joins, step=1, most=joins)
    async with await Ours.open(shape) as ours:
        await ours.grow(10)  # the first ones pay for imports and caches
        ours.joins_at_once = at_once
        neighbours = Neighbours([*ours.pids, *ours.load_pids])
        grown = await ours.grow(10 + joins)
        others = neighbours.part()
        took_ms = [bot.join_ms for bot in ours.bots[10:]] or [0.0, 0.0]
        parts = statistics.quantiles(took_ms, n=100)
        return {
            "at_once": at_once,
            "failed": grown.failed,
            "cpu_ms": round(grown.cpu_ms, 3),
            "per_core_s": round(1_000 / grown.cpu_ms),
            "per_s": round(grown.per_s),
            "p50_ms": round(parts[49], 1),
            "p99_ms": round(parts[98], 1),
            "max_ms": round(max(took_ms), 1),
            "kib": round(grown.kib, 1),
            "others_percent": round(others * 100, 1),
            "is_void": others > OTHERS_MAX,
        }
    raise AssertionError("nothing swallows an error here")
