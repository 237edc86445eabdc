"""The pages that a browser opens by their address: lobby, schedule, rooms and the page for hosts.

They are the same for everybody who reads the same language, so each is made once a second at the most. What
the program needs to draw the same again lies in the page, as JSON, so that it need not ask first.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
from aiohttp import hdrs, web
from markupsafe import Markup

from rooms.ids import SLUG_PATTERN, RoomSlug
from rooms.limits import SLUG_MAX_CHARS
from server.http.front_view import Front
from server.http.languages import Chosen, choose_language
from server.http.pages import PageFile
from server.http.rendering import RENDERER, render, send_rendered
from server.http.room_cards import SCHEDULE_DAYS, PlannedMeeting, RoomCard
from server.http.words import words_of
from server.ports import Clock

KEPT_MS: Final = 1_000.0
FIRST_MEETINGS: Final = 60  # what a slow phone is sent at once; the rest is asked for, or is on /schedule

_SLUG: Final = f"{{slug:(?=.{{1,{SLUG_MAX_CHARS}}}$){SLUG_PATTERN.strip('^$')}}}"
_ICS_SLUG: Final = f"{{slug:{SLUG_PATTERN.strip('^$')}}}"
_ESCAPES: Final = ((b"<", rb"\u003c"), (b">", rb"\u003e"), (b"&", rb"\u0026"))


class Shown(NamedTuple):
    """Where the pages take from what they show.

    Attributes:
        cards: every room as it is now.
        meetings: those that are on or start within so many days.
        calendar: a room's meetings as a calendar file, or those of all rooms; under the rooms' own titles
            where that is asked for; empty where there is none.
        clock: the time.
    """

    cards: Callable[[], Sequence[RoomCard]]
    meetings: Callable[[int], Sequence[PlannedMeeting]]
    calendar: Callable[[RoomSlug | None, bool], str]
    clock: Clock


class First(msgspec.Struct, frozen=True, kw_only=True):
    """What the program draws first.

    Attributes:
        rooms: as in `/api/rooms`.
        meetings: as in `/api/schedule`; the first of them.
        is_whole: whether these are all meetings of the week.
        now_ms: when this was made, by the server's clock.
    """

    rooms: tuple[RoomCard, ...]
    meetings: tuple[PlannedMeeting, ...]
    is_whole: bool
    now_ms: int


class _Made(NamedTuple):
    until_ms: float
    file: PageFile


class FrontPages:
    """Makes the pages and keeps each for a second."""

    def __init__(self, shown: Shown) -> None:
        """Take what there is to show."""
        self._shown = shown
        self._made: dict[tuple[str, str, Chosen], _Made] = {}

    def add_routes(self, app: web.Application) -> None:
        """Serve the pages and the calendar files."""
        app.router.add_get("/", self._show_lobby)
        app.router.add_get("/schedule", self._show_schedule)
        app.router.add_get("/schedule.ics", self._send_calendar)
        app.router.add_get(f"/schedule/{_ICS_SLUG}.ics", self._send_calendar)
        app.router.add_get(f"/m/{_SLUG}", self._show_room)
        for path in ("/host", "/me", "/keys", "/operator"):
            app.router.add_get(path, _show_program)
        app.router.add_get(f"/host/{_SLUG}", _show_program)

    async def _show_lobby(self, request: web.Request) -> web.Response:
        return self._show(request, "lobby.html", "", self._lobby_values)

    async def _show_schedule(self, request: web.Request) -> web.Response:
        return self._show(request, "schedule.html", "", self._schedule_values)

    async def _show_room(self, request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        is_known = any(card.slug == slug for card in self._shown.cards())
        return self._show(request, "room.html", slug if is_known else "", self._room_values)

    async def _send_calendar(self, request: web.Request) -> web.Response:
        slug = request.match_info.get("slug")
        by_title = request.query.get("title") == "room"
        text = self._shown.calendar(RoomSlug(slug) if slug else None, by_title)
        if not text:
            raise web.HTTPNotFound
        headers = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="calendar.ics"'}
        return web.Response(text=text, content_type="text/calendar", headers=headers)

    def _show(
        self,
        request: web.Request,
        template: str,
        slug: str,
        values: Callable[[str, Chosen], dict[str, object]],
    ) -> web.Response:
        chosen = choose_language(request)
        key = (template, slug, chosen)
        now_ms = self._shown.clock.mono_ms()
        made = self._made.get(key)
        if made is None or made.until_ms <= now_ms:
            file = request.app[RENDERER].file(template, chosen, values(slug, chosen))
            made = _Made(now_ms + KEPT_MS, file)
            self._made = {other: one for other, one in self._made.items() if one.until_ms > now_ms}
            self._made[key] = made
        return send_rendered(request, chosen, made.file)

    def _lobby_values(self, _slug: str, chosen: Chosen) -> dict[str, object]:
        cards, meetings, now_ms = self._now()
        is_whole = len(meetings) <= FIRST_MEETINGS
        nearest = meetings[:FIRST_MEETINGS]
        view = Front(words_of(chosen.language), cards, nearest, now_ms).lobby()
        return {"here": "now", "view": view, "first": _first(cards, nearest, now_ms, is_whole=is_whole)}

    def _schedule_values(self, _slug: str, chosen: Chosen) -> dict[str, object]:
        cards, meetings, now_ms = self._now()
        front = Front(words_of(chosen.language), cards, meetings, now_ms)
        return {
            "here": "schedule",
            "days": front.week(),
            "zone": front.zone_line(),
            "always": front.always(),
            "first": _first(cards, meetings, now_ms, is_whole=True),
        }

    def _room_values(self, slug: str, chosen: Chosen) -> dict[str, object]:
        cards, _, now_ms = self._now()
        card = next((card for card in cards if card.slug == slug), None)
        phase = Front(words_of(chosen.language), cards, (), now_ms).phase(card) if card else ""
        return {
            "card": card,
            "phase": phase,
            "first": _first(cards, (), now_ms, is_whole=False),
        }

    def _now(self) -> tuple[Sequence[RoomCard], Sequence[PlannedMeeting], int]:
        return self._shown.cards(), self._shown.meetings(SCHEDULE_DAYS), self._shown.clock.wall_ms()


async def _show_program(request: web.Request) -> web.Response:
    return render(request, "program.html")


def _first(
    cards: Sequence[RoomCard], meetings: Sequence[PlannedMeeting], now_ms: int, *, is_whole: bool
) -> Markup:
    """Return JSON for a script element that is not run: nothing in it can end the element."""
    first = First(rooms=tuple(cards), meetings=tuple(meetings), is_whole=is_whole, now_ms=now_ms)
    written = msgspec.json.encode(first)
    for sign, escape in _ESCAPES:
        written = written.replace(sign, escape)
    return Markup(written.decode())  # noqa: S704
