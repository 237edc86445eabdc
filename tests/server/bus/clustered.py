"""Nodes of one cluster in one process, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from server.bus.cluster import ClusterParts, make_cluster
from server.clock import SystemClock
from server.cluster_key import ClusterKey
from server.config import ClusterConfig
from server.ports import Clock
from server.room_service import RoomService
from tests.integration.redis_server import RedisServer

KEY: Final = ClusterKey(bytes(range(48)))
SEED_WAIT_S: Final = 0.1
WITHIN_S: Final = 20.0  # a busy machine takes its time
PATIENT_S: Final = 10.0


class ClusteredNode:
    """What of a node takes part in rooms."""

    def __init__(self, parts: ClusterParts, clock: Clock) -> None:
        self.parts = parts
        self.rooms = RoomService(parts.log, parts.bus, clock)


def cluster_config(url: str, **settings: object) -> ClusterConfig:
    return ClusterConfig(redis_url=url, key_file="in memory", **settings)  # type: ignore[arg-type]


@asynccontextmanager
async def clustered_node(
    redis: RedisServer | str | ClusterConfig,
    name: str,
    clock: Clock | None = None,
    command_s: float = PATIENT_S,
) -> AsyncIterator[ClusteredNode]:
    """Run a node that follows no room yet. Tests of outages give commands the second that they have."""
    config = redis if isinstance(redis, ClusterConfig) else None
    if config is None:
        config = cluster_config(redis.url if isinstance(redis, RedisServer) else str(redis))
    clock = clock or SystemClock()
    parts = make_cluster(config, KEY, name, clock, SEED_WAIT_S, command_s)
    node = ClusteredNode(parts, clock)
    try:
        await parts.open()
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(parts.run()), group.create_task(node.rooms.run())]
            try:
                yield node
            finally:
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)
    finally:
        await node.rooms.close()
        await parts.close()


async def until(holds: Callable[[], object], within_s: float = WITHIN_S) -> None:
    """Wait until something is so that nothing tells of."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - it is another server that changes it
            await asyncio.sleep(0.005)


async def eventually(does: Callable[[], Awaitable[bool]], within_s: float = WITHIN_S) -> None:
    """Try until it works."""
    async with asyncio.timeout(within_s):
        while not await does():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
