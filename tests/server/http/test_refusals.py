import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientConnectionResetError, web
from aiohttp.http_exceptions import BadStatusLine
from aiohttp.test_utils import TestClient, TestServer

from server.http.refusals import (
    BODIES_UNDER,
    BODY_MAX_BYTES,
    HTTP_LOGGER,
    REFUSED,
    REFUSED_STATUSES,
    answer_in_words,
    count_refusal,
    read_body,
)

Client = TestClient[web.Request, web.Application]
ClientMaker = Callable[[web.Application], Awaitable[Client]]


@pytest.fixture
async def client(aiohttp_client: ClientMaker) -> Client:
    async def fine(_request: web.Request) -> web.Response:
        return web.Response(text="fine")

    async def away(_request: web.Request) -> web.Response:
        raise web.HTTPFound("/fine")

    async def closed(_request: web.Request) -> web.Response:
        raise web.HTTPForbidden

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await read_body(request))

    app = web.Application(middlewares=[answer_in_words], client_max_size=BODY_MAX_BYTES)

    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("ours")

    app[REFUSED] = Counter()
    app.router.add_get("/fine", fine)
    app.router.add_get("/broken", broken)
    app.router.add_get("/away", away)
    app.router.add_get("/closed", closed)
    app.router.add_post(f"{BODIES_UNDER}echo", echo)
    app.router.add_get(f"{BODIES_UNDER}echo", echo)
    return await aiohttp_client(app)


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/fine", 200, "fine"),
        ("GET", "/nothing", 404, "There is nothing here.\n"),
        ("GET", "/closed", 403, "This is not open to you.\n"),
        ("DELETE", "/fine", 405, "This address can only be read.\n"),
        ("TRACE", "/fine", 405, "This address can only be read.\n"),
    ],
)
async def test_refusals_are_plain_sentences(
    client: Client, method: str, path: str, status: int, words: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status, await answer.text()) == (status, words)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    assert (await client.post("/fine")).headers["Allow"] == "GET,HEAD"


async def test_redirects_pass(client: Client) -> None:
    assert (await client.get("/away", allow_redirects=False)).status == 302


@pytest.mark.parametrize(
    ("size_bytes", "status"), [(1, 400), (BODY_MAX_BYTES, 400), (BODY_MAX_BYTES + 1, 413)]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_body_is_not_read(client: Client, method: str, size_bytes: int, status: int) -> None:
    answer = await client.request(method, "/fine", data=b"x" * size_bytes)
    assert answer.status == status
    assert answer.headers["Connection"] == "close"


async def test_a_body_of_unknown_length_is_not_read(client: Client) -> None:
    async def pieces():  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield b"x"

    assert (await client.post("/fine", data=pieces())).status == 400


@pytest.mark.parametrize(
    ("method", "size_bytes", "status"),
    [("POST", BODY_MAX_BYTES, 200), ("POST", BODY_MAX_BYTES + 1, 413), ("GET", 1, 400), ("POST", 0, 200)],
)
async def test_a_body_of_hosts_is_read_up_to_a_bound(
    client: Client, method: str, size_bytes: int, status: int
) -> None:
    answer = await client.request(method, f"{BODIES_UNDER}echo", data=b"x" * size_bytes)
    assert answer.status == status
    if status == 200:
        assert len(await answer.read()) == size_bytes


async def test_a_body_of_hosts_has_a_length(client: Client) -> None:
    async def pieces():  # type: ignore[no-untyped-def]  # noqa: ANN202
        yield b"x"

    assert (await client.post(f"{BODIES_UNDER}echo", data=pieces())).status == 400


def test_the_log_has_our_mistakes_and_not_those_of_peers(caplog: pytest.LogCaptureFixture) -> None:
    HTTP_LOGGER.error("Error handling request", exc_info=BadStatusLine("nonsense"))
    HTTP_LOGGER.error("Error handling request", exc_info=ClientConnectionResetError("gone"))
    HTTP_LOGGER.error("Error handling request", exc_info=RuntimeError("ours"))
    HTTP_LOGGER.error("Something else")
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]


async def test_refusals_are_counted_by_their_status(client: Client) -> None:
    for path in ("/fine", "/away", "/nothing", "/closed", "/broken", "/nothing"):
        await client.get(path, allow_redirects=False)
    await client.get("/fine", data=b"x")
    assert isinstance(client.server, TestServer)
    assert client.server.app[REFUSED] == {"404": 2, "403": 1, "500": 1, "400": 1}


def test_a_status_without_a_name_is_counted_as_other() -> None:
    refused: Counter[str] = Counter()
    for status in (200, 101, 302, 404, 418, 500):
        count_refusal(refused, status)
    assert refused == {"404": 1, "other": 1, "500": 1}
    assert set(refused) <= set(REFUSED_STATUSES)


@pytest.mark.parametrize("host", ["a b", "x/../y", "x@y", "<x>", "x,y", "x?"])
async def test_a_host_that_is_none_is_refused(client: Client, host: str) -> None:
    assert (await client.get("/fine", headers={"Host": host})).status == 400


@pytest.mark.parametrize(
    "host", ["meet.example", "[::1]:8080", "10.0.0.5:80", "a_b-c", "xn--bcher-kva.example"]
)
async def test_any_host_that_is_one_is_taken(client: Client, host: str) -> None:
    assert (await client.get("/fine", headers={"Host": host})).status == 200


async def test_a_body_that_does_not_come_is_not_waited_for(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.http.refusals.BODY_WITHIN_S", 0.05)
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(f"POST {BODIES_UNDER}echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode())
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in head
    writer.close()
    await writer.wait_closed()


async def test_a_body_comes_whole_in_however_many_pieces(client: Client) -> None:
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"POST {BODIES_UNDER}echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\n"
    for piece in (head, "abc", "def"):
        writer.write(piece.encode())
        await asyncio.sleep(0.01)  # so that it is a piece of its own
    async with asyncio.timeout(5):
        assert (await reader.read()).endswith(b"\r\n\r\nabcdef")
    writer.close()
    await writer.wait_closed()
