"""A room under a Redis that fails over: two servers and one Sentinel that decides."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from rooms.commands import JoinRoom, PostChat, SetMicrophone
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.keys import room_key
from server.bus.link import COMMAND_S, COPY_MS
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import RedisServer, free_port, running_redis
from tests.server.bus.clustered import ClusteredNode, clustered_node, eventually, until

TALK: Final = RoomSlug("talk")
PLAN: Final = RoomPlan(TALK, "Talk", "", MeetingId("m"))
DOWN_MS: Final = 500
BEFORE: Final = 10  # lines of each writer before the server dies, and after it
AFTER: Final = 10


@asynccontextmanager
async def sentinel(
    master: RedisServer, folder: Path, *, knows_replicas: bool = True
) -> AsyncIterator[RedisServer]:
    """Run a Sentinel that watches `master` as `lamplit`; to know replicas takes it ten seconds."""
    file = folder / "sentinel.conf"
    file.write_text(
        f"sentinel monitor lamplit 127.0.0.1 {master.port} 1\n"
        f"sentinel down-after-milliseconds lamplit {DOWN_MS}\n"
        "sentinel failover-timeout lamplit 2000\n"
    )
    watcher = RedisServer(folder, free_port(), (), is_cluster=False)
    program = shutil.which("redis-server")
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        *(program, str(file), "--sentinel", "--port", str(watcher.port), "--bind", "127.0.0.1"),
        *("--dir", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:

        async def knows_a_replica() -> bool:
            try:
                return b"slave0" in await master.command("INFO", "replication") and b"name" in (
                    await watcher.command("SENTINEL", "REPLICAS", "lamplit")
                )
            except OSError:
                return False

        await eventually(knows_a_replica if knows_replicas else watcher.answers, within_s=30)
        yield watcher
    finally:
        process.kill()
        await process.wait()


class Writer:
    """A member who writes one line after the other, each again until it is acknowledged, as a page does."""

    def __init__(self, node: ClusteredNode, member_id: MemberId) -> None:
        self.node = node
        self.member_id = member_id
        self.acknowledged = 0

    async def join(self) -> None:
        joined = JoinRoom(member_id=self.member_id, name=f"Member {chr(64 + self.member_id)}")
        assert isinstance(await self.node.rooms.carry_out(TALK, joined), Done)

    async def write(self) -> None:
        """Write until cancelled."""
        while True:
            n = self.acknowledged + 1
            line = PostChat(by=self.member_id, n=n, text=f"line {n}")
            if isinstance(await self.node.rooms.carry_out(TALK, line, self.member_id, n), Done):
                self.acknowledged = n
            await asyncio.sleep(0.05)


def lines_of(node: ClusteredNode, member_id: MemberId) -> list[int]:
    """Return the numbers of a member's lines, in the room's order."""
    room = node.rooms.open_room(TALK)
    assert room is not None
    return [line.n for line in room.chat if line.member_id == member_id]


async def waits(master: RedisServer) -> int:
    """Return how often a server was asked whether a replica has what was written."""
    text = await master.command("INFO", "commandstats")
    found = re.search(rb"cmdstat_wait:calls=(\d+)", text)
    return int(found[1]) if found else 0


async def test_a_ruling_is_answered_when_a_replica_has_it_and_also_where_none_does(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        master = await stack.enter_async_context(running_redis())
        replica = await stack.enter_async_context(running_redis("--replicaof", "127.0.0.1", str(master.port)))
        await eventually(lambda: has_replicated(replica))
        watcher = await stack.enter_async_context(sentinel(master, tmp_path, knows_replicas=False))
        url = f"redis+sentinel://127.0.0.1:{watcher.port}/lamplit"
        node = await stack.enter_async_context(clustered_node(url, "n-1"))
        await node.rooms.open_rooms([PLAN])
        who = MemberId(5)
        for _ in range(3):  # known to the server or not, the script goes with the question
            asked = await waits(master)
            await master.command("SCRIPT", "FLUSH")
            joined = JoinRoom(member_id=who, name=f"Member {who}")
            assert isinstance(await node.rooms.carry_out(TALK, joined), Done)
            seq = str(node.rooms.record(TALK).revision.seq).encode()
            assert seq in (await replica.command("HGET", room_key(TALK, "head"), "seq")).split()
            assert asked < await waits(master)
            who = MemberId(who + 1)
        assert node.parts.counts.uncopied == 0
        asked = await waits(master)
        line = PostChat(by=MemberId(5), n=1, text="line")
        assert isinstance(await node.rooms.carry_out(TALK, line, MemberId(5), 1), Done)
        assert await waits(master) == asked
        replica.freeze()
        began = asyncio.get_running_loop().time()
        for n in range(2, 12):
            muted = SetMicrophone(by=MemberId(5), on=n % 2 == 0)
            assert isinstance(await node.rooms.carry_out(TALK, muted, MemberId(5), n), Done)
        assert node.parts.counts.uncopied == 10
        assert asyncio.get_running_loop().time() - began >= COPY_MS / 1_000
        replica.resume()


async def test_whether_a_replica_has_it_is_asked_in_a_cluster_and_not_of_one_server() -> None:
    async with AsyncExitStack() as stack:
        for is_cluster in (True, False):
            redis = await stack.enter_async_context(running_redis(is_cluster=is_cluster))
            url = f"redis+cluster://127.0.0.1:{redis.port}" if is_cluster else redis.url
            node = await stack.enter_async_context(clustered_node(url, "n-1"))
            await node.rooms.open_rooms([PLAN])
            joined = JoinRoom(member_id=MemberId(5), name="Maya")
            assert isinstance(await node.rooms.carry_out(TALK, joined), Done)
            assert node.parts.counts.uncopied == (2 if is_cluster else 0)
            assert (await waits(redis) > 0) == is_cluster


async def has_replicated(replica: RedisServer) -> bool:
    return b"master_link_status:up" in await replica.command("INFO", "replication")


@pytest.mark.long
async def test_nothing_acknowledged_is_lost_when_another_server_takes_over(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running_redis())
        replica = ("--replicaof", "127.0.0.1", str(first.port))
        second = await stack.enter_async_context(running_redis(*replica))
        watcher = await stack.enter_async_context(sentinel(first, tmp_path))
        url = f"redis+sentinel://127.0.0.1:{watcher.port}/lamplit"
        nodes = [
            await stack.enter_async_context(clustered_node(url, name, command_s=COMMAND_S))
            for name in ("n-1", "n-2")
        ]
        for node in nodes:
            await node.rooms.open_rooms([PLAN])
        writers = [Writer(node, MemberId(5 + number)) for number, node in enumerate(nodes)]
        for writer in writers:
            await writer.join()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(writer.write()) for writer in writers]
            await until(lambda: all(writer.acknowledged >= BEFORE for writer in writers))
            await first.kill()
            known = [writer.acknowledged for writer in writers]
            await until(
                lambda: all(
                    writer.acknowledged >= before + AFTER
                    for writer, before in zip(writers, known, strict=True)
                ),
                within_s=40,
            )
            for task in tasks:
                task.cancel()
        await until(lambda: nodes[0].rooms.record(TALK) == nodes[1].rooms.record(TALK))
        for writer in writers:
            found = lines_of(nodes[0], writer.member_id)
            assert found == list(range(1, len(found) + 1))
            assert 0 <= len(found) - writer.acknowledged <= 1  # one may have been on its way
        assert b"role:master" in await second.command("INFO", "replication")
