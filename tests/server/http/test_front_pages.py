import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from rooms.ids import RoomSlug
from server.http.front_pages import FIRST_MEETINGS, FrontPages, Shown
from server.http.pages import PageFolder
from server.http.rendering import RENDERER, Renderer
from server.http.room_cards import PlannedMeeting, RoomCard
from tests.server.clock import FakeClock
from tests.server.schedule.evenings import DAY_MS, HOUR_MS, at_ms

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]

PLACE = 'The <Hall> & "Co"'


NASTY = "</script><script>alert(1)</script>&'\""


def card(slug: str, **more: object) -> RoomCard:
    usual = RoomCard(
        slug=slug,
        title=slug.title(),
        about="",
        members=0,
        phase="closed",
        starts_ms=0,
        ends_ms=0,
        next_starts_ms=0,
        has_host=False,
        is_continuous=False,
        zone="",
    )
    return msgspec.structs.replace(usual, **more)


def meeting(slug: str, starts_ms: int, zone: str = "UTC", title: str = "") -> PlannedMeeting:
    return PlannedMeeting(
        slug=slug, title=title or slug.title(), starts_ms=starts_ms, ends_ms=starts_ms + HOUR_MS, zone=zone
    )


class Place:
    """What there is to show, and how often it was asked for."""

    def __init__(self) -> None:
        self.cards: list[RoomCard] = []
        self.meetings: list[PlannedMeeting] = []
        self.clock = FakeClock()
        self.clock.wall = at_ms("12:00")
        self.asked = 0

    def shown(self) -> Shown:
        def meetings(days: int) -> list[PlannedMeeting]:
            self.asked += 1
            assert days == 7
            return self.meetings

        def calendar(slug: RoomSlug | None, by_title: bool) -> str:  # noqa: FBT001
            return "" if slug == "empty" else f"{slug} {by_title}"

        return Shown(lambda: self.cards, meetings, calendar, self.clock)

    def app(self, folder: Path) -> web.Application:
        app = web.Application()
        app[RENDERER] = Renderer(PageFolder(folder, PLACE), PLACE)
        FrontPages(self.shown()).add_routes(app)
        return app


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
async def client(place: Place, tmp_path: Path, aiohttp_client: ClientMaker) -> Client:
    (tmp_path / "index.html").write_text(
        "<head><title>Lamplit</title><script src=/assets/i.js></script></head>"
    )
    return await aiohttp_client(place.app(tmp_path))


async def read(client: Client, path: str, language: str = "en") -> str:
    answer = await client.get(path, headers={"Accept-Language": language})
    assert answer.status == 200
    return await answer.text()


def first_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="first">(.*?)</script>', text)
    assert found
    first: dict[str, Any] = json.loads(found[1])
    return first


@pytest.mark.parametrize(
    "path", ["/", "/schedule", "/me", "/host", "/host/lamps", "/m/talk", "/m/a-b-3", f"/m/{'a' * 64}"]
)
async def test_a_page_is_never_kept_and_bears_the_name_of_the_place(client: Client, path: str) -> None:
    answer = await client.get(path)
    text = await answer.text()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<title>The &lt;Hall&gt; &amp; &quot;Co&quot;</title><script src=/assets/i.js></script>" in text
    assert "The <Hall>" not in text
    assert text.startswith("<!doctype html>")


@pytest.mark.parametrize("path", ["/m/", "/m/Talk", "/m/a--b", "/m/talk/more", f"/m/{'a' * 65}", "/host/"])
async def test_other_addresses_are_not_there(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_pages_are_only_read(client: Client) -> None:
    assert (await client.post("/")).status == 405
    assert (await client.head("/")).status == 200


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "es-MX,en;q=0.5", "es"),
        ("", "de", "en"),
        ("?lang=es", "en", "es"),
        ("?lang=en", "es", "en"),
        ("?lang=de", "es", "es"),
        ('?lang="><script>', "en", "en"),
        ("?lang=", "es", "es"),
    ],
)
async def test_a_page_speaks_the_language_of_whoever_asks(
    client: Client, query: str, accepted: str, language: str
) -> None:
    answer = await client.get(f"/{query}", headers={"Accept-Language": accepted})
    text = await answer.text()
    assert f'<html lang="{language}" dir="ltr">' in text
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert 'href="/exit"' in text


