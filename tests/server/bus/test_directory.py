"""Leases, fences and requests on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from rooms.ids import MemberId, RoomSlug
from server.bus.cluster import ClusterParts
from server.bus.directory import RedisDirectory
from server.bus.envelope import DropKind, Kind
from server.clock import SystemClock
from server.ports import FencedError, LogUnavailableError, NodePhase, NodeState
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import clustered_node, until

TALK, MAYA = RoomSlug("talk"), MemberId(5)


@pytest.fixture(params=[False, True], ids=["single", "cluster"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with running_redis(is_cluster=request.param) as server:
        yield server


class Node:
    """One node's directory, and what it says of itself."""

    def __init__(self, parts: ClusterParts) -> None:
        self.parts = parts
        self.directory = RedisDirectory(parts.link, parts.hearing, parts.sealer, SystemClock())

    async def state(self, **rooms: dict[MemberId, int]) -> NodeState:
        name = self.parts.sealer.node
        epoch = await self.directory.claim(name)
        return NodeState(name=name, epoch=epoch, rooms={RoomSlug(slug): held for slug, held in rooms.items()})


@asynccontextmanager
async def node(redis: RedisServer, name: str) -> AsyncIterator[Node]:
    url = redis.url.replace("redis://", "redis+cluster://") if redis.is_cluster else redis.url
    async with clustered_node(url, name) as made:
        yield Node(made.parts)


async def test_nodes_know_of_each_other(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        first = await one.state(talk={MAYA: 7})
        assert (await one.directory.announce(first)).others == ()
        second = await two.state()
        assert (await two.directory.announce(second)).others == (first,)
        assert await one.directory.nodes() == (first, second)
        await one.directory.withdraw(first)
        assert await two.directory.nodes() == (second,)


async def test_a_lease_ends_by_itself(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        await one.directory.announce(await one.state())
        await redis.command("PEXPIRE", "lamplit:node:{one}", "1")
        await asyncio.sleep(0.01)
        assert await two.directory.nodes() == ()


async def test_who_takes_a_name_silences_whoever_had_it(redis: RedisServer) -> None:
    async with node(redis, "one") as before, node(redis, "one") as after:
        old = await before.state(talk={MAYA: 7})
        await before.directory.announce(old)
        new = await after.state()
        assert new.epoch > old.epoch
        assert await after.directory.nodes() == ()  # the old lease says nothing any more
        with pytest.raises(FencedError):
            await before.directory.announce(old)
        await after.directory.announce(new)
        await before.directory.withdraw(old)
        assert await after.directory.nodes() == (new,)


async def test_a_request_to_drain_is_heard_until_the_next_life(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state()
        assert (await one.directory.announce(state)).drain_within_ms is None
        await two.directory.ask_drain("one", 12_000)
        assert (await one.directory.announce(state)).drain_within_ms == 12_000
        assert (await one.directory.announce(await one.state())).drain_within_ms is None


async def test_what_is_new_is_told_at_once_and_what_is_not_is_not(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        told: list[None] = []
        own: list[None] = []
        two.directory.on_change(lambda: told.append(None))
        one.directory.on_change(lambda: own.append(None))
        await until(lambda: one.parts.hearing.is_whole and two.parts.hearing.is_whole)
        told.clear()
        state = await one.state()
        await one.directory.announce(state)
        await until(lambda: told)
        for _ in range(3):
            await one.directory.announce(state)
        draining = NodeState(name=state.name, epoch=state.epoch, phase=NodePhase.DRAINING)
        await one.directory.announce(draining)
        await until(lambda: len(told) == 2)
        assert len(own) == 1  # when it began to listen


async def test_what_no_node_wrote_is_no_node(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state()
        await one.directory.announce(state)
        await redis.command("SET", "lamplit:node:{one}", '{"name":"one","epoch":1}')
        assert await two.directory.nodes() == ()
        assert two.parts.sealer.drops[DropKind.UNSIGNED] == 1
        forged = one.parts.sealer.seal(Kind.NODE, "one", b"not a state")
        await one.parts.link.command("SET", "lamplit:node:{one}", forged)
        assert await two.directory.nodes() == ()
        assert two.parts.sealer.drops[DropKind.SHAPE] == 1


async def test_a_directory_that_is_away_says_so(redis: RedisServer) -> None:
    async with node(redis, "one") as one:
        state = await one.state()
        await redis.kill()
        with pytest.raises(LogUnavailableError):
            await one.directory.announce(state)
