"""POST /api/leave: gives up a seat for a page that goes and cannot wait for its connection.

A page that is hidden in a hurry sends its seat's ticket as a beacon (W3C Beacon, section 3.1), which the
browser delivers even if the page is gone, and also where the WebSocket is broken.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from server.http.refusals import LEAVE_PATH, read_body

TICKET_MAX_BYTES: Final = 4_096  # a seat's ticket with the longest name takes about 900


def add_leave_route(
    app: web.Application,
    is_allowed_origin: Callable[[str | None], bool],
    give_up: Callable[[str], Awaitable[None]],
) -> None:
    """Take a ticket as the body. Every ticket gets the same answer, so that it tells nobody anything."""

    async def take_leave(request: web.Request) -> web.Response:
        if not is_allowed_origin(request.headers.get(hdrs.ORIGIN)):
            raise web.HTTPForbidden(text="This origin is not allowed.\n")
        body = await read_body(request, TICKET_MAX_BYTES)
        await give_up(body.decode("ascii", "replace"))
        return web.Response(status=204)

    app.router.add_post(LEAVE_PATH, take_leave)
