"""BB2 to BB5: Redis answers with errors, hardly, or not at all, under a room on two nodes;."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import pytest

from rooms.model import Record
from server.bus.keys import room_key
from server.ports import LogUnavailableError
from tests.hostile.liar import Liar, a_liar
from tests.integration.redis_server import RedisServer
from tests.integration.test_redis_faults import CONVERGED_S, TALK, Stage, talking
from tests.server.bus.clustered import ClusteredNode, clustered_node, until

NOTICED_S: Final = 3.0
BUSY_MACHINE_S: Final = 2.0
LIES: Final = 5  # commands that were lied about: then both nodes have met it

ERRORS: Final = (
    b"-LOADING Redis is loading the dataset in memory",
    b"-READONLY You can't write against a read only replica.",
    b"-OOM command not allowed when used memory > 'maxmemory'.",
    b"-NOAUTH Authentication required.",
    b"-MOVED 3999 127.0.0.1:1",
    b"-CLUSTERDOWN Hash slot not served",
    b"-WRONGTYPE Operation against a key holding the wrong kind of value",
    b"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    b"-ERR max number of clients reached",
    b"+OK",
    b":-1",
    b"$-1",
    b"*0",
    b"*2\r\n$5\r\nmaybe\r\n:7",
    b"HTTP/1.1 400 Bad Request",
)
FEW: Final = (0, 4, 14)  # in a short run


@asynccontextmanager
async def lied_to(*, is_persistent: bool = True) -> AsyncIterator[tuple[Stage, Liar]]:
    liars: list[Liar] = []

    @asynccontextmanager
    async def by(redis: RedisServer) -> AsyncIterator[str]:
        async with a_liar(redis) as liar:
            liars.append(liar)
            yield liar.url

    async with talking(is_persistent=is_persistent, by=by) as stage:
        yield stage, liars[0]


async def try_errors(errors: tuple[bytes, ...]) -> None:
    """Answer with one after the other; each time all is well again soon."""
    async with lied_to() as (stage, liar):
        for error in errors:
            liar.answer, liar.lies = error, 0
            await until(lambda: liar.lies >= LIES)
            liar.tell_the_truth()
            took_s = await stage.converge()
            assert took_s < CONVERGED_S + BUSY_MACHINE_S, error


async def test_bb3_what_redis_refuses_is_asked_again() -> None:
    await try_errors(tuple(ERRORS[number] for number in FEW))


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_bb3_whatever_redis_answers_is_asked_again() -> None:
    await try_errors(ERRORS)


async def damage_log(damage: tuple[str, ...]) -> None:
    """Do this to a room's log; a node that comes later reads what the others go on with."""
    async with talking(is_persistent=False) as stage:
        for step in damage:
            command, part, *words = step.split()
            await stage.redis.command(command, room_key(TALK, part), *words)
        await stage.converge()
        async with clustered_node(stage.redis, "n-3") as late:
            record = await read_at_last(late)
            assert record.room is not None
            assert record.room.chat
            await stage.talk_on(3)


@pytest.mark.parametrize(
    "damage",
    [
        ("DEL log", "SET log nonsense"),
        ("HSET head seq nonsense", "DEL seed", "SET seed nonsense"),
    ],
    ids=", ".join,
)
async def test_bb2_a_log_that_is_none_is_made_anew(damage: tuple[str, ...]) -> None:
    await damage_log(damage)


@pytest.mark.long
@pytest.mark.parametrize(
    "damage",
    [
        ("DEL head", "RPUSH head nonsense"),
        ("DEL snapshot", "RPUSH snapshot nonsense", "DEL head"),
        ("HSET head epoch nonsense",),
        ("HDEL head mark",),
        ("HSET head seq 99999999999999999999",),
    ],
    ids=", ".join,
)
async def test_bb2_whatever_stands_in_its_place_it_is_made_anew(damage: tuple[str, ...]) -> None:
    await damage_log(damage)


@pytest.mark.long
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "damage",
    [("LSET log -1 nonsense",), ("RPUSH log nonsense",)],
    ids=", ".join,
)
async def test_bb2_who_comes_to_a_damaged_log_reads_what_others_go_on_with(
    damage: tuple[str, ...],
) -> None:
    """It is set aside, or has a new snapshot soon: those who are there have heard all of it."""
    await damage_log(damage)


async def read_at_last(node: ClusteredNode) -> Record:
    """Read the room's record; who finds it damaged waits for those who know it."""
    async with asyncio.timeout(90):  # 200 commits of a machine that is busy
        while True:
            with suppress(LogUnavailableError):
                return await node.parts.log.read(TALK)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("how", [pytest.param("mute", marks=pytest.mark.long), "drips"])
async def test_bb4_one_that_hardly_answers_is_away(how: str) -> None:
    loop = asyncio.get_running_loop()
    async with lied_to() as (stage, liar):
        setattr(liar, how, True)
        began_s = loop.time()
        await until(lambda: not any(node.parts.link.is_up for node in stage.nodes))
        assert loop.time() - began_s < NOTICED_S + BUSY_MACHINE_S
        liar.tell_the_truth()
        assert await stage.converge() < CONVERGED_S + BUSY_MACHINE_S


@pytest.mark.long
async def test_bb4_who_hears_nothing_any_more_listens_anew() -> None:
    async with lied_to() as (stage, liar):
        before = [node.parts.counts.resubscribes for node in stage.nodes]
        liar.mute_listeners = True
        await until(
            lambda: all(
                node.parts.counts.resubscribes > count
                for node, count in zip(stage.nodes, before, strict=True)
            )
        )
        liar.tell_the_truth()
        await stage.converge()


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_bb5_listeners_are_cut_off_each_second_for_a_minute() -> None:
    async with lied_to() as (stage, _):
        for _ in range(60):
            await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            await asyncio.sleep(1)
        assert await stage.converge() < CONVERGED_S + BUSY_MACHINE_S
