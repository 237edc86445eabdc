from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestClient

from server.http.exit_page import add_exit_route

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


async def test_it_forgets_and_shows_nothing_that_names_the_place(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    add_exit_route(app, "")
    answer = await (await aiohttp_client(app)).get("/exit")
    assert answer.status == 200
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert "amplit" not in await answer.text()


async def test_it_leads_where_the_operator_wants(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    add_exit_route(app, "https://weather.example/")
    answer = await (await aiohttp_client(app)).get("/exit", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "https://weather.example/")
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'


async def test_its_icon_is_nothing_and_no_error(aiohttp_client: ClientMaker) -> None:
    app = web.Application()
    add_exit_route(app, "")
    answer = await (await aiohttp_client(app)).get("/favicon.ico")
    assert (answer.status, await answer.read()) == (204, b"")
