"""Chat fan-out: one room, N members, some of whom write a line each second; CPU time per line delivered.

Members have no sound here. The same load reads the same number of connections of each server; a delivery is
a line that reached one member, the writer too; its delay is from the writer's send to the arrival there.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from signaling.from_browser import PostChat
from tests.bench.bars import ratio
from tests.bench.compiled import LeftOutError
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
from tests.bench.ours import our_version
from tests.bench.pages import Page, frame_of, give_page
from tests.bench.peers.socketio import NodeServer
from tests.bench.services import Turn
from tests.bots.served import crowd_server
from tests.bots.targets import read_site

SUMMARY = "CPU time and delay per delivered line of chat, beside Node's socket.io"
LINE: Final = "Thank you. I needed to hear that today, and I am glad that I came."
ROOM: Final = "talk"
INTERVAL_US: Final = 1_000_000  # of one writer
DRAIN_US: Final = 2_000
SETTLE_MS: Final = 800
JOINS_AT_ONCE: Final = 16
Started = tuple[str, int, str]
"""Address, process id, version."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on", nargs="+", choices=_OPENINGS, default=list(_OPENINGS), metavar="SERVER", help="ours, socketio"
    )
    parser.add_argument("--members", type=int, default=1_000, metavar="N")
    parser.add_argument("--writers", type=int, default=20, metavar="N", help="each writes one line a second")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one turn")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, pinned = describe(), has_two_cores()
    set_own_core()
    allow_files(6 * arguments.members + 1_000)
    return {
        "measurement": "chat",
        "members": arguments.members,
        "lines_per_s": arguments.writers,
        "machine": machine,
        "pinned": pinned,
        **asyncio.run(_measure(arguments)),
    }


