"""A Redis Cluster of the tests' own: some masters that share the slots, and a replica of each where asked.

async with running_cluster(masters=3) as cluster:
    config = ClusterConfig(redis_url=cluster.url, ...)
    await cluster.move_slot("lamplit:{talk}:log", to=cluster.masters[1])
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from tests.integration.redis_server import RedisServer, running_redis

_SLOTS: Final = 16_384
_WITHIN_S: Final = 40.0
_DEAD_MS: Final = 1_000
_SETTINGS: Final = ("--cluster-node-timeout", str(_DEAD_MS), "--cluster-enabled", "yes")


class RedisClusterServers:
    """The servers: the first ones are masters, the others replicas of them in the same order."""

    def __init__(self, masters: Sequence[RedisServer], replicas: Sequence[RedisServer]) -> None:
        self.masters = tuple(masters)
        self.replicas = tuple(replicas)

    @property
    def url(self) -> str:
        """Where a node of ours begins to look."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.masters)
        return f"redis+cluster://{hosts}"

    async def join(self) -> None:
        """Share the slots, meet, and wait until all agree."""
        each = -(-_SLOTS // len(self.masters))
        for number, server in enumerate(self.masters):
            last = min(_SLOTS, (number + 1) * each) - 1
            await server.command("CLUSTER", "ADDSLOTSRANGE", str(number * each), str(last))
        first, *others = (*self.masters, *self.replicas)
        for server in others:
            await first.command("CLUSTER", "MEET", "127.0.0.1", str(server.port), str(server.bus_port))
        await self._until_known(1 + len(others))
        for master, replica in zip(self.masters, self.replicas, strict=False):
            await replica.command("CLUSTER", "REPLICATE", await _name(master))
        await self.until_whole((first, *others))
        for replica in self.replicas:
            await _until_info(replica, "replication", b"master_link_status:up")

    async def owner(self, key: str) -> RedisServer:
        """Return the master that has the slot of a key now, as the first living one knows it."""
        slot = await self.slot(key)
        nodes = (await self.masters[0].command("CLUSTER", "NODES")).decode()
        for line in nodes.splitlines():
            words = line.split()
            if len(words) > 8 and "master" in words[2] and any(_has(part, slot) for part in words[8:]):
                port = int(words[1].partition("@")[0].rpartition(":")[2])
                return next(one for one in (*self.masters, *self.replicas) if one.port == port)
        raise AssertionError(nodes)

    async def slot(self, key: str) -> int:
        """Return the slot of a key."""
        answer = await self.masters[0].command("CLUSTER", "KEYSLOT", key)
        return int(answer.strip().removeprefix(b":"))

    async def move_slot(self, key: str, to: RedisServer) -> None:
        """Give the slot of a key, with all that is in it, to another master."""
        slot, source = str(await self.slot(key)), await self.owner(key)
        await to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", await _name(source))
        await source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", await _name(to))
        listed = (await source.command("CLUSTER", "GETKEYSINSLOT", slot, "1000")).decode()
        keys = [line for line in listed.splitlines()[1:] if not line.startswith("$")]
        if keys:
            moved = await source.command(
                *("MIGRATE", "127.0.0.1", str(to.port), "", "0", "5000", "KEYS", *keys)
            )
            assert moved.startswith(b"+"), moved
        for server in (to, source, *self.masters):
            await server.command("CLUSTER", "SETSLOT", slot, "NODE", await _name(to))

    async def until_whole(self, servers: Sequence[RedisServer]) -> None:
        """Wait until these all say that every slot is served."""
        for server in servers:
            await _until_cluster(server, b"cluster_state:ok")

    async def _until_known(self, count: int) -> None:
        for server in (*self.masters, *self.replicas):
            await _until_cluster(server, f"cluster_known_nodes:{count}\r\n".encode())


@asynccontextmanager
async def running_cluster(
    *settings: str, masters: int = 3, with_replicas: bool = False
) -> AsyncIterator[RedisClusterServers]:
    """Run a cluster for as long as the context lasts.

    Args:
        settings: further arguments of each redis-server.
        masters: how many share the slots.
        with_replicas: each has one that takes over when it dies.
    """
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(running_redis(*_SETTINGS, *settings, has_bus_port=True))
            for _ in range(masters * (2 if with_replicas else 1))
        ]
        cluster = RedisClusterServers(servers[:masters], servers[masters:])
        await cluster.join()
        yield cluster


async def _name(server: RedisServer) -> str:
    answer = await server.command("CLUSTER", "MYID")
    return answer.split(b"\r\n")[1].decode()


def _has(part: str, slot: int) -> bool:
    first, _, last = part.partition("-")
    return first.isdigit() and int(first) <= slot <= int(last or first)


async def _until_cluster(server: RedisServer, words: bytes) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while words not in await server.command("CLUSTER", "INFO"):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)


async def _until_info(server: RedisServer, section: str, words: bytes) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while words not in await server.command("INFO", section):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
