"""Who is asked to go, where to, and when."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from rooms.commands import EndShare, GiveFloor, JoinRoom, RaiseHand, SetFloor
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import FloorMode, Lane, RoomSettings
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.clock import SystemClock
from server.drain import Drain
from server.gateway.connection import Seat
from server.ports import NodePhase, NodeState
from server.room_service import RoomPlan, RoomService
from signaling.to_browser import Move, ToBrowser

TALK = RoomSlug("talk")
MAYA = MemberId(5)
ROOM_MAX = 10


class FakeConnection:
    """Goes away when it is asked to, if it does as it is told."""

    def __init__(self, house: "House", member_id: int = 1, *, obeys: bool = True) -> None:
        self.house = house
        self.seat = Seat(TALK, MemberId(100 + member_id))
        self.obeys = obeys
        self.is_moving = False
        self.told: list[Move] = []

    def tell(self, event: ToBrowser) -> None:
        assert isinstance(event, Move)
        assert self.is_moving
        self.told.append(event)
        self.house.asked.set()
        if self.obeys:
            self.house.connections.remove(self)
            self.house.moved()


class House:
    """A node that is to be emptied, with what it asked of gateway and presence."""

    def __init__(self) -> None:
        clock = SystemClock()
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, clock), bus, clock)
        self.connections: list[FakeConnection] = []
        self.others: list[NodeState] = []
        self.phases: list[NodePhase] = []
        self.reasons: list[str] = []
        self.transports = 0
        self.is_draining = False
        self.asked = asyncio.Event()
        self.moved: Callable[[], None] = lambda: None
        self.drain = Drain(
            self.rooms,
            doors=self,  # type: ignore[arg-type]  # connections that are none
            place=self,
            others=lambda: self.others,
            room_members_max=ROOM_MAX,
            transports=lambda: self.transports,
            say_not_ready=self.reasons.append,
            clock=clock,
        )

    def connections_in(self, slug: RoomSlug) -> tuple[FakeConnection, ...]:
        assert slug == TALK
        return tuple(self.connections)

    def say(self, phase: NodePhase) -> None:
        self.phases.append(phase)


@pytest.fixture
async def house() -> House:
    built = House()
    settings = RoomSettings()
    await built.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"), settings)])
    return built


def node(name: str, members: int = 0, phase: NodePhase = NodePhase.SERVING) -> NodeState:
    held = {MemberId(number + 1): 1 for number in range(members)}
    return NodeState(
        name=name, epoch=1, public_url=f"https://{name}.example", phase=phase, rooms={TALK: held}
    )


async def test_a_room_stays_together_and_spills_where_it_is_full(house: House) -> None:
    house.others = [node("most", 8), node("some", 2), node("none"), node("going", 9, NodePhase.DRAINING)]
    connections = house.connections = [FakeConnection(house, number) for number in range(12)]
    asked = tuple(connections)
    assert await house.drain.run(5_000)
    assert [one.told[0].url for one in asked] == [
        f"https://{name}.example" for name in ["most"] * 2 + ["some"] * 8 + ["none"] * 2
    ]
    assert all(0 < one.told[0].within_ms <= 5_000 for one in asked)
    assert house.is_draining
    assert (house.phases, house.reasons) == ([NodePhase.DRAINING], ["draining"])


async def test_those_who_arrive_are_counted_once(house: House) -> None:
    house.others = [node("most", 8), node("none")]
    connections = house.connections = [FakeConnection(house, number) for number in range(3)]
    asked = tuple(connections)

    def arrived() -> None:
        held = {MemberId(number + 1): 1 for number in range(8)}
        held |= {one.seat.member_id: 1 for one in asked if one.told}
        house.others = [replace(house.others[0], rooms={TALK: held}), house.others[1]]

    house.moved = arrived
    assert await house.drain.run(2_000)
    assert [one.told[0].url for one in asked] == [
        f"https://{name}.example" for name in ("most", "most", "none")
    ]


async def test_full_nodes_are_better_than_none(house: House) -> None:
    house.others = [replace(node("fuller", 3), capacity=3), replace(node("full", 2), capacity=2)]
    (connection,) = house.connections = [FakeConnection(house)]
    assert await house.drain.run(2_000)
    assert connection.told[0].url == "https://full.example"


async def test_without_another_node_nobody_is_asked_to_go(house: House) -> None:
    house.others = [node("going", 0, NodePhase.DRAINING)]
    house.connections = [FakeConnection(house)]
    assert not await house.drain.run(60_000)
    assert not house.connections[0].told


async def test_a_node_that_has_just_come_back_is_waited_for(house: House) -> None:
    (connection,) = house.connections = [FakeConnection(house)]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(house.drain.run(5_000))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.shield(task)
        house.others = [node("n2")]
        assert await task
    assert connection.told[0].url == "https://n2.example"


async def test_the_deadline_holds(house: House) -> None:
    house.others = [node("n2")]
    house.connections = [FakeConnection(house, obeys=False)]
    async with asyncio.timeout(5):
        assert not await house.drain.run(300)
    assert len(house.connections[0].told) == 1


async def test_old_transports_are_waited_for(house: House) -> None:
    house.others = [node("n2")]
    house.transports = 1
    async with asyncio.TaskGroup() as group:
        task = group.create_task(house.drain.run(20_000))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.shield(task)
        house.transports = 0
        async with asyncio.timeout(2):
            assert await task


async def test_a_share_is_waited_for_until_half_of_the_time_is_over(house: House) -> None:
    await share(house)
    house.others = [node("n2")]
    house.connections = [FakeConnection(house)]
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    assert await house.drain.run(1_000)
    assert 0.45 <= loop.time() - began_s < 1.0


async def test_the_end_of_a_share_is_the_moment_to_go(house: House) -> None:
    await share(house)
    house.others = [node("n2")]
    house.connections = [FakeConnection(house)]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(house.drain.run(60_000))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await house.asked.wait()
        await house.rooms.carry_out(TALK, EndShare(by=MAYA, passed=False))
        async with asyncio.timeout(5):
            assert await task


async def test_who_asks_again_waits_for_the_first_time(house: House) -> None:
    house.others = [node("n2")]
    house.connections = [FakeConnection(house, obeys=False)]
    async with asyncio.TaskGroup() as group:
        first = group.create_task(house.drain.run(300))
        second = group.create_task(house.drain.run(60_000))
        async with asyncio.timeout(5):
            assert [await first, await second] == [False, False]
    assert len(house.connections[0].told) == 1


async def share(house: House) -> None:
    """Let Maya have the floor."""
    await house.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya", role=Role.HOST))
    await house.rooms.carry_out(TALK, SetFloor(by=MAYA, mode=FloorMode.HANDS, limit_ms=180_000))
    await house.rooms.carry_out(TALK, RaiseHand(by=MAYA, lane=Lane.SHARE))
    await house.rooms.carry_out(TALK, GiveFloor(by=MAYA, member_id=MAYA))
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert room.floor.share is not None
