import asyncio

import pytest

from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.bus.envelope import DropKind, Kind
from server.bus.keys import room_key
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import clustered_node, until
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))
MAYA = MemberId(5)


UNREADABLE = (
    b"\xc1",
    b"\x92\x01\x91\x94\x85\xa2\xff\xfe",  # a key that is no UTF-8
    b"\x93\x01\x90" + b"\x91" * 5_000,  # more than is known, and that nested deeply
)


def address(redis: RedisServer, *, is_cluster: bool) -> str:
    return f"redis+cluster://127.0.0.1:{redis.port}" if is_cluster else redis.url


@pytest.mark.parametrize("is_cluster", [False, True], ids=["one server", "Redis Cluster"])
async def test_two_nodes_are_one_room(is_cluster: bool) -> None:  # noqa: FBT001
    async with (
        running_redis(is_cluster=is_cluster) as redis,
        clustered_node(address(redis, is_cluster=is_cluster), "n-1") as one,
        clustered_node(address(redis, is_cluster=is_cluster), "n-2") as two,
    ):
        await one.rooms.open_rooms([PLAN])
        await two.rooms.open_rooms([PLAN])
        assert isinstance(await one.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya")), Done)
        said = PostChat(by=MAYA, n=1, text="hello")
        await until(lambda: two.rooms.record(TALK) == one.rooms.record(TALK))
        first = await two.rooms.carry_out(TALK, said, MAYA, 1)
        again = await one.rooms.carry_out(TALK, said, MAYA, 1)
        assert first == again
        await until(lambda: two.rooms.record(TALK) == one.rooms.record(TALK))
        room = one.rooms.open_room(TALK)
        assert room is not None
        assert [line.text for line in room.chat] == ["hello"]


async def test_what_cannot_be_read_is_dropped_and_the_log_is_asked() -> None:
    async with running_redis() as redis, clustered_node(redis, "n-1") as one:
        await one.rooms.open_rooms([PLAN])
        lost: list[RoomSlug] = []
        await until(lambda: one.parts.hearing.is_whole)
        one.parts.bus.on_lost(lost.append)
        await redis.command("PUBLISH", room_key(TALK, "facts"), "nonsense, and of no node")
        await until(lambda: one.parts.sealer.drops[DropKind.UNSIGNED] == 1)
        assert lost == []
        for number, body in enumerate(UNREADABLE, start=1):
            later = one.parts.sealer.seal(Kind.FACTS, TALK, body)
            await one.parts.link.command("PUBLISH", room_key(TALK, "facts"), later)
            await until(lambda number=number: lost == [TALK] * number)
            assert one.parts.sealer.drops[DropKind.SHAPE] == number


async def test_of_two_nodes_that_open_a_meeting_at_once_one_does() -> None:
    async with (
        running_redis() as redis,
        clustered_node(redis, "n-1") as one,
        clustered_node(redis, "n-2") as two,
    ):
        other = PLAN._replace(meeting_id=MeetingId("other"))
        await asyncio.gather(one.rooms.open_rooms([PLAN]), two.rooms.open_rooms([other]))
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
        assert one.rooms.record(TALK).revision.seq == 1


async def test_what_a_node_commits_whose_name_was_taken_over_is_read_in_the_log() -> None:
    clock = FakeClock()
    async with (
        running_redis() as redis,
        clustered_node(redis, "n-1", clock) as before,
        clustered_node(redis, "n-2") as other,
    ):
        await before.rooms.open_rooms([PLAN])
        clock.pass_ms(1)
        async with clustered_node(redis, "n-1", clock) as after:
            for node in (after, other):
                await node.rooms.add_rooms([TALK])
                await until(lambda node=node: node.parts.hearing.is_whole)
            await after.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya"))
            await until(lambda: other.rooms.record(TALK) == after.rooms.record(TALK))
            await before.rooms.carry_out(TALK, JoinRoom(member_id=MemberId(6), name="Ben"))
            for node in (after, other):
                await until(lambda node=node: node.rooms.record(TALK) == before.rooms.record(TALK))
            assert other.parts.sealer.drops[DropKind.STALE] == 1
            assert after.parts.sealer.drops[DropKind.TWIN] >= 1
