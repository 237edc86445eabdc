from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import running_redis
from tests.server.bus.clustered import clustered_node, until

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))
MAYA = MemberId(5)


async def test_two_nodes_are_one_room() -> None:
    async with (
        running_redis() as redis,
        clustered_node(redis, "n-1") as one,
        clustered_node(redis, "n-2") as two,
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
