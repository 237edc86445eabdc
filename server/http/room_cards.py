"""GET /api/rooms: what somebody sees before joining."""

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web


class RoomCard(msgspec.Struct, frozen=True, kw_only=True):
    """One room in the lobby. `members` counts people, and says nothing about who they are."""

    slug: str
    title: str
    about: str
    members: int


class RoomCards(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: every room, in the operator's order."""

    rooms: tuple[RoomCard, ...]


def add_room_cards_route(app: web.Application, cards: Callable[[], Sequence[RoomCard]]) -> None:
    """Answer with the rooms as they are at each request."""
    encoder = msgspec.json.Encoder()

    async def list_rooms(_request: web.Request) -> web.Response:
        body = encoder.encode(RoomCards(rooms=tuple(cards())))
        return web.Response(body=body, content_type="application/json")

    app.router.add_get("/api/rooms", list_rooms)