async def test_a_language_that_was_asked_for_is_carried_on(client: Client) -> None:
    assert 'href="/help?lang=es"' in await (await client.get("/?lang=es")).text()
    assert 'href="/help"' in await (await client.get("/", headers={"Accept-Language": "es"})).text()


async def test_a_missing_page_says_how_to_build_it(
    place: Place, tmp_path: Path, aiohttp_client: ClientMaker
) -> None:
    client = await aiohttp_client(place.app(tmp_path / "nowhere"))
    assert "python tools/web_build.py" in await read(client, "/m/talk")


@pytest.mark.parametrize("path", ["/", "/schedule", "/m/hall"])
async def test_what_hosts_call_their_rooms_cannot_become_a_part_of_the_page(
    client: Client, place: Place, path: str
) -> None:
    place.cards = [card("hall", title=NASTY, about=NASTY, phase="on", ends_ms=at_ms("13:00"), zone="UTC")]
    place.meetings = [
        meeting("hall", at_ms("14:00"), title=NASTY),
        meeting("hall", at_ms("15:00"), title=NASTY),
    ]
    text = await read(client, path)
    assert "<script>" not in text
    assert "&lt;/script&gt;" in text
    assert first_of(text)["rooms"][0]["title"] == NASTY


async def test_the_lobby_says_what_is_on_and_what_comes(client: Client, place: Place) -> None:
    lisbon = "Europe/Lisbon"
    place.cards = [
        card("talk", phase="on", is_continuous=True, members=1),
        card("alone", phase="on", ends_ms=at_ms("13:00"), zone=lisbon, members=4),
        card("hosted", phase="doors", starts_ms=at_ms("12:10"), zone=lisbon, has_host=True),
        card("idle"),
    ]
    place.meetings = [
        meeting("hosted", at_ms("12:10"), lisbon),
        meeting("soon", at_ms("14:00"), lisbon),
        meeting("later", at_ms("23:30"), "America/New_York"),
        meeting("far", at_ms("09:00") + DAY_MS, lisbon),
    ]
    text = await read(client, "/")
    order = ["On now", "Hosted", "Alone", "Nothing for you?", "Talk", "Next", "Soon", "Later today", "Later"]
    order += ["This week", "Tuesday 6 January", "Far", "The whole schedule", "Other rooms", "Idle"]
    places = [text.index(f">{words}<") for words in order]
    assert places == sorted(places)
    assert 'Doors are open. Starts today at <time datetime="2026-01-05T12:10Z">12:10</time>.' in text
    assert 'On until <time datetime="2026-01-05T13:00Z">13:00</time>' in text
    assert "Nobody here yet \u00b7 a host is here" in text
    assert "4 people here" in text
    assert "1 person here" in text
    assert "Times shown for Lisbon, UTC+0, unless another zone is named." in text
    # 23:30 in UTC is half past six in the evening there, and the zone says so.
    assert '<time datetime="2026-01-05T23:30Z">18:30</time>' in text
    assert "New York, UTC\u22125" in text
    assert 'href="/m/hosted"' in text


async def test_an_empty_place_says_so_in_words(client: Client, place: Place) -> None:
    assert "No meeting is on right now, and none is planned this week." in await read(client, "/")
    assert "No meeting is planned this week." in await read(client, "/schedule")
    place.clock.pass_ms(1_000)
    place.meetings = [meeting("dawn", at_ms("06:00") + DAY_MS)]
    text = await read(client, "/")
    assert "The next one starts on Tuesday 6 January at <time" in text


async def test_spanish(client: Client, place: Place) -> None:
    place.cards = [card("hall", phase="on", ends_ms=at_ms("13:00"), zone="UTC", members=2)]
    place.meetings = [meeting("hall", at_ms("12:00") + DAY_MS), meeting("hall", at_ms("13:00") + DAY_MS)]
    text = await read(client, "/", "es")
    assert "2 personas aqu\u00ed" in text
    assert "Martes 6 de enero" in text
    assert "Listen" not in text


