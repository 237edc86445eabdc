"""Sound between two nodes on a real Redis: what is heard, and what is too late."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import cast

import pytest
from redis.asyncio.connection import AbstractConnection

from rooms.ids import MemberId, RoomSlug
from rooms.voice.packet import AudioPacket
from server.bus.counts import VoiceCounts
from server.bus.envelope import DropKind, Kind
from server.bus.link import NOWHERE, RedisLink
from server.bus.redis_voice import LATE_MS, RedisVoice, _Lane, _Waiting
from server.bus.voice_frame import write_voice
from server.clock import SystemClock
from server.config import ClusterConfig
from server.ports import SentVoice
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import ClusteredNode, clustered_node, until
from tests.server.clock import FakeClock

TALK, OTHER = RoomSlug("talk"), RoomSlug("other")


def said(number: int) -> SentVoice:
    packet = AudioPacket(111, False, number, number * 960, 7, 20, True, b"opus %d" % number)  # noqa: FBT003
    return SentVoice(MemberId(5), 1, packet)


class Node:
    """One node's voice bus and what it heard in the room."""

    def __init__(self, made: ClusteredNode, clock: FakeClock | None) -> None:
        parts = made.parts
        self.parts = parts
        self.bus = RedisVoice(parts.link, parts.hearing, parts.sealer, clock or SystemClock())
        self.heard: list[int] = []
        self.stop = self.bus.follow(TALK, self.take)

    def take(self, slug: RoomSlug, voice: SentVoice) -> None:
        assert slug == TALK
        self.heard.append(voice.packet.seq16)


@asynccontextmanager
async def node(redis: RedisServer, name: str, clock: FakeClock | None = None) -> AsyncIterator[Node]:
    url = redis.url.replace("redis://", "redis+cluster://") if redis.is_cluster else redis.url
    async with clustered_node(url, name) as made:
        built = Node(made, clock)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(built.bus.run())
            await until(lambda: built.parts.hearing.is_whole)
            yield built
            task.cancel()