def write_table(report: dict[str, Any]) -> str:
    head = f"chat: {report['members']} members, {report['lines_per_s']} lines a second"
    lines = [
        f"{head}, load {report['machine']['load_1min']}",
        "server             us/delivery   busy %   missing   p50/p99 ms        join ms   KiB   others %",
    ]
    lines.extend(
        f"{row['server']:16}   {row['us_per_delivery']:11.2f}   {row['busy_percent']:6.1f}   "
        f"{row['missing']:7}   {row['p50_ms']:6.2f} / {row['p99_ms']:6.2f}   {row['join_cpu_ms']:7.2f}   "
        f"{row['member_kib']:3.0f}   {row['others_percent']:8.1f}"
        f"{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    if report["to_socketio"] is not None:
        lines.append(f"ours to socket.io, in the same rounds: {report['to_socketio']:.2f} x per delivery")
    lines.extend(f"{name}: left out: {why}" for name, why in report["left_out"].items())
    return "\n".join(lines)


class _Crowd:
    """One server's members on one load."""

    def __init__(self, name: str, started: Started, load: Load) -> None:
        self.name = name
        self.url, self.pid, self.version = started
        self.load = load
        self.join_cpu_ms = self.member_kib = 0.0
        self._numbers: dict[int, int] = {}
        self._voices: list[int] = []
        self._line = 0
        self.members = 0

    async def join(self, members: int, writers: int) -> None:
        """Let all members come, the first ones being those who write."""
        site = read_site(self.url)
        before_ns, before_kib = cpu_ns_of([self.pid]), resident_kib_of([self.pid])
        places = asyncio.Semaphore(JOINS_AT_ONCE)
        pages: list[Page] = []

        async def join(number: int) -> None:
            async with places:
                pages.append(await Page.open(site, ROOM, f"Member {number}"))

        async with asyncio.TaskGroup() as tasks:
            for number in range(members):
                tasks.create_task(join(number))
        await asyncio.sleep(0.3)
        for page in pages:
            member = await give_page(page, self.load)
            if len(self._voices) < writers:
                self._voices.append(self.load.add_voice(member))
        self.members = members
        self.join_cpu_ms = (cpu_ns_of([self.pid]) - before_ns) / 1e6 / members
        self.member_kib = (resident_kib_of([self.pid]) - before_kib) / members

    async def write_for(self, seconds: float) -> Turn:
        """Let the writers write, one after the other within each second."""
        each = max(1, round(seconds * 1e6 / INTERVAL_US))
        for place, voice in enumerate(self._voices):
            self.load.prepare(voice, [self._post(place, index) for index in range(each)])
        before_ns, begin_s = cpu_ns_of([self.pid]), time.monotonic()
        self.load.begin(each, interval_us=INTERVAL_US, warm=0, settle_ms=SETTLE_MS, drain_us=DRAIN_US)
        heard = await self.load.end()
        cpu_ns, took_s = cpu_ns_of([self.pid]) - before_ns, time.monotonic() - begin_s
        heard = msgspec.structs.replace(heard, expected=heard.said * self.members, heard=heard.received)
        return Turn(heard=heard, cpu_ns=cpu_ns, seconds=took_s)

    def _post(self, place: int, index: int) -> bytes:
        n = self._numbers[place] = self._numbers.get(place, 0) + 1
        mark = f"@~{index * len(self._voices) + place:06} "
        message = msgspec.json.encode(PostChat(n=n, text=mark + LINE))
        return frame_of(b'42%d["post_chat",%b]' % (n, message))


async def _open_ours(closing: AsyncExitStack) -> Started:
    folder = closing.enter_context(tempfile.TemporaryDirectory(prefix="lamplit-bench-"))
    server = await closing.enter_async_context(crowd_server(Path(folder)))
    assert server.process is not None
    return server.url, server.process.pid, our_version()


async def _open_node(closing: AsyncExitStack) -> Started:
    server = await closing.enter_async_context(NodeServer.open())
    return server.url, server.pid, server.version


_OPENINGS: Final[dict[str, Callable[[AsyncExitStack], Awaitable[Started]]]] = {
    "ours": _open_ours,
    "socketio": _open_node,
}


async def _measure(arguments: argparse.Namespace) -> dict[str, Any]:
    left_out: dict[str, str] = {}
    async with AsyncExitStack() as closing:
        crowds: list[_Crowd] = []
        for name in arguments.on:
            try:
                started = await _OPENINGS[name](closing)
            except LeftOutError as error:
                left_out[name] = str(error)
                continue
            pin(started[1], SERVER_CORE)
            crowds.append(_Crowd(name, started, closing.enter_context(Load())))
            await crowds[-1].join(arguments.members, arguments.writers)
        gc.collect()
        turns: dict[str, list[Turn]] = {crowd.name: [] for crowd in crowds}
        others = 0.0
        for _ in range(arguments.rounds):
            for crowd in crowds:
                neighbours = Neighbours([one.pid for one in crowds] + [one.load.pid for one in crowds])
                turns[crowd.name].append(await crowd.write_for(arguments.seconds))
                others = max(others, neighbours.part())
        rows = [_write_row(crowd, turns[crowd.name], others) for crowd in crowds]
        found = ratio("chat", "rounds_us", "ours", "socketio")({"chat": {"rows": rows}})
        return {"rows": rows, "left_out": left_out, "to_socketio": found and found.value}
    raise AssertionError("nothing swallows an error here")


def _write_row(crowd: _Crowd, turns: Sequence[Turn], others: float) -> dict[str, Any]:
    return {
        "server": crowd.name,
        "version": crowd.version,
        "us_per_delivery": round(statistics.median(turn.us_per_packet for turn in turns), 3),
        "rounds_us": [round(turn.us_per_packet, 3) for turn in turns],
        "best_us": round(min(turn.us_per_packet for turn in turns), 3),
        "busy_percent": round(statistics.median(turn.busy for turn in turns) * 100, 1),
        "deliveries": sum(turn.heard.received for turn in turns),
        "missing": sum(turn.heard.expected - turn.heard.received for turn in turns),
        "p50_ms": round(statistics.median(turn.heard.p50_ms for turn in turns), 2),
        "p99_ms": round(statistics.median(turn.heard.p99_ms for turn in turns), 2),
        "join_cpu_ms": round(crowd.join_cpu_ms, 3),
        "member_kib": round(crowd.member_kib, 1),
        "cut": turns[-1].heard.cut,
        "others_percent": round(others * 100, 1),
        "is_void": others > OTHERS_MAX,
    }
