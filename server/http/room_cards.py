"""GET /api/rooms, /api/schedule and a room's appeal: what somebody sees outside a room.

Like everything that is not the program they are sent with no-store: a shared device keeps no list of rooms.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from aiohttp import web

from rooms.ids import RoomSlug

SCHEDULE_DAYS: Final = 7
SCHEDULE_DAYS_MAX: Final = 31


class RoomCard(msgspec.Struct, frozen=True, kw_only=True):
    """One room in the lobby. `members` counts people, and says nothing about who they are.

    Attributes:
        slug: its name in addresses.
        title: what people call it.
        about: one or two sentences for somebody who was never there.
        members: how many are there now.
        phase: `doors`, `on` or `fellowship`; `closed` where no meeting is open.
        starts_ms: when the open meeting starts or started, 0 for a room round the clock.
        ends_ms: when it ends, or fellowship where that is on; 0 for no end.
        next_starts_ms: when the next meeting starts, 0 where none is planned.
        has_host: whether somebody is there who keeps order.
        is_continuous: whether the room is open round the clock.
        zone: the time zone that its meeting of now is held by, or its next one; empty where it has neither.
    """

    slug: str
    title: str
    about: str
    members: int
    phase: str
    starts_ms: int
    ends_ms: int
    next_starts_ms: int
    has_host: bool
    is_continuous: bool
    zone: str


class RoomCards(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: every room, in the operator's order."""

    rooms: tuple[RoomCard, ...]


class PlannedMeeting(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting that is on, or that is planned, and the time zone that it is held by."""

    slug: str
    title: str
    starts_ms: int
    ends_ms: int
    zone: str


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: meetings by the time they start."""

    meetings: tuple[PlannedMeeting, ...]


def add_room_cards_route(app: web.Application, cards: Callable[[], Sequence[RoomCard]]) -> None:
    """Answer with the rooms as they are at each request."""
    encoder = msgspec.json.Encoder()

    async def list_rooms(_request: web.Request) -> web.Response:
        return _answer(encoder.encode(RoomCards(rooms=tuple(cards()))))

    app.router.add_get("/api/rooms", list_rooms)


def add_schedule_route(app: web.Application, meetings: Callable[[int], Sequence[PlannedMeeting]]) -> None:
    """Answer with the meetings of the days to come; `meetings` is asked for a number of days."""
    encoder = msgspec.json.Encoder()

    async def list_meetings(request: web.Request) -> web.Response:
        days = _read_days(request.query.getall("days", [str(SCHEDULE_DAYS)]))
        return _answer(encoder.encode(Schedule(meetings=tuple(meetings(days)))))

    app.router.add_get("/api/schedule", list_meetings)


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do who was banned, in the words of the room's group; empty where it says nothing."""

    appeal: str


def add_appeal_route(app: web.Application, appeal_of: Callable[[RoomSlug], str]) -> None:
    """Answer with how to appeal; a room that is not known says nothing."""
    encoder = msgspec.json.Encoder()

    async def tell_appeal(request: web.Request) -> web.Response:
        return _answer(encoder.encode(Appeal(appeal=appeal_of(RoomSlug(request.match_info["slug"])))))

    app.router.add_get("/api/rooms/{slug}/appeal", tell_appeal)


def _read_days(texts: Sequence[str]) -> int:
    if len(texts) == 1 and texts[0].isascii() and texts[0].isdecimal() and len(texts[0]) <= len("31"):
        days = int(texts[0])
        if 1 <= days <= SCHEDULE_DAYS_MAX:
            return days
    raise web.HTTPBadRequest(text=f"days must be 1 to {SCHEDULE_DAYS_MAX}.\n")


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
