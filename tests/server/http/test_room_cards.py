from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.room_cards import RoomCard, add_room_cards_route

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


async def test_the_rooms_are_listed_as_they_are_now(aiohttp_client: ClientMaker) -> None:
    cards: list[RoomCard] = []
    app = web.Application()
    add_room_cards_route(app, lambda: cards)
    client = await aiohttp_client(app)
    assert await (await client.get("/api/rooms")).json() == {"rooms": []}

    cards.append(RoomCard(slug="talk", title="Talk", about="Come in.", members=3))
    answer = await client.get("/api/rooms")
    assert answer.headers["Content-Type"] == "application/json"
    assert await answer.json() == {
        "rooms": [{"slug": "talk", "title": "Talk", "about": "Come in.", "members": 3}]
    }
