"""Redis dies, freezes, forgets and cuts off its subscribers, under a room on two nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import pytest

from rooms.commands import JoinRoom, MuteMember, PostChat
from rooms.facts import Commit
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Record
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.bus.link import COMMAND_S
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import ClusteredNode, clustered_node, until

TALK: Final = RoomSlug("talk")
PLAN: Final = RoomPlan(TALK, "Talk", "", MeetingId("m"))
MAYA: Final = MemberId(5)
ANA: Final = MemberId(6)
HOST: Final = Role.HOST
ORDER_S: Final = 0.3  # the promise is 0.1 to the last packet; the machine does other things as well
CONVERGED_S: Final = 3.0
BUSY_S: Final = 1.5
PAUSE_S: Final = 0.02
SLACK_S: Final = 2.0  # the machine does other things as well


class Talker:
    """Posts one numbered line after the other, each until it is acknowledged, now here and now there."""

    def __init__(self, nodes: tuple[ClusteredNode, ClusteredNode]) -> None:
        self._nodes = nodes
        self.acknowledged = 0
        self.longest_wait_s = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        turn = 0
        while True:
            n = self.acknowledged + 1
            turn += 1
            began = loop.time()
            answer = await self._nodes[turn % 2].rooms.carry_out(
                TALK, PostChat(by=MAYA, n=n, text=f"line {n}"), MAYA, n
            )
            self.longest_wait_s = max(self.longest_wait_s, loop.time() - began)
            if isinstance(answer, Done):
                self.acknowledged = n
            else:
                assert isinstance(answer, Refusal)
                assert answer.code is RefusalCode.BUSY
            await asyncio.sleep(PAUSE_S)


class Stage:
    def __init__(self, redis: RedisServer, one: ClusteredNode, two: ClusteredNode, talker: Talker) -> None:
        self.redis = redis
        self.nodes = (one, two)
        self.talker = talker

    async def talk_on(self, lines: int = 10) -> None:
        """Wait for so many more acknowledged lines."""
        wanted = self.talker.acknowledged + lines
        await until(lambda: self.talker.acknowledged >= wanted)

    async def converge(self) -> float:
        """Wait until new lines are acknowledged and both nodes have them; return how long that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        last = self.talker.acknowledged + 2
        await until(lambda: all(last <= seen(node) for node in self.nodes))
        return loop.time() - began

    def check(self) -> None:
        """See that every acknowledged line is there once, in order, the same at both nodes."""
        for node in self.nodes:
            room = node.rooms.open_room(TALK)
            assert room is not None
            numbers = [line.n for line in room.chat]
            assert numbers == list(range(numbers[0], numbers[-1] + 1))
            assert numbers[0] == 1 or len(numbers) == CHAT_WINDOW
            assert numbers[-1] >= self.talker.acknowledged


CHAT_WINDOW: Final = 200


def seen(node: ClusteredNode) -> int:
    room = node.rooms.open_room(TALK)
    return room.chat[-1].n if room and room.chat else 0


@asynccontextmanager
async def directly(redis: RedisServer) -> AsyncIterator[str]:
    yield redis.url


@asynccontextmanager
async def talking(
    *, is_persistent: bool, by: Callable[[RedisServer], AbstractAsyncContextManager[str]] = directly
) -> AsyncIterator[Stage]:
    """Run two nodes that reach Redis at the URL that `by` gives, and somebody who talks all the time."""
    async with (
        running_redis(is_persistent=is_persistent) as redis,
        by(redis) as url,
        clustered_node(url, "n-1", command_s=COMMAND_S) as one,
        clustered_node(url, "n-2", command_s=COMMAND_S) as two,
    ):
        await asyncio.gather(one.rooms.open_rooms([PLAN]), two.rooms.open_rooms([PLAN]))
        joined = await one.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya"))
        assert isinstance(joined, Done)
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
        talker = Talker((one, two))
        stage = Stage(redis, one, two, talker)
        async with asyncio.TaskGroup() as group:
            work = group.create_task(talker.run())
            await stage.talk_on()
            yield stage
            await stage.talk_on()
            work.cancel()
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
        stage.check()
        assert talker.longest_wait_s < BUSY_S + SLACK_S


