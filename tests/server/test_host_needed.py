from io import StringIO

import pytest

from rooms.commands import CloseRoom, Command, JoinRoom, LeaveRoom, OpenRoom
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import LEAD_LOST_MS, LEAD_SAFE_MS
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.host_needed import HostNeeded
from server.logs import set_up_logs
from server.room_service import Done, RoomPlan, RoomService
from tests.server.clock import FakeClock
from tests.server.logs_kept import logs_kept

TALK = RoomSlug("talk")
MAYA, TOM = MemberId(11), MemberId(22)


class Scene:
    """A round-the-clock room, Maya in it, and a host who comes and goes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, self.clock), bus, self.clock)
        self.host_needed = HostNeeded()

    async def do(self, command: Command) -> None:
        assert isinstance(await self.rooms.carry_out(TALK, command), Done)

    async def lead_and_leave(self) -> None:
        await self.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
        await self.rooms.keep_time()
        await self.do(LeaveRoom(by=TOM))
        await self.rooms.keep_time()
        self.clock.pass_ms(LEAD_LOST_MS + LEAD_SAFE_MS - 1)
        await self.rooms.keep_time()

    async def fall(self) -> None:
        await self.lead_and_leave()
        self.clock.pass_ms(1)
        await self.rooms.keep_time()


@pytest.fixture
async def scene() -> Scene:
    built = Scene()
    await built.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"))])
    await built.do(JoinRoom(member_id=MAYA, name="Maya"))
    return built


async def test_safe_mode_is_counted_and_logged_when_it_begins(scene: Scene) -> None:
    out = StringIO()
    with logs_kept():
        set_up_logs("info", "text", out)
        scene.host_needed.follow(scene.rooms)
        await scene.lead_and_leave()
        assert scene.host_needed.count == 0
        scene.clock.pass_ms(1)
        await scene.rooms.keep_time()
        assert scene.host_needed.count == 1
        scene.clock.pass_ms(1_000)
        await scene.rooms.keep_time()
        await scene.do(JoinRoom(member_id=MemberId(33), name="Jo", role=Role.READER))
        await scene.rooms.keep_time()  # asked, which is news and no alarm
    assert scene.host_needed.count == 1
    (line,) = out.getvalue().splitlines()
    assert "event=host_needed" in line
    assert "room=talk" in line
    assert "Maya" not in line


async def test_the_next_time_is_another_one(scene: Scene) -> None:
    scene.host_needed.follow(scene.rooms)
    await scene.fall()
    await scene.fall()
    assert scene.host_needed.count == 2


async def test_a_sitting_that_ended_so_is_over(scene: Scene) -> None:
    scene.host_needed.follow(scene.rooms)
    await scene.fall()
    await scene.do(CloseRoom())
    await scene.do(OpenRoom(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m2")))
    await scene.do(JoinRoom(member_id=MAYA, name="Maya"))
    await scene.fall()
    assert scene.host_needed.count == 2


async def test_a_node_that_comes_later_counts_once_and_follows_once(scene: Scene) -> None:
    await scene.fall()
    scene.host_needed.follow(scene.rooms)
    scene.host_needed.follow(scene.rooms)
    assert scene.host_needed.count == 1
    await scene.fall()
    assert scene.host_needed.count == 2
