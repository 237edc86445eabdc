"""What the node directory costs Redis and the nodes, by the number of nodes.

Some nodes' `Presence` on one redis-server, each with its seats, in one process. Seats come and go at a steady
rate, and Redis counts what that takes: commands, those within scripts too, and bytes both ways. Before that
the same with nothing changing.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from rooms.ids import MemberId, RoomSlug
from server.bus.cluster import ClusterParts, make_cluster
from server.bus.memory import MemoryBus, MemoryLog
from server.clock import SystemClock
from server.cluster_key import ClusterKey
from server.config import ClusterConfig
from server.logs import set_up_logs
from server.ports import NodeState
from server.presence import Presence
from server.room_service import RoomService
from server.seats import Seats
from tests.bench.fanout_served import cpu_ns_of
from tests.integration.redis_server import RedisServer, missing_for_redis, running_redis

SUMMARY = "what the node directory costs, by the number of nodes"
ROOM_MEMBERS: Final = 10
SETTLE_S: Final = 2.0
_COUNTED: Final = ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nodes", type=int, nargs="+", default=[2, 5, 10], metavar="N")
    parser.add_argument("--members", type=int, default=200, metavar="N", help="of each node")
    parser.add_argument(
        "--changes", type=float, default=1.0, metavar="N", help="seats taken or dropped on each node a second"
    )
    parser.add_argument("--seconds", type=float, default=8.0, metavar="S")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    if missing_for_redis():
        raise SystemExit("directory: there is no redis-server; see tools/system_packages.sh")
    set_up_logs("error", "text")
    rows = []
    for nodes in arguments.nodes:
        for changes in (0.0, arguments.changes):
            found = asyncio.run(_measure(nodes, arguments.members, changes, arguments.seconds))
            rows.append({"nodes": nodes, "changes_per_s": changes, **found})
    return {
        "measurement": "directory",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "members": arguments.members,
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    head = f"directory: {report['members']} members on each node, load {report['load_1min']}"
    titles = "nodes  changes/s  commands/s  bytes/s in  bytes/s out  redis ms/s  node ms/s"
    lines = [
        f"{row['nodes']:5}  {row['changes_per_s']:9.1f}  {row['commands']:10.0f}  {row['bytes_in']:10.0f}"
        f"  {row['bytes_out']:11.0f}  {row['redis_ms']:10.2f}  {row['node_ms']:9.2f}"
        for row in report["rows"]
    ]
    return "\n".join([head, titles, *lines])


class _Node:
    """One node that has seats and no members."""

    def __init__(self, parts: ClusterParts, members: int) -> None:
        clock = SystemClock()
        bus = MemoryBus()
        self.parts = parts
        self.seats = Seats(clock)
        self.presence = Presence(
            NodeState(name=parts.name, epoch=0),
            parts.directory,
            self.seats,
            RoomService(MemoryLog(bus, clock), bus, clock),
            doors=self,
            lines=self,
            clock=clock,
        )
        self._rooms = [RoomSlug(f"{parts.name}-room-{n}") for n in range(max(1, members // ROOM_MEMBERS))]
        self._held = [self._take() for _ in range(members)]

    def taken_elsewhere(self, slug: RoomSlug, member_id: MemberId, *, is_overdue: bool) -> None:
        """Nobody is."""

    def share(self, rooms: frozenset[RoomSlug]) -> None:
        """There is no sound."""

    def retire_peer(self, room: RoomSlug, voice_id: int) -> None:
        """There are no transports."""

    def _take(self) -> tuple[RoomSlug, MemberId]:
        key = (random.choice(self._rooms), MemberId(1 + secrets.randbelow(2**31)))  # noqa: S311 - any room
        self.seats.take(*key)
        return key

    async def live(self, changes_per_s: float) -> None:
        """Let somebody come, and somebody go, at this rate."""
        while changes_per_s:
            await asyncio.sleep(random.expovariate(changes_per_s))
            self._held.append(self._take())
            await asyncio.sleep(random.expovariate(changes_per_s))
            self.seats.drop(*self._held.pop(0))


async def _measure(nodes: int, members: int, changes: float, seconds: float) -> dict[str, float]:
    key = ClusterKey(secrets.token_bytes(32))
    async with (
        running_redis() as redis,
        _running(redis, key, nodes, members) as all_nodes,
        asyncio.TaskGroup() as group,
    ):
        tasks = [group.create_task(node.presence.run()) for node in all_nodes]
        tasks += [group.create_task(node.live(changes)) for node in all_nodes]
        await asyncio.sleep(SETTLE_S)
        before, redis_ns, own_ns = await _counts(redis), cpu_ns_of(redis.pid), time.process_time_ns()
        began = time.monotonic()
        await asyncio.sleep(seconds)
        after, took_s = await _counts(redis), time.monotonic() - began
        found = {
            "redis_ms": (cpu_ns_of(redis.pid) - redis_ns) / 1e6 / took_s,
            "node_ms": (time.process_time_ns() - own_ns) / 1e6 / took_s / nodes,
        }
        for task in tasks:
            task.cancel()
    per_s = [(now - then) / took_s for then, now in zip(before, after, strict=True)]
    return dict(zip(("commands", "bytes_in", "bytes_out"), per_s, strict=True)) | found


@contextlib.asynccontextmanager
async def _running(
    redis: RedisServer, key: ClusterKey, nodes: int, members: int
) -> AsyncIterator[Sequence[_Node]]:
    config = ClusterConfig(redis_url=redis.url, key_file="-")
    all_parts = [make_cluster(config, key, f"n-{number:08x}", SystemClock()) for number in range(nodes)]
    made = [_Node(parts, members) for parts in all_parts]
    async with asyncio.TaskGroup() as group:
        tasks = []
        for node in made:
            await node.parts.open()
            tasks.append(group.create_task(node.parts.run()))
            await node.presence.claim()
        yield made
        for task in tasks:
            task.cancel()
    for node in made:
        await node.parts.close()


async def _counts(redis: RedisServer) -> list[float]:
    found = await redis.command("INFO", "stats")
    lines = dict(line.split(b":") for line in found.split(b"\r\n") if b":" in line)
    return [float(lines[name.encode()]) for name in _COUNTED]
