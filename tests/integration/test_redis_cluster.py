"""Rooms on a Redis Cluster of three masters: sharded pub/sub, a slot that moves, a master that dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.keys import room_key
from server.bus.link import COMMAND_S
from server.ports import NodeState
from server.room_service import Done, RoomPlan
from tests.integration.redis_cluster import RedisClusterServers, running_cluster
from tests.server.bus.clustered import ClusteredNode, clustered_node, eventually, until

MAYA: Final = MemberId(5)
ROOMS: Final = tuple(RoomSlug(f"room-{number}") for number in range(8))
TALK: Final = ROOMS[0]


class Stage:
    """Two nodes that follow eight rooms, which lie on all three masters."""

    def __init__(self, cluster: RedisClusterServers, one: ClusteredNode, two: ClusteredNode) -> None:
        self.cluster = cluster
        self.one = one
        self.two = two
        self.n = 0

    async def post(self, node: ClusteredNode, slug: RoomSlug) -> bool:
        """Post the next line; say whether it was acknowledged."""
        self.n += 1
        return await self.again(node, slug)

    async def again(self, node: ClusteredNode, slug: RoomSlug) -> bool:
        """Post the same line once more, as a page does that had no answer."""
        line = PostChat(by=MAYA, n=self.n, text=f"line {self.n}")
        return isinstance(await node.rooms.carry_out(slug, line, MAYA, self.n), Done)

    def lines(self, node: ClusteredNode, slug: RoomSlug) -> list[int]:
        """Return the numbers of the lines that a node shows."""
        room = node.rooms.open_room(slug)
        return [line.n for line in room.chat] if room else []

    async def agree(self, slug: RoomSlug) -> None:
        """Wait until both nodes have the same record."""
        await until(lambda: self.one.rooms.record(slug) == self.two.rooms.record(slug))


@asynccontextmanager
async def two_nodes(cluster: RedisClusterServers) -> AsyncIterator[Stage]:
    async with (
        clustered_node(cluster.url, "n-1", command_s=COMMAND_S) as one,
        clustered_node(cluster.url, "n-2", command_s=COMMAND_S) as two,
    ):
        plans = [RoomPlan(slug, "Talk", "", MeetingId(slug)) for slug in ROOMS]
        await one.rooms.open_rooms(plans)
        await two.rooms.open_rooms(plans)
        await until(lambda: one.parts.is_whole and two.parts.is_whole)
        for slug in ROOMS:
            joined = JoinRoom(member_id=MAYA, name="Maya")
            assert isinstance(await one.rooms.carry_out(slug, joined), Done)
        yield Stage(cluster, one, two)


async def test_two_nodes_share_rooms_on_three_masters() -> None:
    async with running_cluster() as cluster, two_nodes(cluster) as stage:
        owners = {(await cluster.owner(room_key(slug, "log"))).port for slug in ROOMS}
        assert len(owners) == 3
        for turn in range(5):
            for slug in ROOMS:
                assert await stage.post((stage.one, stage.two)[turn % 2], slug)
        for slug in ROOMS:
            await stage.agree(slug)
            assert len(stage.lines(stage.one, slug)) == 5
        states = [
            NodeState(name=name, epoch=await node.parts.directory.claim(name))
            for name, node in (("n-1", stage.one), ("n-2", stage.two))
        ]
        await stage.one.parts.directory.announce(states[0])
        assert (await stage.two.parts.directory.announce(states[1])).others == (states[0],)


async def test_a_room_goes_on_where_its_slot_has_moved_to() -> None:
    async with running_cluster() as cluster, two_nodes(cluster) as stage:
        assert await stage.post(stage.one, TALK)
        key = room_key(TALK, "log")
        before = await cluster.owner(key)
        await cluster.move_slot(key, next(one for one in cluster.masters if one is not before))
        assert await cluster.owner(key) is not before
        epoch = stage.one.rooms.record(TALK).revision.epoch
        for node in (stage.one, stage.two, stage.one):
            assert await stage.post(node, TALK)
        await stage.agree(TALK)
        assert stage.lines(stage.two, TALK) == [1, 2, 3, 4]
        assert stage.one.rooms.record(TALK).revision.epoch == epoch


@pytest.mark.long
async def test_a_room_goes_on_at_the_replica_that_takes_over() -> None:
    async with running_cluster(with_replicas=True) as cluster, two_nodes(cluster) as stage:
        for _ in range(5):
            assert await stage.post(stage.one, TALK)
        await stage.agree(TALK)
        dead = await cluster.owner(room_key(TALK, "log"))
        await asyncio.sleep(0.2)  # the replica has what was answered; a Redis never waits for it
        await dead.kill()
        stage.n += 1
        await eventually(lambda: stage.again(stage.two, TALK), within_s=30)
        await stage.agree(TALK)
        assert stage.lines(stage.one, TALK) == [1, 2, 3, 4, 5, 6]
        for slug in ROOMS:  # those of the other masters too
            await eventually(lambda slug=slug: stage.post(stage.one, slug), within_s=30)  # type: ignore[misc]
            await stage.agree(slug)