@pytest.mark.parametrize("is_persistent", [True, False], ids=["kept", "forgotten"])
async def test_redis_is_killed_and_comes_back(is_persistent: bool) -> None:  # noqa: FBT001
    async with talking(is_persistent=is_persistent) as stage:
        epoch = stage.nodes[0].rooms.record(TALK).revision.epoch
        await stage.redis.kill()
        await until(lambda: not any(node.parts.link.is_up for node in stage.nodes))
        await asyncio.sleep(1)
        await stage.redis.start()
        assert await stage.converge() < CONVERGED_S
        again = {node.rooms.record(TALK).revision.epoch for node in stage.nodes}
        assert (again == {epoch}) == is_persistent
        assert len(again) == 1


async def test_redis_freezes_for_four_seconds() -> None:
    async with talking(is_persistent=False) as stage:
        epoch = stage.nodes[0].rooms.record(TALK).revision.epoch
        stage.redis.freeze()
        await until(lambda: not any(node.parts.link.is_up for node in stage.nodes))
        await asyncio.sleep(3)
        stage.redis.resume()
        assert await stage.converge() < CONVERGED_S
        assert stage.nodes[0].rooms.record(TALK).revision.epoch == epoch


async def test_subscribers_are_cut_off_again_and_again() -> None:
    async with talking(is_persistent=False) as stage:
        for _ in range(5):
            await stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            await stage.talk_on(5)
        assert await stage.converge() < CONVERGED_S


async def test_a_mute_is_heard_here_at_once_and_elsewhere_when_redis_is_back() -> None:
    loop = asyncio.get_running_loop()
    async with talking(is_persistent=True) as stage:
        one, two = stage.nodes
        assert isinstance(
            await one.rooms.carry_out(TALK, JoinRoom(member_id=ANA, name="Ana", role=HOST)), Done
        )
        muted: list[bool] = []

        def hear(record: Record, commits: tuple[Commit, ...]) -> None:
            del commits
            assert record.room is not None
            muted.append(record.room.members[MAYA].mutes.by_host)

        one.rooms.follow(TALK, hear, hears_orders=True)
        stage.redis.freeze()  # nobody knows yet: the command waits for its second
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(one.rooms.carry_out(TALK, MuteMember(by=ANA, member_id=MAYA), ANA, 1))
            await until(lambda: muted and muted[-1])
            assert loop.time() - began < ORDER_S
        answer = asked.result()
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.BUSY
        assert loop.time() - began < BUSY_S + SLACK_S
        stage.redis.resume()
        began = loop.time()
        await until(lambda: is_muted(two) and is_muted(one))
        assert loop.time() - began < CONVERGED_S
        assert muted[-1]


async def test_a_mute_of_who_is_muted_already_is_kept_too_for_elsewhere_that_may_have_ended() -> None:
    async with talking(is_persistent=True) as stage:
        one, two = stage.nodes
        for command in (JoinRoom(member_id=ANA, name="Ana", role=HOST), MuteMember(by=ANA, member_id=MAYA)):
            assert isinstance(await one.rooms.carry_out(TALK, command), Done)
        await until(lambda: is_muted(one) and is_muted(two))
        stage.redis.freeze()
        await until(lambda: not one.parts.link.is_up)
        answer = await one.rooms.carry_out(TALK, MuteMember(by=ANA, member_id=MAYA), ANA, 1)
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.BUSY
        stage.redis.resume()
        await stage.converge()
        assert is_muted(one)


def is_muted(node: ClusteredNode) -> bool:
    room = node.rooms.open_room(TALK)
    return room is not None and room.members[MAYA].mutes.by_host


async def test_redis_forgets_everything_without_anybody_noticing() -> None:
    async with talking(is_persistent=False) as stage:
        epoch = stage.nodes[0].rooms.record(TALK).revision.epoch
        await stage.redis.command("FLUSHALL")
        assert await stage.converge() < CONVERGED_S
        assert stage.nodes[1].rooms.record(TALK).revision.epoch > epoch
