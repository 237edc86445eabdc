import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.bus.envelope import Sealer
from server.bus.hearing import DEAF_S, Hearing, Listener
from server.bus.link import RedisLink
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import cluster_config, until

KEY = bytes(32)


class Ears:
    """A node that only listens."""

    def __init__(self, url: str) -> None:
        self.link = RedisLink(cluster_config(url))
        self.sealer = Sealer(KEY, "n-1", 1)
        self.hearing = Hearing(self.link, self.sealer)
        self.heard: list[tuple[str, bytes]] = []
        self.gaps: list[str] = []

    def hear(self, channel: str) -> Listener:
        return Listener(
            lambda message: self.heard.append((channel, message)), lambda: self.gaps.append(channel)
        )


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Ears]:
    ears = Ears(url)
    assert await ears.link.look()
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(ears.link.run()), group.create_task(ears.hearing.run())]
        try:
            yield ears
        finally:
            for task in work:
                task.cancel()
    await ears.link.close()


async def test_channels_come_and_go_and_each_begins_with_a_gap(redis: RedisServer) -> None:
    async with listening(redis.url) as ears:
        stop = ears.hearing.hear("a", ears.hear("a"))
        await until(lambda: ears.gaps == ["a"])
        ears.hearing.hear("b", ears.hear("b"))
        await until(lambda: ears.gaps == ["a", "b"])
        assert ears.hearing.is_whole
        await redis.command("PUBLISH", "a", "one")
        await redis.command("PUBLISH", "b", "two")
        await until(lambda: ears.heard == [("a", b"one"), ("b", b"two")])
        stop()
        await until_alone(redis, "a")
        await redis.command("PUBLISH", "a", "three")
        await redis.command("PUBLISH", "b", "four")
        await until(lambda: ears.heard[2:] == [("b", b"four")])


async def until_alone(redis: RedisServer, channel: str) -> None:
    async with asyncio.timeout(5):
        while b":0\r\n" not in await redis.command("PUBSUB", "NUMSUB", channel):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_whoever_is_cut_off_listens_again_and_says_that_there_is_a_gap(redis: RedisServer) -> None:
    async with listening(redis.url) as ears:
        ears.hearing.hear("a", ears.hear("a"))
        for cuts in range(1, 4):
            await until(lambda cuts=cuts: len(ears.gaps) == cuts)  # type: ignore[misc]
            await redis.command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(ears.gaps) == 4)
        await redis.command("PUBLISH", "a", "one")
        await until(lambda: ears.heard == [("a", b"one")])


async def test_a_beat_that_is_not_our_own_does_not_count(redis: RedisServer) -> None:
    async with listening(redis.url) as ears:
        ears.hearing.hear("a", ears.hear("a"))
        await until(lambda: ears.gaps)
        await redis.command("PUBLISH", "lamplit:beat:n-1", "forged")
        await until(lambda: sum(ears.sealer.drops.values()) == 1)


class SilentLink(RedisLink):
    """What it publishes goes nowhere: the line back is cut and nobody says so."""

    async def command(self, *words: str | bytes | int) -> object:
        return 0 if words[0] == "PUBLISH" else await super().command(*words)


@pytest.mark.slow
async def test_a_line_on_which_the_own_beat_is_not_heard_is_made_anew(redis: RedisServer) -> None:
    loop = asyncio.get_running_loop()
    ears = Ears(redis.url)
    silent = SilentLink(cluster_config(redis.url))
    ears.hearing = Hearing(silent, ears.sealer)
    assert await silent.look()
    async with asyncio.TaskGroup() as group:
        work = group.create_task(ears.hearing.run())
        ears.hearing.hear("a", ears.hear("a"))
        await until(lambda: len(ears.gaps) == 1)
        began = loop.time()
        await until(lambda: len(ears.gaps) == 2)
        assert DEAF_S - 0.5 < loop.time() - began < DEAF_S + 2
        work.cancel()
    await silent.close()
    await ears.link.close()


async def test_in_a_cluster_each_channel_is_heard_where_its_slot_is() -> None:
    async with (
        running_redis(is_cluster=True) as redis,
        listening(f"redis+cluster://127.0.0.1:{redis.port}") as ears,
    ):
        for channel in ("lamplit:{a}:facts", "lamplit:{b}:facts"):
            ears.hearing.hear(channel, ears.hear(channel))
        await until(lambda: ears.hearing.is_whole)
        await redis.command("SPUBLISH", "lamplit:{a}:facts", "one")
        await redis.command("PUBLISH", "lamplit:{a}:facts", "to everybody")
        await redis.command("SPUBLISH", "lamplit:{b}:facts", "two")
        await until(lambda: len(ears.heard) == 2)
        assert sorted(message for _, message in ears.heard) == [b"one", b"two"]
