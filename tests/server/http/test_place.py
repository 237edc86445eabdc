from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.config import Config, ServerConfig
from server.config_sources import ConfigError
from server.http.place import add_place_routes, read_place
from server.look import LookConfig

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]


def config(**look: str) -> Config:
    return Config(server=ServerConfig(place_name='Har"bour'), look=msgspec.convert(look, LookConfig))


def test_the_usual_look_needs_no_style_sheet() -> None:
    place = read_place(config())
    assert (place.style, place.style_path) == ("", "")
    assert place.icon.content_type == "image/svg+xml"
    assert b"<title" not in place.icon.content


async def test_a_chosen_colour_is_served_and_kept(aiohttp_client: ClientMaker) -> None:
    place = read_place(config(accent_light="#5b2a86"))
    app = web.Application()
    add_place_routes(app, place)
    client = await aiohttp_client(app)
    answer = await client.get(place.style_path)
    text = await answer.text()
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "--place-accent-light: #5b2a86;" in text
    assert "--place-on-accent-light: #ffffff;" in text
    assert "dark" not in text
    assert read_place(config(accent_light="#5b2a87")).style_path != place.style_path
    assert (await client.get("/place.css?old")).headers["Cache-Control"] == "no-cache"
    icon = await client.get(place.icon_path)
    assert b"#5b2a86" in await icon.read()


async def test_the_manifest_names_the_place_and_nothing_else(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    add_place_routes(app, read_place(config()))
    answer = await (await aiohttp_client(app)).get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    manifest = await answer.json()
    assert (manifest["name"], manifest["short_name"], manifest["start_url"]) == ('Har"bour', 'Har"bour', "/")
    assert (manifest["display"], manifest["icons"][0]["sizes"]) == ("standalone", "any")
    assert not manifest.keys() & {"shortcuts", "description", "categories", "share_target"}


def test_an_icon_that_cannot_be_used_is_said_with_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^look\.icon: .*cannot be read"):
        read_place(config(icon=str(tmp_path / "none.png")))
