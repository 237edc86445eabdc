"""A room under a Redis that fails over: two servers and one Sentinel that decides."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.link import COMMAND_S
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import RedisServer, free_port, running_redis
from tests.server.bus.clustered import ClusteredNode, clustered_node, eventually, until

TALK: Final = RoomSlug("talk")
MAYA: Final = MemberId(5)
PLAN: Final = RoomPlan(TALK, "Talk", "", MeetingId("m"))
DOWN_MS: Final = 500


@asynccontextmanager
async def sentinel(master: RedisServer, folder: Path) -> AsyncIterator[RedisServer]:
    """Run a Sentinel that watches `master` under the name `lamplit`."""
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

        await eventually(knows_a_replica, within_s=30)
        yield watcher
    finally:
        process.kill()
        await process.wait()


async def post(node: ClusteredNode, n: int) -> bool:
    line = PostChat(by=MAYA, n=n, text=f"line {n}")
    return isinstance(await node.rooms.carry_out(TALK, line, MAYA, n), Done)


@pytest.mark.slow
async def test_a_room_goes_on_at_the_server_that_takes_over(tmp_path: Path) -> None:
    async with running_redis() as first:
        replica = ("--replicaof", "127.0.0.1", str(first.port))
        async with running_redis(*replica) as second, sentinel(first, tmp_path) as watcher:
            url = f"redis+sentinel://127.0.0.1:{watcher.port}/lamplit"
            async with (
                clustered_node(url, "n-1", command_s=COMMAND_S) as one,
                clustered_node(url, "n-2", command_s=COMMAND_S) as two,
            ):
                await one.rooms.open_rooms([PLAN])
                await two.rooms.open_rooms([PLAN])
                assert isinstance(await one.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="M")), Done)
                assert all([await post(one, n) for n in range(1, 6)])
                await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
                await first.kill()
                await eventually(lambda: post(two, 6), within_s=20)
                await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
                room = one.rooms.open_room(TALK)
                assert room is not None
                assert [line.n for line in room.chat] == [1, 2, 3, 4, 5, 6]
                assert b"role:master" in await second.command("INFO", "replication")
