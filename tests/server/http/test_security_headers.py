from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.security_headers import (
    CONTENT_SECURITY_POLICY,
    SECURITY_HEADERS,
    add_security_headers,
    allow_nodes,
    ask_for_tls,
)

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


async def _fine(_request: web.Request) -> web.Response:
    return web.Response(text="fine")


async def _kept(_request: web.Request) -> web.Response:
    return web.Response(text="kept", headers={"Cache-Control": "no-cache"})


async def _broken(_request: web.Request) -> web.Response:
    raise RuntimeError("broken")


async def _socket(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse()
    await ws.prepare(request)
    await ws.close()
    return ws


async def test_every_answer_bears_them_and_the_switch_to_websocket_none(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    app.on_response_prepare.append(add_security_headers)
    for path, handler in {"/": _fine, "/kept": _kept, "/broken": _broken, "/ws": _socket}.items():
        app.router.add_get(path, handler)
    client = await aiohttp_client(app)
    for path, status in {"/": 200, "/kept": 200, "/missing": 404, "/broken": 500}.items():
        answer = await client.get(path)
        assert answer.status == status
        assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
        assert "Server" not in answer.headers
        assert answer.headers["Cache-Control"] == ("no-cache" if path == "/kept" else "no-store")
    async with client.ws_connect("/ws") as ws:
        assert ws._response.status == 101
        assert "Content-Security-Policy" not in ws._response.headers


def test_the_policy_allows_nothing_inline_and_nobody_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert not any(word in CONTENT_SECURITY_POLICY for word in ("unsafe", "data:", "http", "*"))


@pytest.mark.parametrize(
    ("origins", "told"),
    [
        ((), None),
        (("https://meet.example",), "max-age=31536000"),
        (("https://meet.example", "http://10.0.0.5:8080"), None),
    ],
)
async def test_browsers_are_told_to_come_by_tls_where_nothing_else_is_served(
    aiohttp_client: ClientMaker, origins: tuple[str, ...], told: str | None
) -> None:
    app = web.Application()
    app.on_response_prepare.append(ask_for_tls(origins))
    app.router.add_get("/", _fine)
    app.router.add_get("/ws", _socket)
    client = await aiohttp_client(app)
    for path in ("/", "/missing"):
        assert (await client.get(path)).headers.get("Strict-Transport-Security") == told
    async with client.ws_connect("/ws") as ws:
        assert "Strict-Transport-Security" not in ws._response.headers


async def test_pages_may_reach_the_nodes_they_may_be_sent_to(aiohttp_client: ClientMaker) -> None:
    origins: set[str] = set()
    app = web.Application()
    app.on_response_prepare.append(allow_nodes(lambda: origins))
    app.on_response_prepare.append(add_security_headers)
    app.router.add_get("/", _fine)
    client = await aiohttp_client(app)
    assert (await client.get("/")).headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    origins.update(("https://n2.meet.example", "http://127.0.0.1:9000"))
    policy = (await client.get("/")).headers["Content-Security-Policy"]
    added = "connect-src 'self' ws://127.0.0.1:9000 wss://n2.meet.example;"
    assert policy == CONTENT_SECURITY_POLICY.replace("connect-src 'self';", added)
