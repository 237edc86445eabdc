"""Everything together: sound for as many as fill 60 % of a core, chat, and members who come and go.

First the sound alone at the same size, then with all the rest. The delay is what the server adds: from a
speaker's send to the kernel's receive stamp at each listener.
"""

import argparse
import asyncio
import statistics
import time
from typing import Any, Final

from tests.bench.load import set_own_core
from tests.bench.machine import OTHERS_MAX, allow_files, cpu_ns_of, describe, has_two_cores
from tests.bench.ours import Ours
from tests.bench.rounds import watched
from tests.bench.services import Shape, Turn

SUMMARY = "sound, chat, joins and leaves at once, at 60 % of what one core carries"
BUSY: Final = 0.6
_FIRST: Final = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listeners", type=int, metavar="N", help="default: what fills 60 %% of a core")
    parser.add_argument("--lines-per-s", type=float, default=1.0, metavar="N")
    parser.add_argument("--joins-per-s", type=float, default=2.0, metavar="N", help="and as many leaves")
    parser.add_argument("--seconds", type=float, default=8.0)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, pinned = describe(), has_two_cores()
    set_own_core()
    allow_files(30_000)
    found = asyncio.run(_measure(arguments))
    return {"measurement": "together", "machine": machine, "pinned": pinned, **found}


def write_table(report: dict[str, Any]) -> str:
    what = f"{report['lines']} lines of chat, {report['joins']} joins and leaves in {report['seconds']:.0f} s"
    lines = [
        f"together: three voices to {report['listeners']}, {what}, load {report['machine']['load_1min']}",
        "what            busy %   audio p50/p99/max ms         lost %   others %",
    ]
    lines.extend(
        f"{row['what']:12}   {row['busy_percent']:6.1f}   {row['p50_ms']:6.2f} / {row['p99_ms']:6.2f} / "
        f"{row['max_ms']:6.2f}   {row['lost_percent']:7.3f}   {row['others_percent']:8.1f}"
        f"{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    lines.append(
        f"joins took {report['join_p50_ms'] or 0:.0f} ms (median), "
        f"{report['join_max_ms'] or 0:.0f} ms (longest)"
    )
    return "\n".join(lines)


async def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    shape = Shape(name="together", voices=3, listeners=0, common=_FIRST, step=10, most=3_000)
    async with await Ours.open(shape) as ours:
        listeners = arguments.listeners or await _fill(ours)
        await ours.grow(listeners)
        alone, others_alone = await watched(ours, min(3.0, arguments.seconds))
        life = _Life(ours, arguments)
        async with asyncio.TaskGroup() as tasks:
            chatting = tasks.create_task(life.chat())
            moving = tasks.create_task(life.come_and_go(tasks))
            together, others_together = await watched(ours, arguments.seconds)
            chatting.cancel()
            moving.cancel()
        return {
            "listeners": listeners,
            "seconds": arguments.seconds,
            "lines": life.lines,
            "joins": len(life.joins_ms),
            "join_p50_ms": round(statistics.median(life.joins_ms), 1) if life.joins_ms else None,
            "join_max_ms": round(max(life.joins_ms), 1) if life.joins_ms else None,
            "rows": [
                _write_row("sound alone", alone, others_alone),
                _write_row("together", together, others_together),
            ],
        }
    raise AssertionError("nothing swallows an error here")


async def _fill(ours: Ours) -> int:
    """Grow by halves of what is missing until a core is 60 % busy with sound; return the size."""
    size = _FIRST
    for _ in range(3):
        await ours.grow(size)
        turn, _ = await watched(ours, 1.5)
        if turn.busy >= BUSY * 0.9:
            break
        size = max(size, min(int(size * BUSY / max(turn.busy, 0.02)), size * 5))
    return size


class _Life:
    """Chat, and members who come with sound, listen for a while and go."""

    def __init__(self, ours: Ours, arguments: argparse.Namespace) -> None:
        self._ours, self._arguments = ours, arguments
        self.lines = 0
        self.joins_ms: list[float] = []

    async def chat(self) -> None:
        """Write lines, all members by turns."""
        while True:
            await asyncio.sleep(1 / self._arguments.lines_per_s)
            writer = self._ours.bots[self.lines % len(self._ours.bots)]
            await writer.say("Thank you. I needed to hear that today, and I am glad that I came.")
            self.lines += 1

    async def come_and_go(self, tasks: asyncio.TaskGroup) -> None:
        """Let one come, and the one before it go."""
        at_s, number = time.monotonic(), 0
        while True:
            at_s += 1 / self._arguments.joins_per_s
            await asyncio.sleep(max(0.0, at_s - time.monotonic()))
            number += 1
            tasks.create_task(self._visit(number))

    async def _visit(self, number: int) -> None:
        bot = await self._ours.visit(f"Guest {number} {cpu_ns_of(self._ours.pids) % 9_973}")
        self.joins_ms.append(bot.join_ms)
        await asyncio.sleep(1.0)
        await bot.leave()


def _write_row(what: str, turn: Turn, others: float) -> dict[str, Any]:
    heard = turn.heard
    return {
        "what": what,
        "busy_percent": round(turn.busy * 100, 1),
        "p50_ms": round(heard.p50_ms, 2),
        "p99_ms": round(heard.p99_ms, 2),
        "max_ms": round(heard.max_ms, 2),
        "lost_percent": round(heard.lost_part * 100, 3),
        "others_percent": round(others * 100, 1),
        "is_void": others > OTHERS_MAX,
    }
