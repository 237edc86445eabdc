"""Stage, lecture and tables: all servers by turns at one size, then each one's largest.

First every server gets the same number of members and they speak by turns, round after round: CPU time per
packet is the median of the rounds, and ratios are of the same round. Then each server alone grows until
it loses more than 0.1 % or a percent of the packets is more than 30 ms late: what it passed last is its size.
"""

import argparse
import asyncio
import gc
import statistics
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from tests.bench.c_floor import CFloor
from tests.bench.compiled import LeftOutError
from tests.bench.load import set_own_core
from tests.bench.machine import OTHERS_MAX, Neighbours, allow_files, describe, has_two_cores
from tests.bench.ours import Ours
from tests.bench.peers.audiobridge import Audiobridge
from tests.bench.peers.janus import Janus
from tests.bench.peers.mumble import Mumble
from tests.bench.peers.rtpengine import Rtpengine
from tests.bench.services import FAILURES, Grown, Service, Shape, Turn

LOST_MAX = 0.001
P99_MAX_MS = 30.0
SHAPES = {
    shape.name: shape
    for shape in (
        Shape(name="stage", voices=3, listeners=0, common=300, step=50, most=3_000),
        Shape(name="lecture", voices=1, listeners=0, common=400, step=100, most=4_900),
        Shape(name="tables", voices=1, listeners=9, common=50, step=10, most=400),
    )
}
_HEADINGS = (
    "server         us/packet   x floor   busy %   lost %       p50/p99 ms   join ms   joins/s    KiB   "
    "largest   others %"
)
Opening = Callable[[Shape], Awaitable[Service]]


async def _open_floor(shape: Shape) -> Service:
    return CFloor(shape)


