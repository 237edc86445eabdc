"""For whoever watches the process: is it alive, and does it take new members?"""

from collections.abc import Callable, Sequence

import msgspec
from aiohttp import web


class Readiness(msgspec.Struct, frozen=True):
    """The answer of /readyz; `reasons` is empty where the server is ready."""

    ready: bool
    reasons: tuple[str, ...]


def add_health_routes(app: web.Application, reasons_not_ready: Callable[[], Sequence[str]]) -> None:
    """Serve /healthz and /readyz.

    Alive is whoever answers: a restart is worth it only where nothing comes back. Ready is whoever may be
    given new members; while it starts or stops, the answer is 503 with the reasons.
    """

    async def show_alive(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def show_ready(_request: web.Request) -> web.Response:
        reasons = tuple(reasons_not_ready())
        body = msgspec.json.encode(Readiness(not reasons, reasons))
        return web.Response(body=body, content_type="application/json", status=503 if reasons else 200)

    app.router.add_get("/healthz", show_alive)
    app.router.add_get("/readyz", show_ready)
