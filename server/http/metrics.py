"""GET /metrics, for those addresses that the operator named. For anybody else the path does not exist."""

from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST

from server.http.peer_address import (
    Networks,
    came_through_unknown_proxy,
    is_within,
    peer_address,
    read_address,
)
from server.metrics import Metrics


def add_metrics_route(
    app: web.Application, metrics: Metrics, allowed: Networks, trusted_proxies: Networks
) -> None:
    """Serve the counts.

    A request through a proxy that is not listed as trusted gets nothing: its address would be the proxy's,
    and the whole world would look like a neighbour.
    """

    async def show_metrics(request: web.Request) -> web.Response:
        address = read_address(peer_address(request, trusted_proxies))
        is_unknown = address is None or came_through_unknown_proxy(request, trusted_proxies)
        if is_unknown or not (address and is_within(address, allowed)):
            raise web.HTTPNotFound
        return web.Response(body=metrics.write(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", show_metrics)
