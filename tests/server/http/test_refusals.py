from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine
from aiohttp.test_utils import TestClient

from server.http.refusals import BODIES_UNDER, BODY_MAX_BYTES, HTTP_LOGGER, answer_in_words

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
        return web.Response(body=await request.read())

    app = web.Application(middlewares=[answer_in_words], client_max_size=BODY_MAX_BYTES)
    app.router.add_get("/fine", fine)
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
    HTTP_LOGGER.error("Error handling request", exc_info=RuntimeError("ours"))
    HTTP_LOGGER.error("Something else")
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]
