from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.room_cards import (
    PlannedMeeting,
    RoomCard,
    add_appeal_route,
    add_room_cards_route,
    add_schedule_route,
)
from server.http.security_headers import add_security_headers

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]

CARD = RoomCard(
    slug="talk",
    title="Talk",
    about="Come in.",
    members=3,
    phase="doors",
    starts_ms=2,
    ends_ms=3,
    next_starts_ms=4,
    has_host=True,
    is_continuous=False,
    zone="Europe/Lisbon",
)


async def test_the_rooms_are_listed_as_they_are_now(aiohttp_client: ClientMaker) -> None:
    cards: list[RoomCard] = []
    app = web.Application()
    add_room_cards_route(app, lambda: cards)
    app.on_response_prepare.append(add_security_headers)
    client = await aiohttp_client(app)
    assert await (await client.get("/api/rooms")).json() == {"rooms": []}

    cards.append(CARD)
    answer = await client.get("/api/rooms")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert await answer.json() == {
        "rooms": [
            {
                "slug": "talk",
                "title": "Talk",
                "about": "Come in.",
                "members": 3,
                "phase": "doors",
                "starts_ms": 2,
                "ends_ms": 3,
                "next_starts_ms": 4,
                "has_host": True,
                "is_continuous": False,
                "zone": "Europe/Lisbon",
            }
        ]
    }


@pytest.fixture
async def schedule(aiohttp_client: ClientMaker) -> TestClient[web.Request, web.Application]:
    def meetings(days: int) -> list[PlannedMeeting]:
        return [PlannedMeeting(slug="talk", title="Talk", starts_ms=days, ends_ms=99, zone="UTC")]

    app = web.Application()
    add_schedule_route(app, meetings)
    return await aiohttp_client(app)


@pytest.mark.parametrize(("query", "days"), [("", 7), ("?days=1", 1), ("?days=31", 31)])
async def test_the_meetings_of_so_many_days(
    schedule: TestClient[web.Request, web.Application], query: str, days: int
) -> None:
    answer = await schedule.get(f"/api/schedule{query}")
    assert answer.headers["Content-Type"] == "application/json"
    assert await answer.json() == {
        "meetings": [{"slug": "talk", "title": "Talk", "starts_ms": days, "ends_ms": 99, "zone": "UTC"}]
    }


@pytest.mark.parametrize("query", ["0", "32", "-1", "", "x", "7.0", "\u0667", "9" * 5_000, "1&days=2"])
async def test_other_numbers_of_days_are_refused_in_words(
    schedule: TestClient[web.Request, web.Application], query: str
) -> None:
    answer = await schedule.get(f"/api/schedule?days={query}")
    assert (answer.status, await answer.text()) == (400, "days must be 1 to 31.\n")


async def test_whoever_was_banned_reads_how_to_appeal(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    add_appeal_route(app, lambda slug: "Write to us." if slug == "talk" else "")
    client = await aiohttp_client(app)
    assert await (await client.get("/api/rooms/talk/appeal")).json() == {"appeal": "Write to us."}
    assert await (await client.get("/api/rooms/other/appeal")).json() == {"appeal": ""}
