"""Leases, fences and requests on a real Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from rooms.ids import MemberId, RoomSlug
from server.bus.cluster import ClusterParts
from server.bus.directory import LOADS_MS, RedisDirectory
from server.bus.envelope import DropKind, Kind
from server.clock import SystemClock
from server.ports import FencedError, LogUnavailableError, NodeLoad, NodePhase, NodeState
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import clustered_node, until
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
MAYA, BEN, ANA = MemberId(5), MemberId(6), MemberId(7)
LEASES = "lamplit:{nodes}:leases"


@pytest.fixture(params=[False, True], ids=["single", "cluster"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with running_redis(is_cluster=request.param) as server:
        yield server


class Node:
    """One node's directory, and what it says of itself."""

    def __init__(self, parts: ClusterParts, clock: FakeClock | None) -> None:
        self.parts = parts
        self.directory = RedisDirectory(parts.link, parts.hearing, parts.sealer, clock or SystemClock())
        self.news: list[tuple[NodeState, ...]] = []
        self.calls = 0
        self.listen()

    def listen(self) -> None:
        self.stop = self.directory.on_change(self.news.append, self.call)

    def call(self) -> None:
        self.calls += 1

    async def state(self, **rooms: dict[MemberId, int]) -> NodeState:
        name = self.parts.sealer.node
        epoch = await self.directory.claim(name)
        return NodeState(name=name, epoch=epoch, rooms={RoomSlug(slug): held for slug, held in rooms.items()})


@asynccontextmanager
async def node(redis: RedisServer, name: str, clock: FakeClock | None = None) -> AsyncIterator[Node]:
    url = redis.url.replace("redis://", "redis+cluster://") if redis.is_cluster else redis.url
    async with clustered_node(url, name) as made:
        yield Node(made.parts, clock)


async def hearing(*nodes: Node) -> None:
    """Wait until all hear what is told from now on."""
    await until(lambda: all(one.calls and one.parts.hearing.is_whole for one in nodes))
    for one in nodes:
        one.news.clear()
        one.calls = 0


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
        await redis.command("ZADD", "lamplit:{nodes}:alive", "1", "one")
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
        await hearing(one, two)
        state = await one.state()
        await one.directory.announce(state)
        await until(lambda: two.calls)  # of one it knows nothing yet
        await two.directory.announce(await two.state())
        reads = two.parts.link.counts.lease_reads
        for _ in range(3):
            await one.directory.announce(state)
        draining = replace(state, phase=NodePhase.DRAINING)
        await one.directory.announce(draining)
        await until(lambda: two.news)
        assert two.news == [(draining,)]
        assert not one.news
        assert two.parts.link.counts.lease_reads == reads