OPENINGS: dict[str, Opening] = {
    "ours": Ours.open,
    "floor": _open_floor,
    "janus": Janus.open,
    "rtpengine": Rtpengine.open,
    "mumble": Mumble.open,
    "audiobridge": Audiobridge.open,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on",
        nargs="+",
        choices=OPENINGS,
        default=["ours", "floor"],
        metavar="SERVER",
        help=f"of {', '.join(OPENINGS)}; what is not installed is left out",
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="listeners (of tables: rooms) where all are compared"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn of speaking")
    parser.add_argument("--no-search", action="store_true", help="do not look for the largest sizes")


def measure(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run one workload."""
    shape = SHAPES[name]
    machine = describe()
    pinned = has_two_cores()
    set_own_core()
    allow_files(8 * shape.most + 1_000 if not shape.listeners else 60_000)
    found = asyncio.run(_Run(shape, arguments).run())
    return {
        "measurement": name,
        "voices": shape.voices,
        "machine": machine,
        "cipher": "AEAD_AES_128_GCM",
        "pinned": pinned,
        **found,
    }


class _Run:
    """One workload on some servers."""

    def __init__(self, shape: Shape, arguments: argparse.Namespace) -> None:
        self._shape, self._asked = shape, arguments
        self._size = arguments.size or shape.common
        self._left_out: dict[str, str] = {}

    async def run(self) -> dict[str, Any]:
        async with AsyncExitStack() as open_ones:
            services: list[tuple[Service, Grown]] = []
            for name in self._asked.on:
                try:
                    service = await open_ones.enter_async_context(await OPENINGS[name](self._shape))
                    services.append((service, await service.grow(self._size)))
                except (LeftOutError, *FAILURES) as error:
                    self._left_out[name] = str(error) or repr(error)
            if not services:
                raise SystemExit("; ".join(self._left_out.values()))
            rows = await self._compare(services)
            if not self._asked.no_search:
                for row, (service, _) in zip(rows, services, strict=True):
                    if not isinstance(service, CFloor):
                        row.update(await self._search(service, row))
                    await service.close()
        return {"size": self._size, "seconds": self._asked.seconds, "rows": rows, "left_out": self._left_out}

    async def _compare(self, services: Sequence[tuple[Service, Grown]]) -> list[dict[str, Any]]:
        gc.collect()
        gc.freeze()
        turns: dict[str, list[Turn]] = {service.name: [] for service, _ in services}
        others = []
        for _ in range(self._asked.rounds):
            for service, _ in services:
                turn, part = await watched(service, self._asked.seconds)
                turns[service.name].append(turn)
                others.append(part)
        floor = turns.get(CFloor.name)
        return [
            _write_row(service, grown, turns[service.name], floor, max(others)) for service, grown in services
        ]

    async def _search(self, service: Service, row: dict[str, Any]) -> dict[str, Any]:
        """Grow by what the last size has left free, then in small steps."""
        step, most = self._shape.step, self._shape.most
        size, busy = self._size, row["busy_percent"] / 100
        tried: list[dict[str, Any]] = []
        if not row["is_passed"]:
            return {"largest": 0, "tried": []}
        passed = size
        while size < most:
            aim = size * 0.85 / max(busy, 0.01)
            least = size + max(step, size * 6 // 100)
            size = min(most, max(least, int(min(aim, size * 3) / step) * step))
            try:
                grown = await service.grow(size)
            except FAILURES as error:
                tried.append({"size": size, "failed": str(error) or repr(error)})
                break
            row_here = await self._try(service)
            tried.append({"size": size, "join_cpu_ms": round(grown.cpu_ms, 3), **row_here})
            busy = row_here["busy_percent"] / 100
            if not row_here["is_passed"]:
                break
            passed = size
        return {"largest": passed, "tried": tried}

    async def _try(self, service: Service) -> dict[str, Any]:
        """Two turns; the better one counts, since a neighbour can only do harm."""
        best: dict[str, Any] = {}
        for _ in range(2):
            turn, others = await watched(service, self._asked.seconds)
            found = {
                "us_per_packet": round(turn.us_per_packet, 3),
                "busy_percent": round(turn.busy * 100, 1),
                "lost_percent": round(turn.lost_part * 100, 3),
                "p99_ms": round(turn.heard.p99_ms, 2),
                "dropped_by_load": turn.heard.dropped,
                "late_max_ms": turn.heard.late_max_ms,
                "others_percent": round(others * 100, 1),
                "is_passed": _is_passed(turn),
            }
            if found["is_passed"]:
                return found
            if not best or found["lost_percent"] < best["lost_percent"]:
                best = found
        return best


async def watched(service: Service, seconds: float) -> tuple[Turn, float]:
    """Speak for one turn; return it, and how much of the machine others used meanwhile."""
    neighbours = Neighbours([*service.pids, *service.load_pids])
    turn = await service.speak(seconds)
    return turn, neighbours.part()


def _is_passed(turn: Turn) -> bool:
    return turn.lost_part <= LOST_MAX and turn.heard.p99_ms <= P99_MAX_MS


def _write_row(
    service: Service, grown: Grown, turns: Sequence[Turn], floor: Sequence[Turn] | None, others: float
) -> dict[str, Any]:
    row = {
        "server": service.name,
        "version": service.version,
        "remark": service.remark,
        "us_per_packet": round(statistics.median(turn.us_per_packet for turn in turns), 3),
        "rounds_us": [round(turn.us_per_packet, 3) for turn in turns],
        "best_us": round(min(turn.us_per_packet for turn in turns), 3),
        "to_floor": None,
        "busy_percent": round(statistics.median(turn.busy for turn in turns) * 100, 1),
        "packets": sum(turn.heard.received for turn in turns),
        "lost_percent": round(max(turn.lost_part for turn in turns) * 100, 3),
        "p50_ms": round(statistics.median(turn.heard.p50_ms for turn in turns), 2),
        "p99_ms": round(statistics.median(turn.heard.p99_ms for turn in turns), 2),
        "join_cpu_ms": round(grown.cpu_ms, 3),
        "joins_per_s": round(grown.per_s),
        "joins_failed": grown.failed,
        "listener_kib": round(grown.kib, 1),
        "strange": sum(turn.heard.strange for turn in turns),
        "dropped_by_load": sum(turn.heard.dropped for turn in turns),
        "late_max_ms": max(turn.heard.late_max_ms for turn in turns),
        "others_percent": round(others * 100, 1),
        "is_void": others > OTHERS_MAX,
        "is_passed": any(map(_is_passed, turns)),
    }
    if floor and not isinstance(service, CFloor):
        pairs = zip(turns, floor, strict=True)
        row["to_floor"] = round(statistics.median(a.us_per_packet / b.us_per_packet for a, b in pairs), 2)
    return row


def write_table(report: dict[str, Any]) -> str:
    """Lines for people."""
    unit = "rooms of ten" if report["measurement"] == "tables" else "listeners"
    where = "server and load on one core each" if report["pinned"] else "server and load share one core"
    head = f"{report['measurement']}: {report['voices']} voice(s) at once, {report['size']} {unit}"
    lines = [f"{head}, {report['cipher']}, {where}, load {report['machine']['load_1min']}", _HEADINGS]
    lines.extend(_write_line(row) for row in report["rows"])
    lines.extend(f"{name}: left out: {why}" for name, why in report["left_out"].items())
    return "\n".join(lines)


def _write_line(row: dict[str, Any]) -> str:
    ratio = "      -" if row["to_floor"] is None else f"{row['to_floor']:7.2f}"
    largest = row.get("largest", "-")
    cells = (
        f"{row['server']:12}",
        f"{row['us_per_packet']:9.2f}",
        ratio,
        f"{row['busy_percent']:6.1f}",
        f"{row['lost_percent']:6.2f}",
        f"{row['p50_ms']:5.2f} / {row['p99_ms']:6.2f}",
        f"{row['join_cpu_ms']:7.2f}",
        f"{row['joins_per_s']:7}",
        f"{row['listener_kib']:4.0f}",
        f"{largest:>7}",
        f"{row['others_percent']:8.1f}",
        "void: too busy a machine" if row["is_void"] else "",
    )
    return "   ".join(cells).rstrip()
