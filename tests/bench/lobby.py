"""The lobby: how many requests a second one core answers, for the page itself and for the list of rooms.

Some connections that stay open, each of which asks again as soon as it has its answer.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.bench.load import set_own_core
from tests.bench.machine import (
    OTHERS_MAX,
    SERVER_CORE,
    Neighbours,
    cpu_ns_of,
    describe,
    has_two_cores,
    pin,
)
from tests.bots.served import crowd_server
from tests.bots.targets import Site, read_site

SUMMARY = "requests a second for the lobby page and the list of rooms"
_WARM_S: Final = 0.5
_PATHS: Final = ("/", "/api/rooms", "/healthz")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, default=16, metavar="N")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each path")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    machine, pinned = describe(), has_two_cores()
    set_own_core()
    rows = asyncio.run(_measure(arguments.connections, arguments.seconds))
    return {
        "measurement": "lobby",
        "connections": arguments.connections,
        "machine": machine,
        "pinned": pinned,
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"lobby: {report['connections']} connections, load {report['machine']['load_1min']}",
        "path           status   requests/s   us/request   busy %   bytes   p50/p99 ms       others %",
    ]
    lines.extend(
        f"{row['path']:12}   {row['status']:6}   {row['per_s']:10.0f}   {row['us_per_request']:10.1f}   "
        f"{row['busy_percent']:6.1f}   {row['bytes']:5}   {row['p50_ms']:5.2f} / {row['p99_ms']:6.2f}   "
        f"{row['others_percent']:8.1f}{'   void: too busy a machine' if row['is_void'] else ''}"
        for row in report["rows"]
    )
    return "\n".join(lines)


class _Asker(asyncio.Protocol):
    """One connection that asks the same thing again and again."""

    def __init__(self, request: bytes) -> None:
        self.status = self.size = 0
        self.took_s: list[float] = []
        self._request, self._rest = request, b""
        self._transport: asyncio.Transport | None = None
        self._begin_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        end = self._rest.find(b"\r\n\r\n")
        if end < 0:
            return
        size = end + 4 + _length_of(self._rest[:end])
        if len(self._rest) < size:
            return
        self.status, self.size, self._rest = int(self._rest[9:12]), size, self._rest[size:]
        self.took_s.append(time.perf_counter() - self._begin_s)
        self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        self._begin_s = time.perf_counter()
        self._transport.write(self._request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _length_of(head: bytes) -> int:
    """What Content-Length says; answers here always have one."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise RuntimeError("an answer without Content-Length")


async def _measure(connections: int, seconds: float) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="lamplit-bench-") as folder:
        async with crowd_server(Path(folder)) as server:
            assert server.process is not None
            pin(server.process.pid, SERVER_CORE)
            site = read_site(server.url)
            return [
                await _measure_path(path, site, server.process.pid, connections, seconds) for path in _PATHS
            ]
    raise AssertionError("nothing swallows an error here")


async def _measure_path(path: str, site: Site, pid: int, connections: int, seconds: float) -> dict[str, Any]:
    request = f"GET {path} HTTP/1.1\r\nHost: {site.netloc}\r\nAccept: */*\r\n\r\n".encode("ascii")
    loop = asyncio.get_running_loop()
    askers = []
    for _ in range(connections):
        _, asker = await loop.create_connection(lambda: _Asker(request), site.host, site.port)
        askers.append(asker)
    await asyncio.sleep(_WARM_S)
    for asker in askers:
        asker.took_s.clear()
    neighbours = Neighbours([pid])
    before_ns, begin_s = cpu_ns_of([pid]), time.monotonic()
    await asyncio.sleep(seconds)
    cpu_ns, wall_s = cpu_ns_of([pid]) - before_ns, time.monotonic() - begin_s
    others = neighbours.part()
    took_s = sorted(one for asker in askers for one in asker.took_s)
    for asker in askers:
        asker.close()
    return {
        "path": path,
        "status": askers[0].status,
        "bytes": askers[0].size,
        "per_s": round(len(took_s) / wall_s),
        "us_per_request": round(cpu_ns / 1_000 / max(1, len(took_s)), 1),
        "busy_percent": round(cpu_ns / 1e7 / wall_s, 1),
        "p50_ms": round(took_s[len(took_s) // 2] * 1_000, 2),
        "p99_ms": round(took_s[int(len(took_s) * 0.99)] * 1_000, 2),
        "others_percent": round(others * 100, 1),
        "is_void": others > OTHERS_MAX,
    }
