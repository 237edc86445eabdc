from rooms.commands import CloseRoom, JoinRoom, SetLock
from rooms.facts import Commit
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Record
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.lasting import FOUND_WITHIN_MS, Lasting
from server.ports import Kept, LogUnavailableError
from server.room_service import RoomPlan, RoomService
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
TOM = MemberId(22)


class Listener:
    """Remembers the kinds of facts."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.found: list[str] = []

    def hear(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        assert slug == TALK
        assert record.revision.seq >= commits[-1].seq
        self.heard += [type(commit.fact).__name__ for commit in commits]

    def find(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        assert slug == TALK
        assert not commits or record.revision.seq == commits[-1].seq
        self.found += [type(commit.fact).__name__ for commit in commits]


class MoodyLog(MemoryLog):
    """A log that does not always answer."""

    is_away = False

    async def kept(self, slug: RoomSlug) -> Kept:
        if self.is_away:
            raise LogUnavailableError
        return await super().kept(slug)


class Scene:
    """A room with a host, and who hears of it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        bus = MemoryBus()
        self.log = MoodyLog(bus, self.clock)
        self.rooms = RoomService(self.log, bus, self.clock)
        self.listener = Listener()
        self.lasting = Lasting(self.rooms, self.clock, (self.listener,))

    async def begin(self) -> None:
        await self.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"))])
        await self.rooms.carry_out(TALK, JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))


async def test_what_was_before_is_found_and_the_rest_is_heard_once() -> None:
    scene = Scene()
    await scene.begin()
    scene.lasting.follow()
    scene.lasting.follow()  # once is enough
    assert await scene.lasting.look()
    assert scene.listener.found == ["RoomOpened", "MemberJoined"]
    await scene.rooms.carry_out(TALK, SetLock(by=TOM, on=True), TOM, 1)
    assert scene.listener.heard == ["RoomLocked"]
    assert await scene.lasting.look()
    assert len(scene.listener.found) == 2


async def test_after_a_jump_the_log_is_read_again() -> None:
    scene = Scene()
    await scene.begin()
    scene.lasting.follow()
    await scene.lasting.look()
    scene.listener.found.clear()
    scene.rooms._tell(TALK, ())  # as after a hole that the log could not fill
    assert await scene.lasting.look()
    assert scene.listener.found == ["RoomOpened", "MemberJoined"]
    assert scene.listener.heard == []


async def test_a_log_that_is_away_is_asked_again() -> None:
    scene = Scene()
    await scene.begin()
    scene.lasting.follow()
    scene.log.is_away = True
    assert not await scene.lasting.look()
    assert scene.listener.found == []
    scene.log.is_away = False
    assert await scene.lasting.look()
    assert scene.listener.found == ["RoomOpened", "MemberJoined"]


async def test_what_is_older_than_a_day_was_written_long_ago() -> None:
    scene = Scene()
    await scene.begin()
    scene.clock.pass_ms(FOUND_WITHIN_MS + 1)
    await scene.rooms.carry_out(TALK, SetLock(by=TOM, on=True), TOM, 1)
    scene.lasting.follow()
    await scene.lasting.look()
    assert scene.listener.found == ["RoomLocked"]


async def test_the_end_of_a_meeting_is_heard_under_its_rooms_name() -> None:
    scene = Scene()
    await scene.begin()
    scene.lasting.follow()
    await scene.rooms.carry_out(TALK, CloseRoom())
    assert scene.listener.heard == ["RoomClosed"]