@pytest.fixture(params=[False, True], ids=["single", "cluster"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with running_redis(is_cluster=request.param) as server:
        yield server


async def settled(sender: Node) -> None:
    """Wait until the sender knows where the room's channel is: the first packet or two are lost."""
    while not sender.bus.counts.sent:
        sender.bus.publish(TALK, said(0))
        await asyncio.sleep(0.01)


async def test_each_node_hears_the_others_in_order_and_not_itself(redis: RedisServer) -> None:
    clock = FakeClock()  # which stands: on a machine that stalls nothing is late
    async with (
        node(redis, "one", clock) as one,
        node(redis, "two", clock) as two,
        node(redis, "three", clock) as three,
    ):
        await settled(one)
        await settled(two)
        for number in range(1, 101):
            one.bus.publish(TALK, said(number))
            two.bus.publish(TALK, said(1_000 + number))
        await until(lambda: {100, 1_100} <= set(three.heard))
        await until(lambda: 1_100 in one.heard and 100 in two.heard)
        assert [n for n in one.heard if n] == [1_000 + n for n in range(1, 101)]
        assert [n for n in two.heard if n] == list(range(1, 101))
        assert [n for n in three.heard if 0 < n <= 100] == list(range(1, 101))


async def test_other_rooms_are_not_heard_nor_one_that_is_followed_no_more(redis: RedisServer) -> None:
    clock = FakeClock()
    async with node(redis, "one", clock) as one, node(redis, "two", clock) as two:
        await settled(one)
        one.bus.publish(OTHER, said(1))
        one.bus.publish(TALK, said(2))
        await until(lambda: 2 in two.heard)
        assert 1 not in two.heard
        two.stop()
        await until(lambda: not any(ear.heard for ear in two.parts.hearing._ears.values()))
        before = two.bus.counts.heard
        one.bus.publish(TALK, said(3))
        await until(lambda: 3 in one.heard or one.bus.counts.sent >= 3)
        assert two.bus.counts.heard == before


async def test_what_waited_too_long_is_never_sent() -> None:
    clock = FakeClock()
    async with running_redis() as redis, node(redis, "one", clock) as one, node(redis, "two") as two:
        await settled(one)
        one.bus.publish(TALK, said(1))
        clock.pass_ms(int(LATE_MS) + 1)
        one.bus.publish(TALK, said(2))
        await until(lambda: 2 in two.heard)
        assert 1 not in two.heard
        assert one.bus.counts.late_out >= 1


async def test_what_was_on_the_way_for_too_long_is_not_heard() -> None:
    clock = FakeClock()
    async with running_redis() as redis, node(redis, "one") as one, node(redis, "two", clock) as two:

        async def publish(number: int, sent_ms: float) -> None:
            sealed = one.parts.sealer.seal(Kind.VOICE, TALK, write_voice(said(number), sent_ms))
            await one.parts.link.command("PUBLISH", "lamplit:{talk}:voice", sealed)
            await until(lambda: two.bus.counts.heard + two.bus.counts.late_in == number)

        await publish(1, sent_ms=5_000_000)  # another machine's clock
        clock.pass_ms(20)
        await publish(2, sent_ms=5_000_020)
        clock.pass_ms(int(LATE_MS) + 21)
        await publish(3, sent_ms=5_000_040)
        await publish(4, sent_ms=5_000_241)
        assert two.heard == [1, 2, 4]
        assert two.bus.counts.late_in == 1


async def test_what_no_node_sent_is_not_heard() -> None:
    async with running_redis() as redis, node(redis, "one") as one, node(redis, "two") as two:
        await redis.command("PUBLISH", "lamplit:{talk}:voice", "noise")
        sealed = one.parts.sealer.seal(Kind.VOICE, TALK, b"too short")
        await one.parts.link.command("PUBLISH", "lamplit:{talk}:voice", sealed)
        await until(lambda: two.bus.counts.bad == 1)
        assert two.parts.sealer.drops[DropKind.SIZE] == 1
        assert not two.heard


async def test_sound_goes_on_when_redis_is_back() -> None:
    async with running_redis() as redis, node(redis, "one") as one, node(redis, "two") as two:
        await settled(one)
        await redis.kill()
        one.bus.publish(TALK, said(1))
        await redis.start()

        def said_again() -> bool:
            one.bus.publish(TALK, said(2))
            return 2 in two.heard

        await until(said_again, 15)


class Line:
    """A way to Redis through which nothing comes any more, from one moment on, by the connections of then."""

    def __init__(self, redis: RedisServer) -> None:
        self._redis = redis
        self._life = 0
        self.url = ""

    def cut(self) -> None:
        self._life += 1

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        life = self._life
        onward = await asyncio.open_connection("127.0.0.1", self._redis.port)

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError):
                while found := await source.read(4_096):
                    if life == self._life:
                        target.write(found)
            target.close()

        await asyncio.gather(copy(reader, onward[1]), copy(onward[0], writer))


@asynccontextmanager
async def line_to(redis: RedisServer) -> AsyncIterator[Line]:
    line = Line(redis)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield line


async def test_sound_goes_on_after_a_silent_cut() -> None:
    async with (
        running_redis() as redis,
        line_to(redis) as line,
        clustered_node(line.url, "one") as made,
        node(redis, "two") as two,
    ):
        bus = made.parts.voices

        def said_and_heard(number: int) -> bool:
            bus.publish(TALK, said(number))
            return number in two.heard

        await until(lambda: said_and_heard(1))
        line.cut()
        await until(lambda: said_and_heard(2), 10)


class Wire:
    """A connection that falls silent while something is being sent, as redis-py behaves then."""

    def __init__(self) -> None:
        self.is_closed = False
        self._sends = asyncio.Event()

    def pack_commands(self, commands: Iterable[tuple[str, ...]]) -> list[bytes]:
        return [b"" for _ in commands]

    async def send_packed_command(self, _: list[bytes]) -> None:
        self._sends.set()
        await asyncio.sleep(0.01)
        if self.is_closed:
            raise AttributeError("'NoneType' object has no attribute 'writelines'")

    async def read_response(self, timeout: float | None = None, *, disconnect_on_error: bool = True) -> None:  # noqa: ASYNC109
        del timeout
        await self._sends.wait()
        if disconnect_on_error:
            self.is_closed = True
            await asyncio.sleep(0.05)  # it has more to do before it says so
        raise TimeoutError

    async def disconnect(self, *, nowait: bool) -> None:
        self.is_closed = nowait


async def test_an_answer_that_is_late_ends_the_connection_and_not_the_node() -> None:
    wires: list[Wire] = []

    async def dial(_: object) -> Wire:
        wires.append(Wire())
        return wires[-1]

    link = cast("RedisLink", SimpleNamespace(dial=dial, is_cluster=False, moved=asyncio.Event()))
    lane = _Lane(link, NOWHERE, lambda _: b"", VoiceCounts(), SystemClock(), lambda: None)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        task = group.create_task(lane.run())
        while len(wires) < 3:  # each is given up, and the next one made
            lane.add(_Waiting(TALK, said(1), SystemClock().mono_ms()))
            await asyncio.sleep(0.01)
        lane.stop()
        task.cancel()


async def test_a_master_that_has_become_a_replica_is_left() -> None:
    async with running_redis() as first, running_redis() as second:
        links = [RedisLink(ClusterConfig(redis_url=server.url, key_file="key")) for server in (first, second)]
        dialled: list[RedisServer] = []

        async def dial(_: object) -> AbstractConnection:
            dialled.append(second if dialled else first)
            return await links[len(dialled) > 1].dial()

        link = cast("RedisLink", SimpleNamespace(dial=dial, is_cluster=False, moved=asyncio.Event()))
        counts, clock = VoiceCounts(), FakeClock()
        lane = _Lane(link, NOWHERE, lambda _: b"", counts, clock, lambda: None)

        async def speak(enough: Callable[[], bool]) -> None:
            while not enough():
                clock.pass_ms(20)
                lane.add(_Waiting(TALK, said(1), clock.mono_ms()))
                await asyncio.sleep(0.01)

        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            task = group.create_task(lane.run())
            await speak(lambda: counts.sent > 100)
            assert dialled == [first]  # it was asked for its role, and is the master
            await first.command("REPLICAOF", "127.0.0.1", str(second.port))
            await speak(lambda: len(dialled) > 1)
            sent = counts.sent
            await speak(lambda: counts.sent > sent + 100)
            assert dialled == [first, second]
            task.cancel()
        for one in links:
            await one.close()
