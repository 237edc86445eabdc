"""What a fact, a packet of sound and a look at the directory cost Redis and a node.

A redis-server of its own, on loopback. Redis' CPU time is that of its process (the kernel's schedstat), a
node's that of this process. First one node appends alone, then with idle subscribers of the room's channel
in the same process: the difference is what Redis pays for each node that hears; then with a second whole
node. What a node pays to publish is the difference to the log in memory.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.cluster import ClusterParts, make_cluster
from server.bus.keys import PREFIX, room_key
from server.bus.memory import MemoryBus, MemoryLog
from server.clock import SystemClock
from server.cluster_key import ClusterKey
from server.config import ClusterConfig
from server.logs import set_up_logs
from server.ports import FactBus, NodeState, RoomLog
from server.room_service import Done, RoomPlan, RoomService
from tests.bench.facts import LINE
from tests.bench.fanout_served import cpu_ns_of
from tests.integration.redis_server import RedisServer, missing_for_redis, running_redis
from tests.server.clock import FakeClock

SUMMARY = "what Redis and a node pay for a fact, by the nodes that hear it"
ROOM: Final = RoomSlug("bench")
VOICE_BYTES: Final = 190  # a sealed frame with 78 bytes of Opus
DIRECTORY: Final = f"{PREFIX}{{nodes}}:"
LISTED: Final = (10, 210)  # other nodes that an announcement is answered with
ANNOUNCEMENTS: Final = 150  # within the six seconds in which the directory keeps made-up nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--facts", type=int, default=1_000, metavar="N")
    parser.add_argument("--followers", type=int, default=20, metavar="N")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    if missing_for_redis():
        raise SystemExit("bus: there is no redis-server; see tools/system_packages.sh")
    set_up_logs("error", "text")
    found = asyncio.run(_measure(arguments.facts, arguments.followers))
    return {
        "measurement": "bus",
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        **{name: round(number, 3) for name, number in found.items()},
    }


def write_table(report: dict[str, Any]) -> str:
    head = f"bus: one room on one Redis, load {report['load_1min']}"
    named = (name for name in report if name not in {"measurement", "python", "load_1min"})
    return "\n".join([head, *(f"{name:28} {report[name]:10.2f}" for name in named)])


class _Cost:
    """CPU time in us per fact, of Redis and of this process."""

    def __init__(self, redis_us: float, own_us: float, out_bytes: float) -> None:
        self.redis_us, self.own_us, self.out_bytes = redis_us, own_us, out_bytes


async def _measure(facts: int, followers: int) -> dict[str, float]:
    key, clock = ClusterKey(secrets.token_bytes(32)), FakeClock()
    memory = MemoryBus()
    in_memory = await _post(await _room(MemoryLog(memory, clock), memory, clock), clock, facts)
    async with running_redis() as redis:
        config = ClusterConfig(redis_url=redis.url, key_file="-")
        async with _running(make_cluster(config, key, "n-a", clock, 0.1)) as one:
            author = await _room(one.log, one.bus, clock)
            await _heard(redis, 1)
            alone = await _posted(author, clock, facts, redis)
            log_bytes = int(_integer(await redis.command("MEMORY", "USAGE", room_key(ROOM, "log"))))
            kept = int(_integer(await redis.command("LLEN", room_key(ROOM, "log"))))
            async with _running(make_cluster(config, key, "n-b", clock, 0.1)) as two:
                await _room(two.log, two.bus, clock, first=2)
                await _heard(redis, 2)
                with_node = await _posted(author, clock, facts, redis)
            async with _subscribers(one, followers):
                await _heard(redis, 1 + followers)
                crowded = await _posted(author, clock, facts, redis)
            voice_us = await _time_voice(one, redis, facts)
            directory = await _time_directory(one, redis)
    delivery_us = (crowded.redis_us - alone.redis_us) / followers
    return {
        "redis_append_us": alone.redis_us - delivery_us,
        "redis_delivery_us": delivery_us,
        "redis_voice_us": voice_us,
        "node_publish_us": alone.own_us - in_memory,
        "node_read_us": with_node.own_us - alone.own_us,
        "commit_bytes": (crowded.out_bytes - alone.out_bytes) / followers,
        "log_kib_per_fact": log_bytes / kept / 1_024,
        **directory,
    }


@contextlib.asynccontextmanager
async def _running(parts: ClusterParts) -> AsyncIterator[ClusterParts]:
    await parts.open()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(parts.run())
        yield parts
        task.cancel()
    await parts.close()


async def _room(log: RoomLog, bus: FactBus, clock: FakeClock, first: int = 1) -> RoomService:
    node = RoomService(log, bus, clock)
    await node.open_rooms([RoomPlan(ROOM, "Bench", "", MeetingId("m"))])
    for number in range(first, 10 if first == 1 else first):
        await node.carry_out(ROOM, JoinRoom(member_id=MemberId(number), name=f"Member {chr(64 + number)}"))
    return node


async def _post(node: RoomService, clock: FakeClock, facts: int) -> float:
    """Post so many lines; CPU time of this process in us for each."""
    record = node.record(ROOM)
    last = record.ledger.answered.get(MemberId(1))
    first = (last.n if last else 0) + 1
    begin = time.process_time_ns()
    for n in range(first, first + facts):
        clock.pass_ms(1_000)
        outcome = await node.carry_out(ROOM, PostChat(by=MemberId(1), n=n, text=LINE), MemberId(1), n)
        assert isinstance(outcome, Done), outcome
    return (time.process_time_ns() - begin) / 1_000 / facts


async def _posted(node: RoomService, clock: FakeClock, facts: int, redis: RedisServer) -> _Cost:
    before_ns, before_bytes = cpu_ns_of(redis.pid), await _info(redis, "total_net_output_bytes")
    own_us = await _post(node, clock, facts)
    redis_us = (cpu_ns_of(redis.pid) - before_ns) / 1_000 / facts
    return _Cost(redis_us, own_us, (await _info(redis, "total_net_output_bytes") - before_bytes) / facts)


@contextlib.asynccontextmanager
async def _subscribers(parts: ClusterParts, count: int) -> AsyncIterator[None]:
    """Listen on the room's channel so many times more, and do nothing with it."""
    connections = [await parts.link.dial() for _ in range(count)]
    for connection in connections:
        await connection.send_command("SUBSCRIBE", room_key(ROOM, "facts"))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_swallow(connection)) for connection in connections]
        yield
        for task in tasks:
            task.cancel()
    for connection in connections:
        await connection.disconnect(nowait=True)


