"""For whoever watches the process: is it alive, may people be sent to it, and does it take new members?"""

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web


class Readiness(msgspec.Struct, frozen=True):
    """The answer of /readyz: whether new members get in now; `reasons` is empty where they do."""

    ready: bool
    reasons: tuple[str, ...]


def add_health_routes(
    app: web.Application, leaving: Callable[[], Sequence[str]], waiting: Callable[[], Sequence[str]]
) -> None:
    """Serve /healthz and /readyz.

    Alive is whoever answers: a restart is worth it only where nothing comes back. The status of /readyz says
    whether people may be sent here, its words whether they get in.

    Args:
        app: gets the routes.
        leaving: why nobody may be sent here, such as a stop; any reason makes 503.
        waiting: what new members wait for that other nodes may lack as well, such as Redis. The status stays
            200: were it 503 on all nodes at once, a load balancer would have nobody to tell people in words.
    """

    async def show_alive(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def show_ready(_request: web.Request) -> web.Response:
        gone = tuple(leaving())
        reasons = (*gone, *waiting())
        body = msgspec.json.encode(Readiness(not reasons, reasons))
        return web.Response(body=body, content_type="application/json", status=503 if gone else 200)

    app.router.add_get("/healthz", show_alive)
    app.router.add_get("/readyz", show_ready)
