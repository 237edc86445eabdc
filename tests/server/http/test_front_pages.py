from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.front_pages import add_front_routes
from server.http.pages import PageFolder
from server.http.rendering import RENDERER, Renderer

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]

PLACE = 'The <Hall> & "Co"'


@pytest.fixture
async def client(tmp_path: Path, aiohttp_client: ClientMaker) -> Client:
    (tmp_path / "index.html").write_text(
        "<head><title>Lamplit</title><script src=/assets/i.js></script></head>"
    )
    app = web.Application()
    app[RENDERER] = Renderer(PageFolder(tmp_path, PLACE), PLACE)
    add_front_routes(app)
    return await aiohttp_client(app)


@pytest.mark.parametrize("path", ["/", "/host", "/host/lamps", "/m/talk", "/m/a-b-3", f"/m/{'a' * 64}"])
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


async def test_a_missing_page_says_how_to_build_it(tmp_path: Path, aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    app[RENDERER] = Renderer(PageFolder(tmp_path / "nowhere", "Hall"), "Hall")
    add_front_routes(app)
    answer = await (await aiohttp_client(app)).get("/m/talk")
    assert answer.status == 200
    assert "python tools/web_build.py" in await answer.text()