async def test_a_place_with_many_meetings_sends_the_nearest(client: Client, place: Place) -> None:
    place.meetings = [meeting("hall", at_ms("13:00") + n * HOUR_MS) for n in range(FIRST_MEETINGS)]
    assert first_of(await read(client, "/"))["is_whole"] is True
    place.meetings.append(meeting("hall", at_ms("13:00") + FIRST_MEETINGS * HOUR_MS))
    place.clock.pass_ms(1_000)
    first = first_of(await read(client, "/"))
    assert (first["is_whole"], len(first["meetings"])) == (False, FIRST_MEETINGS)
    assert first["now_ms"] == place.clock.wall_ms()
    assert len(first_of(await read(client, "/schedule"))["meetings"]) == FIRST_MEETINGS + 1


async def test_the_schedule_has_every_meeting_of_the_week_under_its_own_date(
    client: Client, place: Place
) -> None:
    place.meetings = [
        meeting("hall", at_ms("13:00")),
        meeting("far", at_ms("2026-01-07T02:00"), "America/New_York"),
        meeting("near", at_ms("2026-01-07T09:00")),
        meeting("beyond", at_ms("2026-01-12T09:00")),
    ]
    text = await read(client, "/schedule")
    order = ["Monday 5 January", "Hall", "Tuesday 6 January", "Far", "Wednesday 7 January", "Near"]
    places = [text.index(f">{words}<") for words in order]
    assert places == sorted(places)
    assert ">Beyond<" not in text
    assert 'href="/schedule.ics"' in text


async def test_a_room_says_what_joining_needs_and_what_else_there_is(client: Client, place: Place) -> None:
    place.cards = [card("hall", about="Sit down.", next_starts_ms=at_ms("19:00"), zone="Europe/Lisbon")]
    text = await read(client, "/m/hall")
    assert "<h1>Hall</h1>" in text
    assert "Opens for the meeting today at <time" in text
    assert "(Lisbon, UTC+0)" in text
    assert "To join by voice you need JavaScript" in text
    for path in ("/help", "/schedule", "/schedule/hall.ics"):
        assert f'href="{path}"' in text
    unknown = await read(client, "/m/nowhere")
    assert "<h1>A room</h1>" in unknown
    assert "To join by voice" in unknown


async def test_a_page_is_made_once_a_second_for_each_language(client: Client, place: Place) -> None:
    for _ in range(5):
        await read(client, "/")
    assert place.asked == 1
    await read(client, "/", "es")
    await read(client, "/?lang=es")
    assert place.asked == 3
    place.cards = [card("new", phase="on")]
    assert ">New<" not in await read(client, "/")
    place.clock.pass_ms(1_000)
    assert ">New<" in await read(client, "/")
    assert place.asked == 4


async def test_names_of_rooms_that_are_not_there_are_not_kept(place: Place, tmp_path: Path) -> None:
    pages = FrontPages(place.shown())
    app = web.Application()
    (tmp_path / "index.html").write_text("<head></head>")
    app[RENDERER] = Renderer(PageFolder(tmp_path, PLACE), PLACE)
    pages.add_routes(app)
    async with TestClient(TestServer(app)) as client:
        for number in range(20):
            assert (await client.get(f"/m/room-{number}")).status == 200
    assert place.asked == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/schedule.ics", "None False"),
        ("/schedule.ics?title=room", "None True"),
        ("/schedule.ics?title=other", "None False"),
        ("/schedule/hall.ics", "hall False"),
    ],
)
async def test_calendar_files(client: Client, path: str, text: str) -> None:
    answer = await client.get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="calendar.ics"'
    assert await answer.text() == text


@pytest.mark.parametrize("path", ["/schedule/empty.ics", "/schedule/A.ics", "/schedule/.ics", "/schedule/a"])
async def test_no_calendar_file(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404
