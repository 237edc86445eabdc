"""What a member costs who is only there: memory of the server, and CPU time a second for checks and pings.

With sound, and with the page's connection alone. The growth from a smaller to a larger number is told, so
that the server's own size and its idle work are not in it.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tests.bench.load import Load, set_own_core
from tests.bench.machine import (
    OTHERS_MAX,
    SERVER_CORE,
    Neighbours,
    allow_files,
    cpu_ns_of,
    describe,
    has_two_cores,
    pin,
    resident_kib_of,
)
from tests.bench.ours import Ours
from tests.bench.pages import Page, give_page
from tests.bench.services import Shape
from tests.bots.served import crowd_server
from tests.bots.targets import read_site

SUMMARY = "memory and CPU of a member who only listens while nobody speaks"
_FEW: Final = 20
_ROOM: Final = "talk"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--members", type=int, default=400, metavar="N")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long nothing happens")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, pinned = describe(), has_two_cores()
    set_own_core()
    allow_files(8 * arguments.members + 1_000)
    rows = [
        {"members": "with sound", **asyncio.run(_with_sound(arguments.members, arguments.seconds))},
        {"members": "page only", **asyncio.run(_pages_only(arguments.members, arguments.seconds))},
    ]
    return {
        "measurement": "idle",
        "count": arguments.members,
        "machine": machine,
        "pinned": pinned,
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"idle: {report['count']} members, load {report['machine']['load_1min']}",
        "members         KiB each   join CPU ms   CPU us/s each   server's own KiB   own busy %   others %",
    ]
    lines.extend(
        f"{row['members']:12}   {row['kib']:9.1f}   {row['join_cpu_ms']:11.2f}   {row['us_per_s']:13.0f}   "
        f"{row['own_kib']:16}   {row['own_busy_percent']:10.2f}   {row['others_percent']:8.1f}"
        f"{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    return "\n".join(lines)


class _Watch:
    """Compares the server with few members and with many."""

    def __init__(self, pids: Sequence[int], load_pids: Sequence[int], seconds: float) -> None:
        self._pids, self._seconds = pids, seconds
        self._neighbours = Neighbours([*pids, *load_pids])
        self._own_kib = self._cpu_ns = 0
        self._own_busy = 0.0

    async def few(self) -> None:
        """Nearly nobody is there."""
        self._own_busy = await self._busy()
        self._own_kib, self._cpu_ns = resident_kib_of(self._pids), cpu_ns_of(self._pids)

    async def many(self, more: int) -> dict[str, Any]:
        """So many more are there now."""
        join_ns = cpu_ns_of(self._pids) - self._cpu_ns
        kib = resident_kib_of(self._pids) - self._own_kib
        busy = await self._busy()
        others = self._neighbours.part()
        return {
            "kib": round(kib / more, 1),
            "join_cpu_ms": round(join_ns / 1e6 / more, 3),
            "us_per_s": round((busy - self._own_busy) * 1e6 / more, 1),
            "own_kib": self._own_kib,
            "own_busy_percent": round(self._own_busy * 100, 2),
            "others_percent": round(others * 100, 1),
            "is_void": others > OTHERS_MAX,
        }

    async def _busy(self) -> float:
        before_ns, begin_s = cpu_ns_of(self._pids), time.monotonic()
        await asyncio.sleep(self._seconds)
        return (cpu_ns_of(self._pids) - before_ns) / 1e9 / (time.monotonic() - begin_s)


async def _with_sound(members: int, seconds: float) -> dict[str, Any]:
    shape = Shape(name="idle", voices=0, listeners=0, common=members, step=1, most=members)
    async with await Ours.open(shape) as ours:
        watch = _Watch(ours.pids, ours.load_pids, seconds)
        await ours.grow(_FEW)
        await watch.few()
        await ours.grow(_FEW + members)
        return await watch.many(members)
    raise AssertionError("nothing swallows an error here")


async def _pages_only(members: int, seconds: float) -> dict[str, Any]:
    with ExitStack() as closing:
        folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="lamplit-bench-"))
        load = closing.enter_context(Load())
        async with crowd_server(Path(folder)) as server:
            assert server.process is not None
            pids = [server.process.pid]
            pin(pids[0], SERVER_CORE)
            watch, site = _Watch(pids, [load.pid], seconds), read_site(server.url)

            async def come(number: int) -> None:
                await give_page(await Page.open(site, _ROOM, f"Page {number}"), load)

            for number in range(_FEW):
                await come(number)
            await watch.few()
            for number in range(_FEW, _FEW + members):
                await come(number)
            return await watch.many(members)
    raise AssertionError("nothing swallows an error here")
