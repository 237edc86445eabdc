from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.health import add_health_routes

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


async def test_alive_and_ready_are_two_questions(aiohttp_client: ClientMaker) -> None:
    reasons = ["starting"]
    app = web.Application()
    add_health_routes(app, lambda: reasons)
    client = await aiohttp_client(app)
    assert (await client.get("/healthz")).status == 200
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": ["starting"]})

    reasons.clear()
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})
