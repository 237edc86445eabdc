from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.health import add_health_routes

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


async def test_alive_and_ready_are_two_questions(aiohttp_client: ClientMaker) -> None:
    reasons = ["starting"]
    app = web.Application()
    add_health_routes(app, lambda: reasons, tuple)
    client = await aiohttp_client(app)
    assert (await client.get("/healthz")).status == 200
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": ["starting"]})

    reasons.clear()
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})


async def test_what_all_nodes_may_lack_is_said_and_sends_nobody_away(aiohttp_client: ClientMaker) -> None:
    leaving: list[str] = []
    app = web.Application()
    add_health_routes(app, lambda: leaving, lambda: ["redis"])
    client = await aiohttp_client(app)
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (200, {"ready": False, "reasons": ["redis"]})

    leaving.append("draining")
    answer = await client.get("/readyz")
    assert (answer.status, await answer.json()) == (503, {"ready": False, "reasons": ["draining", "redis"]})