async def _swallow(connection: Any) -> None:  # noqa: ANN401 - the foreign library's
    while True:
        await connection.read_response(timeout=None)


async def _heard(redis: RedisServer, count: int) -> None:
    """Wait until so many listen on the room's channel."""
    async with asyncio.timeout(10):
        while True:  # nothing tells when it is so
            answer = await redis.command("PUBSUB", "NUMSUB", room_key(ROOM, "facts"))
            if _integer(answer.split(b"\r\n")[-2]) == count:
                return
            await asyncio.sleep(0.02)


async def _time_voice(parts: ClusterParts, redis: RedisServer, packets: int) -> float:
    frame = secrets.token_bytes(VOICE_BYTES)
    before_ns = cpu_ns_of(redis.pid)
    for _ in range(packets):
        await parts.link.command("PUBLISH", room_key(ROOM, "voice"), frame)
    return (cpu_ns_of(redis.pid) - before_ns) / 1_000 / packets


async def _time_directory(parts: ClusterParts, redis: RedisServer) -> dict[str, float]:
    """What each other node adds to an announcement. They are made up, and say nothing that is new."""
    state = NodeState(name="n-a", epoch=await parts.directory.claim("n-a"))
    found = []
    for count in LISTED:
        now_ms = SystemClock().wall_ms()
        for number in range(count):
            await parts.link.command("ZADD", f"{DIRECTORY}alive", now_ms + 5_900, f"n-{number:08x}")
            await parts.link.command("HSET", f"{DIRECTORY}revisions", f"n-{number:08x}", "0000000000000:000")
        before = await _spent(redis)
        for _ in range(ANNOUNCEMENTS):
            await parts.directory.announce(state)
        found.append([now - then for now, then in zip(await _spent(redis), before, strict=True)])
    few, many = found
    pairs = (LISTED[1] - LISTED[0]) * ANNOUNCEMENTS
    redis_us, own_us, listed_bytes = ((more - less) / pairs for more, less in zip(many, few, strict=True))
    return {
        "redis_listed_us": redis_us,
        "node_listed_us": own_us,
        "listed_bytes": listed_bytes,
    }


async def _spent(redis: RedisServer) -> list[float]:
    """CPU time of Redis and of this process in us, and bytes that Redis has sent."""
    sent = await _info(redis, "total_net_output_bytes")
    return [cpu_ns_of(redis.pid) / 1_000, time.process_time_ns() / 1_000, sent]


async def _info(redis: RedisServer, name: str) -> float:
    found = await redis.command("INFO", "all")
    line = next(line for line in found.split(b"\r\n") if line.startswith(f"{name}:".encode()))
    return float(line.split(b":")[1])


def _integer(answer: bytes) -> int:
    return int(answer.strip().removeprefix(b":"))
