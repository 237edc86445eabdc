import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.help_lines import HelpLine, HelpLines, HelpRegion, read_help_lines
from server.http.documents import FIGURES, add_document_routes
from server.http.pages import PageFolder
from server.http.rendering import RENDERER, Renderer
from server.http.room_cards import RoomCard
from tests.server.clock import FakeClock

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]
Serve = Callable[..., Awaitable[Client]]

PRIVACY = Path(__file__).resolve().parents[3] / "docs" / "PRIVACY.md"
PATHS = ("/help", "/safety", "/privacy", "/accessibility")
TODAY = date(2026, 11, 23)
LINE = HelpLine(
    name="Night <line>",
    verified=date(2026, 5, 1),
    call="116 123",
    text="85258",
    text_body="HI & YES",
    chat="https://www.line.example/chat",
    hours="always",
    for_whom="Anybody",
    languages=("en", "mt"),
)
OLD = HelpLine(name="Old line", verified=date(2025, 11, 22), call="+44 20 1234")
LIST = HelpLines(
    words="Our own words.",
    regions=(
        HelpRegion(name="Here", country="GB", language="en", emergency="999", verified=TODAY, lines=(LINE,)),
        HelpRegion(name="There", lines=(OLD,)),
    ),
    is_example=False,
)
ROOM = RoomCard(
    slug="talk",
    title="Talk & listen",
    about="",
    members=1,
    phase="on",
    starts_ms=0,
    ends_ms=0,
    next_starts_ms=0,
    has_host=False,
    is_continuous=True,
    zone="",
)


@pytest.fixture
def serve(tmp_path: Path, aiohttp_client: ClientMaker) -> Serve:
    (tmp_path / "index.html").write_text("<head><title>Lamplit</title></head>")

    async def served(
        help_lines: HelpLines = LIST, contact: str = "", rooms: tuple[RoomCard, ...] = (ROOM,)
    ) -> Client:
        app = web.Application()
        app[RENDERER] = Renderer(PageFolder(tmp_path, "Harbour"), "Harbour")
        clock = FakeClock()
        clock.wall = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1_000)
        add_document_routes(app, help_lines, contact, lambda: rooms, clock)
        return await aiohttp_client(app)

    return served


class Outline(HTMLParser):
    """Reads the levels of headings, the addresses that links lead to, and which tags are there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")


async def text_of(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return await answer.text()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", PATHS)
async def test_a_document_can_be_read_without_a_program(serve: Serve, path: str, language: str) -> None:
    text = await text_of(await serve(read_help_lines("")), f"{path}?lang={language}")
    outline = Outline(text)
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(later - level <= 1 for level, later in zip(outline.levels, outline.levels[1:], strict=False))
    assert f'<html lang="{language}" dir="ltr" data-page="document" data-path="{path}">' in text
    assert "script" not in outline.tags
    assert not re.search(r"\{\w+\}| style=| on\w+=", text)
    for other in PATHS:
        assert f"{other}?lang={language}" in outline.links
    # In the head the server writes the place's name alone.
    assert "<title>Harbour</title>" in text


async def test_help_begins_with_the_emergency_number(serve: Serve) -> None:
    text = await text_of(await serve(), "/help")
    main = text[text.index("<main") :]
    words = re.sub(r'<section id="away".*?</section>|<[^>]*>', "", main, flags=re.DOTALL)
    first = [line.strip() for line in words.split("\n") if line.strip()]
    assert first[:2] == ["Help now", "If you are in danger now, call the emergency number."]


async def test_a_line_shows_all_that_is_known_of_it(serve: Serve) -> None:
    text = await text_of(await serve(), "/help")
    assert {"tel:999", "tel:116123", "sms:85258?body=HI%20%26%20YES", "https://www.line.example/chat"} <= set(
        Outline(text).links
    )
    assert "Night &lt;line&gt;" in text
    assert "Day and night · English, mt · Checked on May 1, 2026" in text
    assert 'lang="en">Here' in text
    assert "Our own words." in text
    assert "has not checked them" not in text


async def test_a_number_that_nobody_looked_at_for_a_year_says_so(serve: Serve) -> None:
    text = await text_of(await serve(), "/help?lang=es")
    assert "Comprobado por última vez el 22 de noviembre de 2025" in text
    assert text.count("por última vez") == 1


async def test_examples_are_said_to_be_examples(serve: Serve) -> None:
    text = await text_of(await serve(read_help_lines("")), "/help")
    assert "has not checked them" in text


async def test_help_leads_to_rooms_that_are_open(serve: Serve) -> None:
    closed = msgspec.structs.replace(ROOM, slug="night", title="Night", phase="closed")
    others = tuple(msgspec.structs.replace(ROOM, slug=f"r{n}", members=n) for n in range(9))
    text = await text_of(await serve(rooms=(*others, ROOM, closed)), "/help")
    assert re.findall("/m/(r\\d)", text) == ["r8", "r7", "r6", "r5", "r4", "r3"]
    text = await text_of(await serve(rooms=(ROOM, closed)), "/help")
    assert "Talk &amp; listen" in text
    assert "1 person here" in text
    assert "/m/night" not in text
    assert "No room is open" in await text_of(await serve(rooms=(closed,)), "/help")


async def test_the_program_is_told_the_same(serve: Serve) -> None:
    answer = await (await serve()).get("/api/help")
    told = await answer.json()
    assert (told["words"], told["is_example"]) == ("Our own words.", False)
    here = told["regions"][0]
    assert (here["emergency"], here["emergency_address"]) == ("999", "tel:999")
    assert here["lines"][0]["text_address"] == "sms:85258?body=HI%20%26%20YES"
    assert here["lines"][0]["line"]["verified"] == "2026-05-01"


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        ("keeper@place.example", '<a href="mailto:keeper@place.example"'),
        ("https://place.example/ask", '<a href="https://place.example/ask"'),
        ("Ask <Sam>", "<p>Ask &lt;Sam&gt;</p>"),
        ("javascript:alert(1)@a.b", "<p>javascript:alert(1)@a.b</p>"),
        ("", "has not said here"),
    ],
)
async def test_the_operator_can_be_reached(serve: Serve, contact: str, shown: str) -> None:
    client = await serve(contact=contact)
    for path in ("/safety", "/privacy", "/accessibility"):
        assert shown in await text_of(client, path)


async def test_every_figure_is_the_programs_own_and_the_one_of_the_privacy_page(serve: Serve) -> None:
    client = await serve()
    shown = await text_of(client, "/privacy") + await text_of(client, "/safety")
    page = PRIVACY.read_text("utf-8")
    written = {2: "two", 5: "five"}
    units = {
        "lines": "lines",
        "chat_hours": "hours",
        "report_minutes": "minutes",
        "report_days": "days",
        "ban_days": "days",
        "ban_kept_days": "days",
        "audit_days": "days",
        "seat_hours": "hours",
        "card_days": "days",
    }
    assert units.keys() == FIGURES.keys()
    for name, unit in units.items():
        figure = FIGURES[name]
        assert f"{figure} {unit}" in shown, name
        assert f"{figure} {unit}" in page or f"{written.get(figure)} {unit}" in page, name
