from rooms.commands import JoinRoom, LeaveRoom, SetFloor
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import FloorMode, Room
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.room_list import RoomList
from server.room_service import Done, RoomPlan, RoomService
from tests.server.clock import FakeClock

TALK = RoomPlan(RoomSlug("talk"), "Talk", "", MeetingId("m1"))
NIGHT = RoomPlan(RoomSlug("night"), "Night", "All night", MeetingId("m2"))
TOM = MemberId(22)


class House:
    """A node's rooms, and what the operator wants."""

    def __init__(self) -> None:
        bus, clock = MemoryBus(), FakeClock()
        self.rooms = RoomService(MemoryLog(bus, clock), bus, clock)
        self.wanted = (TALK,)
        self.list = RoomList(self.rooms, self._plan, self.rooms.open_rooms)

    async def _plan(self) -> tuple[RoomPlan, ...]:
        return self.wanted

    async def want(self, *plans: RoomPlan) -> None:
        self.wanted = plans
        await self.list.take_up()
        await self.list.settle()

    def room(self, plan: RoomPlan) -> Room | None:
        return self.rooms.open_room(plan.slug)

    async def join(self, plan: RoomPlan, role: Role = Role.MEMBER) -> None:
        assert isinstance(
            await self.rooms.carry_out(plan.slug, JoinRoom(member_id=TOM, name="Tom", role=role)), Done
        )

    async def leave(self, plan: RoomPlan) -> None:
        assert isinstance(await self.rooms.carry_out(plan.slug, LeaveRoom(by=TOM)), Done)
        await self.list.settle()


async def test_a_room_that_was_made_opens_and_one_that_was_there_goes_on() -> None:
    house = House()
    await house.want(TALK)
    await house.want(TALK._replace(meeting_id=MeetingId("m3")), NIGHT)
    assert house.rooms.slugs() == ("talk", "night")
    night, talk = house.room(NIGHT), house.room(TALK)
    assert night is not None
    assert talk is not None
    assert (night.title, night.about, talk.meeting_id) == ("Night", "All night", "m1")


async def test_a_room_that_was_closed_is_unlisted_and_ends_when_nobody_is_in_it() -> None:
    house = House()
    await house.want(TALK, NIGHT)
    await house.join(NIGHT)
    await house.want(TALK)
    assert house.rooms.slugs() == ("talk",)
    assert house.room(NIGHT) is not None
    await house.leave(NIGHT)
    assert house.room(NIGHT) is None
    assert house.room(TALK) is not None


async def test_a_room_that_is_wanted_again_is_as_it_was_or_new() -> None:
    house = House()
    await house.want(TALK, NIGHT)
    await house.join(NIGHT)
    await house.want(TALK)
    await house.want(TALK, NIGHT)
    await house.leave(NIGHT)
    assert house.rooms.slugs() == ("talk", "night")
    night = house.room(NIGHT)
    assert night is not None
    assert night.meeting_id == "m2"
    await house.want(TALK)
    await house.want(TALK, NIGHT._replace(meeting_id=MeetingId("m4")))
    night = house.room(NIGHT)
    assert night is not None
    assert night.meeting_id == "m4"


async def test_a_renamed_room_begins_anew_when_nobody_is_in_it_set_as_it_was() -> None:
    house = House()
    await house.want(TALK)
    await house.join(TALK, Role.HOST)
    await house.rooms.carry_out(TALK.slug, SetFloor(by=TOM, mode=FloorMode.ROUND, limit_ms=60_000))
    await house.want(TALK._replace(title="Quiet", meeting_id=MeetingId("m5")))
    before = house.room(TALK)
    assert before is not None
    assert (before.title, before.meeting_id) == ("Talk", "m1")
    await house.leave(TALK)
    after = house.room(TALK)
    assert after is not None
    assert (after.title, after.meeting_id, after.settings) == ("Quiet", "m5", before.settings)
