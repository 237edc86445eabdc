"""/help, /safety, /privacy and /accessibility: pages of words, and /api/help for the sheet inside a room.

They are written by the server, so that they can be read without JavaScript, and kept by the page's service
worker, so that help opens without a network. Every figure in them is the one that the program goes by.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from rooms.limits import BAN_HOURS_MAX, CHAT_WINDOW_LINES, CHAT_WINDOW_MS, REPORT_CHAT_MS
from server.group_ports import BAN_KEPT_DAYS, REPORT_KEPT_DAYS
from server.help_lines import HelpLine, HelpLines, HelpRegion, is_old
from server.http.languages import choose_language
from server.http.rendering import render
from server.http.room_cards import RoomCard
from server.http.words import Words, words_of
from server.ports import Clock
from server.recorder import AUDIT_DAYS
from server.tickets import CARD_DAYS, SEAT_HOURS

FIGURES: Final[Mapping[str, int]] = {
    "lines": CHAT_WINDOW_LINES,
    "chat_hours": CHAT_WINDOW_MS // 3_600_000,
    "report_minutes": REPORT_CHAT_MS // 60_000,
    "report_days": REPORT_KEPT_DAYS,
    "ban_days": BAN_HOURS_MAX // 24,
    "ban_kept_days": BAN_KEPT_DAYS,
    "audit_days": AUDIT_DAYS,
    "seat_hours": SEAT_HOURS,
    "card_days": CARD_DAYS,
}
"""What the pages say of lengths and counts, by the names that their words give them."""

_CLOSED: Final = "closed"
_ROOMS_SHOWN: Final = 6  # the fullest; the lobby has the rest
_MAIL: Final = re.compile(r"[^\s@:/?&]+@[^\s@:/?&]+\.[^\s@:/?&]+")
_PAGE: Final = re.compile(r"https://[!-~]+")


class HelpCard(msgspec.Struct, frozen=True, kw_only=True):
    """A crisis line as the page shows it: `call_address` and `text_address` are what a press opens."""

    line: HelpLine
    call_address: str
    text_address: str


class HelpPart(msgspec.Struct, frozen=True, kw_only=True):
    """A region as the page shows it, with the address that its emergency number opens."""

    name: str
    language: str
    emergency: str
    emergency_address: str
    lines: tuple[HelpCard, ...]


class HelpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of /api/help."""

    words: str
    is_example: bool
    regions: tuple[HelpPart, ...]


def add_document_routes(
    app: web.Application,
    help_lines: HelpLines,
    contact: str,
    cards: Callable[[], Sequence[RoomCard]],
    clock: Clock,
) -> None:
    """Serve the pages.

    Args:
        app: what serves.
        help_lines: the operator's list.
        contact: how to reach whoever runs the place; may be empty.
        cards: the rooms as they are now.
        clock: for whether a number was last checked too long ago.
    """
    answer = msgspec.json.encode(_answer_of(help_lines))
    contacts = {"contact": contact, "contact_address": _address_of(contact)}

    async def show_help(request: web.Request) -> web.Response:
        words = words_of(choose_language(request).language)
        today = datetime.fromtimestamp(clock.wall_ms() / 1_000, UTC).date()
        return render(
            request,
            "help.html",
            path=request.path,
            help=help_lines,
            rooms=_open_rooms(cards()),
            site_of=_site_of,
            is_old=lambda day: is_old(day, today),
            day_of=lambda day: _day_of(words, day),
            languages_of=lambda tags: _languages_of(words, tags),
        )

    async def send_help(_request: web.Request) -> web.Response:
        return web.Response(body=answer, content_type="application/json")

    def show(template: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def show_page(request: web.Request) -> web.Response:
            return render(request, template, path=request.path, figures=FIGURES, **contacts)

        return show_page

    app.router.add_get("/help", show_help)
    app.router.add_get("/api/help", send_help)
    for path in ("safety", "privacy", "accessibility"):
        app.router.add_get(f"/{path}", show(f"{path}.html"))


def _open_rooms(cards: Sequence[RoomCard]) -> list[RoomCard]:
    """Return the rooms where somebody may be met, the fullest first."""
    rooms = [card for card in cards if card.phase != _CLOSED]
    return sorted(rooms, key=lambda card: -card.members)[:_ROOMS_SHOWN]


def _answer_of(help_lines: HelpLines) -> HelpAnswer:
    return HelpAnswer(
        words=help_lines.words,
        is_example=help_lines.is_example,
        regions=tuple(_part_of(region) for region in help_lines.regions),
    )


def _part_of(region: HelpRegion) -> HelpPart:
    return HelpPart(
        name=region.name,
        language=region.language,
        emergency=region.emergency,
        emergency_address=region.emergency_address,
        lines=tuple(
            HelpCard(line=line, call_address=line.call_address, text_address=line.text_address)
            for line in region.lines
        ),
    )


def _address_of(contact: str) -> str:
    """Return what a press on the contact opens; empty where it is plain words."""
    if _MAIL.fullmatch(contact):
        return f"mailto:{contact}"
    return contact if _PAGE.fullmatch(contact) else ""


def _site_of(address: str) -> str:
    """Return the host of an address, as people call a site."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _day_of(words: Words, day: date) -> str:
    return words.t("doc.day", day=day.day, month=words.t(f"doc.month.{day.month}"), year=day.year)


def _languages_of(words: Words, tags: Sequence[str]) -> str:
    """Return the names of languages; one that there is no word for is said by its tag."""
    keys = [f"language.{tag.partition('-')[0]}" for tag in tags]
    return ", ".join(words.t(key) if key in words.texts else tag for key, tag in zip(keys, tags, strict=True))
