import msgspec

from rooms.commands import JoinRoom, OpenRoom, StrandMember
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Phase
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.http.room_cards import PlannedMeeting, RoomCard
from server.lobby import Lobby
from server.room_service import Done, RoomPlan, RoomService
from server.schedule.timetable import Timetable
from tests.server.clock import FakeClock
from tests.server.schedule.evenings import at_ms, planned

HALL = RoomPlan(RoomSlug("hall"), "Hall", "Evenings", MeetingId("h"))
TALK = RoomPlan(RoomSlug("talk"), "Talk", "", MeetingId("t"))


class House:
    def __init__(self, at: str) -> None:
        self.clock = FakeClock()
        self.clock.wall = at_ms(at)
        bus = MemoryBus()
        self.rooms = RoomService(MemoryLog(bus, self.clock), bus, self.clock)
        self.lobby = Lobby(self.rooms, Timetable({HALL.slug: [planned(), planned("21:00")]}), self.clock)
        self.lobby.show([HALL, TALK])

    async def open(self, plan: RoomPlan, **times: object) -> None:
        await self.rooms.add_rooms([plan.slug])
        opening = OpenRoom(slug=plan.slug, title=plan.title, about=plan.about, meeting_id=plan.meeting_id)
        opened = await self.rooms.carry_out(plan.slug, msgspec.structs.replace(opening, **times))
        assert isinstance(opened, Done)

    async def join(self, slug: RoomSlug, number: int, role: Role = Role.MEMBER) -> MemberId:
        member_id = MemberId(number)
        await self.rooms.carry_out(slug, JoinRoom(member_id=member_id, name=f"Ann {number}", role=role))
        return member_id


def card(slug: str, house: House) -> RoomCard:
    return next(found for found in house.lobby.cards() if found.slug == slug)


def test_a_closed_room_says_when_it_opens() -> None:
    house = House("12:00")
    assert card("hall", house) == RoomCard(
        slug="hall",
        title="Hall",
        about="Evenings",
        members=0,
        phase="closed",
        starts_ms=0,
        ends_ms=0,
        next_starts_ms=at_ms("19:00"),
        has_host=False,
        is_continuous=False,
        zone="UTC",
    )


async def test_an_open_room_says_how_long() -> None:
    house = House("19:10")
    await house.open(HALL, phase=Phase.ON, starts_ms=at_ms("19:00"), ends_ms=at_ms("20:00"))
    found = card("hall", house)
    assert (found.phase, found.starts_ms, found.ends_ms) == ("on", at_ms("19:00"), at_ms("20:00"))
    assert found.next_starts_ms == at_ms("21:00")


async def test_a_room_round_the_clock() -> None:
    house = House("03:00")
    assert (card("talk", house).phase, card("talk", house).is_continuous) == ("closed", True)
    await house.open(TALK)
    found = card("talk", house)
    assert (found.phase, found.starts_ms, found.ends_ms, found.next_starts_ms) == ("on", 0, 0, 0)


async def test_who_is_counted() -> None:
    house = House("12:00")
    await house.open(TALK)
    await house.join(TALK.slug, 1)
    host = await house.join(TALK.slug, 2, Role.HOST)
    assert (card("talk", house).members, card("talk", house).has_host) == (2, True)
    await house.rooms.carry_out(TALK.slug, StrandMember(member_id=host))
    assert (card("talk", house).members, card("talk", house).has_host) == (1, False)
    await house.join(TALK.slug, 3, Role.GREETER)
    assert not card("talk", house).has_host


def test_rooms_stand_in_the_operators_order_under_the_words_of_now() -> None:
    house = House("12:00")
    house.lobby.show([TALK._replace(title="Quiet"), HALL])
    assert [found.title for found in house.lobby.cards()] == ["Quiet", "Hall"]
    house.lobby.show([HALL])
    house.lobby.add([TALK])
    assert [found.title for found in house.lobby.cards()] == ["Hall", "Talk"]
    house.lobby.show([HALL])
    assert [found.title for found in house.lobby.cards()] == ["Hall"]
    assert house.lobby.plan(TALK.slug) is None
    assert house.lobby.plan(HALL.slug) == HALL


def test_the_meetings_of_the_days_to_come() -> None:
    house = House("19:30")
    assert house.lobby.meetings(1) == (
        PlannedMeeting(
            slug="hall", title="Hall", starts_ms=at_ms("19:00"), ends_ms=at_ms("20:00"), zone="UTC"
        ),
        PlannedMeeting(
            slug="hall", title="Hall", starts_ms=at_ms("21:00"), ends_ms=at_ms("22:00"), zone="UTC"
        ),
    )
    assert len(house.lobby.meetings(7)) == 5
    house.lobby.show([TALK])
    assert house.lobby.meetings(7) == ()