async def test_seats_are_told_as_what_has_changed(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state(talk={MAYA: 7, BEN: 8}, other={MAYA: 9})
        await one.directory.announce(state)
        await two.directory.announce(await two.state())
        await hearing(one, two)
        later = replace(state, rooms={TALK: {BEN: 10, ANA: 11}, RoomSlug("third"): {BEN: 1}})
        await one.directory.announce(later)
        await until(lambda: two.news == [(later,)])
        empty = replace(state, rooms={})
        await one.directory.announce(empty)
        await until(lambda: two.news == [(later,), (empty,)])
        assert two.parts.link.counts.lease_reads == 1


async def test_what_was_not_heard_is_read_with_the_next_announcement(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state(talk={MAYA: 7})
        await one.directory.announce(state)
        own = await two.state()
        await two.directory.announce(own)
        missed = replace(state, rooms={TALK: {BEN: 8}})
        two.stop()
        await one.directory.announce(missed)
        two.listen()
        await hearing(one, two)
        newest = replace(state, rooms={TALK: {BEN: 8, ANA: 9}})
        await one.directory.announce(newest)
        await until(lambda: two.calls)
        assert not two.news
        assert (await two.directory.announce(own)).others == (newest,)
        assert two.parts.link.counts.lease_reads == 2


async def test_a_directory_that_was_forgotten_is_written_again(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state(talk={MAYA: 7})
        await one.directory.announce(state)
        own = await two.state()
        await two.directory.announce(own)
        await redis.command("FLUSHALL")
        assert (await two.directory.announce(own)).others == ()
        await one.directory.announce(state)
        assert (await two.directory.announce(own)).others == (state,)
        assert await two.directory.nodes() == (state, own)


async def test_how_busy_a_node_is_is_no_news(redis: RedisServer) -> None:
    clock = FakeClock()
    async with node(redis, "one") as one, node(redis, "two", clock) as two:
        state = await one.state()
        await one.directory.announce(state)
        own = await two.state()
        await two.directory.announce(own)
        await hearing(one, two)
        busy = replace(state, load=NodeLoad(packets_out_per_s=7))
        await one.directory.announce(busy)
        assert (await two.directory.announce(own)).others == (state,)
        clock.pass_ms(int(LOADS_MS))
        assert (await two.directory.announce(own)).others == (busy,)
        assert not two.news
        assert await two.directory.nodes() == (busy, own)


async def test_who_withdraws_is_gone_for_the_others_at_once(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state()
        await one.directory.announce(state)
        await two.directory.announce(await two.state())
        await hearing(one, two)
        await one.directory.withdraw(state)
        await until(lambda: two.news == [()])


async def test_a_request_to_drain_calls_its_node_and_no_other(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two, node(redis, "three") as three:
        state = await one.state()
        await hearing(one, two, three)
        await three.directory.ask_drain("nobody", 12_000)
        await three.directory.ask_drain("one", 12_000)
        await until(lambda: one.calls)
        await one.directory.announce(state)  # told after the request
        await until(lambda: two.calls)
        assert (one.calls, two.calls) == (1, 1)


async def test_what_no_node_wrote_is_no_node(redis: RedisServer) -> None:
    async with node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state()
        await one.directory.announce(state)
        await redis.command("HSET", LEASES, "one", '{"name":"one","epoch":1}')
        assert await two.directory.nodes() == ()
        assert two.parts.sealer.drops[DropKind.UNSIGNED] == 1
        forged = one.parts.sealer.seal(Kind.NODE, "one", b"not a state")
        await one.parts.link.command("HSET", LEASES, "one", forged)
        assert await two.directory.nodes() == ()
        assert two.parts.sealer.drops[DropKind.SHAPE] == 1


async def test_a_directory_that_is_away_says_so(redis: RedisServer) -> None:
    async with node(redis, "one") as one:
        state = await one.state()
        await redis.kill()
        with pytest.raises(LogUnavailableError):
            await one.directory.announce(state)


async def test_nobody_without_the_key_empties_a_node_and_no_request_counts_twice() -> None:
    async with running_redis() as redis, node(redis, "one") as one, node(redis, "two") as two:
        state = await one.state()
        key = "lamplit:{nodes}:drain:one"
        for forged in ("1", "no number", "x" * 64):
            await redis.command("SET", key, forged)
            assert (await one.directory.announce(state)).drain_within_ms is None
        assert one.parts.sealer.drops[DropKind.UNSIGNED] == 1
        await two.directory.ask_drain("one", 12_000)
        asked = await two.parts.link.command("GET", key)
        assert isinstance(asked, bytes)
        later = await one.state()  # its next life
        await two.parts.link.command("SET", key, asked)
        assert (await one.directory.announce(later)).drain_within_ms is None


async def test_names_that_are_no_text_end_no_node() -> None:
    async with running_redis() as redis, node(redis, "one") as one:
        state = await one.state()
        await redis.command("ZADD", "lamplit:{nodes}:alive", str(SystemClock().wall_ms() + 3_000), b"\xff")
        assert (await one.directory.announce(state)).others == ()
        assert await one.directory.nodes() == (state,)
