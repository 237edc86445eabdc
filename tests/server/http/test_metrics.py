from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from server.config import read_networks
from server.http.metrics import add_metrics_route
from server.metrics import Metrics, Series

ClientMaker = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
SEATED = Series(name="seated", kind="gauge", text="Seated.", read=lambda: 3)


@pytest.mark.parametrize(
    ("allowed", "proxies", "forwarded", "status"),
    [
        (("127.0.0.0/8",), (), None, 200),
        (("10.0.0.0/8",), (), None, 404),
        ((), (), None, 404),
        (("127.0.0.0/8",), (), "198.51.100.1", 404),  # through a proxy that nobody told us of
        (("127.0.0.0/8",), ("127.0.0.1",), "198.51.100.1", 404),
        (("198.51.100.0/24",), ("127.0.0.1",), "198.51.100.1", 200),
        (("198.51.100.0/24",), (), "198.51.100.1", 404),
    ],
)
async def test_only_named_addresses_see_them(
    aiohttp_client: ClientMaker,
    allowed: tuple[str, ...],
    proxies: tuple[str, ...],
    forwarded: str | None,
    status: int,
) -> None:
    app = web.Application()
    add_metrics_route(app, Metrics([SEATED]), read_networks("allow", allowed), read_networks("p", proxies))
    client = await aiohttp_client(app)
    answer = await client.get("/metrics", headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert answer.status == status
    assert (b"lamplit_seated 3.0" in await answer.read()) is (status == 200)
