import gzip
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from server.http.pages import PageFolder, add_file_routes, find_page_folder

INDEX = (
    b"<!doctype html><head><title>Lamplit</title><script src=/assets/index-1a2b.js></script></head>"
    b"<div id=page></div>"
)
SCRIPT = b"export const lamp = 'lit'\n" * 100

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_bytes(INDEX)
    (built / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (built / "assets" / "index-1a2b.css").write_bytes(b"body{}")
    (built / "favicon.svg").write_bytes(b"<svg/>")
    (built / "sound.bin").write_bytes(b"\0")
    (built / ".vite").mkdir()
    (built / ".vite" / "manifest.json").write_bytes(b"{}")
    (built / ".secret").write_bytes(b"hidden")
    (tmp_path / "outside.txt").write_bytes(b"outside")
    (built / "link.txt").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "x.txt").write_bytes(b"outside")
    (built / "linked").symlink_to(tmp_path / "more")
    return built


@pytest.fixture
async def client(folder: Path, aiohttp_client: ClientMaker) -> Client:
    app = web.Application()
    add_file_routes(app, PageFolder(folder, "The <Hall>"))
    return await aiohttp_client(app)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/assets/index-1a2b.js", "text/javascript; charset=utf-8"),
        ("/assets/index-1a2b.css", "text/css; charset=utf-8"),
    ],
)
async def test_hashed_files_are_kept_for_ever(client: Client, path: str, kind: str) -> None:
    answer = await client.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("path", "kind"), [("/favicon.svg", "image/svg+xml"), ("/sound.bin", "application/octet-stream")]
)
async def test_other_files_are_asked_for_again(client: Client, path: str, kind: str) -> None:
    answer = await client.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("gzip, br", True), ("br;q=1, GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
async def test_text_is_zipped_for_who_takes_it(client: Client, accepted: str, expected: bool) -> None:  # noqa: FBT001
    answer = await client.get(
        "/assets/index-1a2b.js", headers={"Accept-Encoding": accepted}, auto_decompress=False
    )
    body = await answer.read()
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert ("Content-Encoding" in answer.headers) is expected
    assert (gzip.decompress(body) if expected else body) == SCRIPT


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/nothing",
        "/assets/",
        "/assets/nothing.js",
        "/.secret",
        "/.vite/manifest.json",
        "/link.txt",
        "/linked/x.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/assets/..%2f..%2foutside.txt",
        "/assets/%252e%252e/outside.txt",
        "/..%5coutside.txt",
        "/assets/index-1a2b.js%00",
        "/assets/%c0%ae%c0%ae/outside.txt",
        "//assets/index-1a2b.js",
        "/m/",
        "/m/Talk",
        "/m/a--b",
        "/m/talk/more",
        f"/m/{'a' * 65}",
    ],
)
async def test_what_is_not_in_the_table_does_not_exist(client: Client, path: str) -> None:
    answer = await client.session.get(URL(f"http://{client.host}:{client.port}{path}", encoded=True))
    assert answer.status == 404
    assert b"outside" not in await answer.read()


async def test_files_are_only_read(client: Client) -> None:
    assert (await client.post("/favicon.svg")).status == 405
    assert (await client.head("/favicon.svg")).status == 200


def test_the_head_bears_the_name_of_the_place(folder: Path) -> None:
    page = PageFolder(folder, "The <Hall>")
    assert page.head() == "<title>The &lt;Hall&gt;</title><script src=/assets/index-1a2b.js></script>"


async def test_robots_stay_out(client: Client) -> None:
    assert await (await client.get("/robots.txt")).text() == "User-agent: *\nDisallow: /\n"


def test_a_new_build_is_noticed(folder: Path) -> None:
    page = PageFolder(folder, "Hall")
    (folder / "assets" / "index-3c4d.js").write_bytes(b"1")
    (folder / "index.html").write_bytes(b"<head><title>x</title>new</head>")
    os.utime(folder / "index.html", ns=(1, 1))
    assert page.head().endswith("new")
    assert page.file("/assets/index-3c4d.js") is not None


def test_a_missing_page_says_how_to_build_it(tmp_path: Path) -> None:
    page = PageFolder(tmp_path / "nowhere", "Hall")
    assert (page.is_built, page.head()) == (False, "")
    assert b"python tools/web_build.py" in page.index().content


def test_a_checkout_serves_what_it_built() -> None:
    assert find_page_folder() == Path(__file__).resolve().parents[3] / "web" / "dist"
