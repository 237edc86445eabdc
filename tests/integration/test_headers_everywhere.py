"""The security headers on every answer: each page and each refusal that the server has."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from server.app import build_app, make_host_api, make_node
from server.http.origins import Origins
from server.http.security_headers import CONTENT_SECURITY_POLICY, STRICT_TRANSPORT
from server.lifecycle import RunningServer, running_server
from server.store.sql_store import open_store
from tests.server.nodes import node_config

# What PROMISES of a page: nothing inline, nothing from elsewhere, in no frame, telling nobody where it was.
WANTED: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": STRICT_TRANSPORT,
}
SAMPLES: Final = {"slug": "talk", "path": "nothing-is-here"}
REFUSED: Final = (
    ("GET", "/nowhere", {}, 404),
    ("GET", "/..%2f..%2fetc%2fpasswd", {}, 404),
    ("POST", "/", {}, 405),
    ("DELETE", "/api/rooms", {}, 405),
    ("GET", "/api/host/me", {}, 404),
    ("PUT", "/api/host/me", {}, 405),
    ("POST", "/api/host/me", {}, 403),
    ("POST", "/api/host/me", {"data": b"x" * 20_000}, 413),
    ("PUT", "/", {"data": b"x"}, 400),
    ("GET", "/socket.io/?EIO=3&transport=polling", {}, 400),
    ("GET", "/socket.io/?EIO=4&transport=websocket", {}, 400),
)


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    folder = tmp_path_factory.mktemp("headers")
    async with running_server(node_config(folder, origins=["https://meet.example"])) as running:
        yield running


async def routes(folder: Path) -> list[tuple[str, str]]:
    """Return the methods and paths of everything that is served, with something in place of variables."""
    node, origins = make_node(node_config(folder), Origins([])), Origins([])
    async with open_store("", folder) as store:
        app = build_app(node, make_host_api(node, store, origins), origins)
    found = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method not in {"*", "HEAD"}
    }
    return sorted(
        (method, re.sub(r"\{(\w+)\}", lambda name: SAMPLES[name[1]], path)) for method, path in found
    )


def lacking(answer: aiohttp.ClientResponse) -> dict[str, object]:
    """Return which headers are not as wanted."""
    wrong: dict[str, object] = {
        name: answer.headers.getall(name, []) for name, text in WANTED.items()
        if answer.headers.getall(name, []) != [text]
    }  # fmt: skip
    if "Server" in answer.headers:
        wrong["Server"] = answer.headers["Server"]
    if "no-store" not in answer.headers["Cache-Control"] and answer.status != 200:
        wrong["Cache-Control"] = answer.headers["Cache-Control"]
    return wrong


async def test_every_page_and_every_api_has_them(server: RunningServer, tmp_path: Path) -> None:
    served = await routes(tmp_path)
    assert {("GET", "/"), ("GET", "/m/talk"), ("GET", "/privacy"), ("POST", "/api/host/me")} <= set(served)
    async with aiohttp.ClientSession(server.url) as http:
        for method, path in served:
            async with http.request(method, path, allow_redirects=False) as answer:
                assert answer.status < 500, path
                assert lacking(answer) == {}, (method, path)


@pytest.mark.parametrize(("method", "path", "more", "status"), REFUSED)
async def test_every_refusal_has_them(
    server: RunningServer, method: str, path: str, more: dict[str, bytes], status: int
) -> None:
    async with aiohttp.ClientSession(server.url) as http, http.request(method, path, **more) as answer:
        assert (answer.status, lacking(answer)) == (status, {})
        assert "aiohttp" not in await answer.text()


async def test_a_foreign_socket_is_refused_with_them(server: RunningServer) -> None:
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Origin": "https://elsewhere.example",
    }
    path = "/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession(server.url) as http, http.get(path, headers=upgrade) as answer:
        assert (answer.status, lacking(answer)) == (403, {})


@pytest.mark.parametrize(
    "nonsense",
    [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n"],
)
async def test_what_is_no_http_is_refused_with_them(server: RunningServer, nonsense: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(nonsense)
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    first, *lines = head.split("\r\n")
    assert first.split()[1] == "400"
    headers = {name: text for name, _, text in (line.partition(": ") for line in lines)}
    assert {name: headers.get(name) for name in WANTED if name != "Strict-Transport-Security"} == {
        name: text for name, text in WANTED.items() if name != "Strict-Transport-Security"
    }
    assert "Server" not in headers
    assert "aiohttp" not in body
