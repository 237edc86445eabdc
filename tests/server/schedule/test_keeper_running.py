import asyncio

from rooms.commands import CloseRoom, JoinRoom, LeaveRoom, OpenRoom
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import ChatMode, FloorMode, Member, Mutes, Phase, Room, RoomSettings
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.chosen import Chosen
from server.ports import Clash, Draft, LogUnavailableError
from server.room_service import Done, RoomService
from server.schedule.keeper import Keeper
from server.schedule.plan import Planned
from tests.server.clock import FakeClock
from tests.server.schedule.evenings import MINUTE_MS, at_ms, planned

HALL = RoomSlug("hall")
ANN = MemberId(1)
SEAT = Member(member_id=ANN, name="Ann", role=Role.HOST, mutes=Mutes(), joined_ms=0)
TICK_MS = MINUTE_MS // 2


class MoodyLog(MemoryLog):
    """Is away, or takes its time, as a test wants."""

    is_away = False
    gate: asyncio.Event | None = None

    def __init__(self, bus: MemoryBus, clock: FakeClock) -> None:
        super().__init__(bus, clock)
        self.asked = asyncio.Event()

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[object, ...] | Clash:  # type: ignore[override]
        self.asked.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.is_away:
            raise LogUnavailableError
        return await super().append(slug, epoch, draft)


class House:
    """A node's rooms with a keeper, on a fake clock."""

    def __init__(self, *series: Planned) -> None:
        self.clock = FakeClock()
        bus = MemoryBus()
        self.log = MoodyLog(bus, self.clock)
        self.rooms = RoomService(self.log, bus, self.clock)
        self.asked: list[RoomSettings | None] = []
        self.keeper = Keeper(self.rooms, self.clock, lambda _: series, self._opening_for)

    async def open(self) -> None:
        await self.rooms.add_rooms([HALL])
        self.keeper.follow()

    def _opening_for(self, slug: RoomSlug, left: RoomSettings | None) -> OpenRoom:
        self.asked.append(left)
        return OpenRoom(slug=slug, title="Hall", about="", meeting_id=MeetingId(str(len(self.asked))))

    async def at(self, written: str) -> Room | None:
        self.clock.wall = at_ms(written)
        await self.keeper.tick()
        return self.rooms.open_room(HALL)


async def test_the_rooms_are_kept() -> None:
    house = House(planned())
    await house.open()
    assert await house.at("18:44") is None
    room = await house.at("18:45")
    assert room is not None
    assert (room.meeting_id, room.phase, room.starts_ms, room.ends_ms) == (
        "1",
        Phase.DOORS,
        at_ms("19:00"),
        at_ms("20:00"),
    )
    joined = await house.rooms.carry_out(HALL, JoinRoom(member_id=ANN, name="Ann"))
    assert isinstance(joined, Done)
    room = await house.at("19:00")
    assert room is not None
    assert room.phase is Phase.ON
    room = await house.at("20:00")
    assert room is not None
    assert (room.phase, room.ends_ms) == (Phase.FELLOWSHIP, at_ms("20:30"))
    await house.rooms.carry_out(HALL, LeaveRoom(by=ANN))
    assert await house.at("20:05") is not None
    assert await house.at("20:07") is None
    room = await house.at("2026-01-08T18:45")
    assert room is not None
    assert room.meeting_id == "2"


async def test_a_sitting_finds_the_room_as_the_last_one_left_it() -> None:
    house = House()
    await house.open()
    room = await house.at("12:00")
    assert room is not None
    await house.rooms.carry_out(HALL, CloseRoom())
    assert await house.at("12:01") is not None
    assert house.asked == [None, room.settings]


async def test_the_next_sitting_is_held_as_the_group_has_chosen_meanwhile() -> None:
    house = House(planned())
    await house.open()
    kept = RoomSettings(is_locked=True)
    assert house.keeper.settings_of(HALL) is None
    assert await house.keeper.settle(HALL, Chosen(floor=FloorMode.ROUND), kept)
    assert await house.keeper.settle(HALL, Chosen(slow_ms=5_000), RoomSettings())
    wanted = RoomSettings(is_locked=True, floor=FloorMode.ROUND, slow_ms=5_000)
    assert house.keeper.settings_of(HALL) == wanted
    assert await house.at("18:45") is not None
    assert house.asked == [wanted]


async def test_a_choice_waits_for_a_sitting_that_is_opening() -> None:
    house = House()
    await house.open()
    house.log.gate = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(house.at("12:00"))
        await house.log.asked.wait()
        choice = group.create_task(
            house.keeper.settle(HALL, Chosen(chat=ChatMode.OFF, limit_ms=60_000), RoomSettings())
        )
        await asyncio.sleep(0)
        house.log.gate.set()
    assert await opening is not None
    assert await choice
    room = house.rooms.open_room(HALL)
    assert room is not None
    assert (room.order.chat, room.floor.limit_ms) == (ChatMode.OFF, 60_000)


async def test_a_choice_for_a_meeting_that_ends_meanwhile_holds_for_the_next() -> None:
    house = House()
    await house.open()
    assert await house.at("12:00") is not None
    house.log.gate = asyncio.Event()
    house.log.asked.clear()
    async with asyncio.TaskGroup() as group:
        group.create_task(house.rooms.carry_out(HALL, CloseRoom()))
        await house.log.asked.wait()
        choice = group.create_task(
            house.keeper.settle(HALL, Chosen(chat=ChatMode.OFF, limit_ms=60_000), RoomSettings())
        )
        await asyncio.sleep(0)
        house.log.gate.set()
    assert await choice
    assert not house.keeper.is_open(HALL)
    assert house.keeper.settings_of(HALL) == RoomSettings(chat=ChatMode.OFF, limit_ms=60_000)


async def test_a_choice_is_not_sure_while_the_log_is_away() -> None:
    house = House()
    await house.open()
    assert await house.at("12:00") is not None
    house.log.is_away = True
    assert not await house.keeper.settle(HALL, Chosen(slow_ms=5_000), RoomSettings())
    house.log.is_away = False
    assert await house.keeper.settle(HALL, Chosen(slow_ms=5_000), RoomSettings())
    assert house.keeper.settings_of(HALL) == RoomSettings(slow_ms=5_000)


async def test_a_log_that_is_away_is_asked_again() -> None:
    house = House()
    await house.open()
    house.log.is_away = True
    assert await house.at("12:00") is None
    house.log.is_away = False
    assert await house.at("12:01") is not None
