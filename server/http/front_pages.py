"""The pages that a browser opens by their address."""

from typing import Final

from aiohttp import web

from rooms.ids import SLUG_PATTERN
from rooms.limits import SLUG_MAX_CHARS
from server.http.rendering import render

_SLUG: Final = SLUG_PATTERN.strip("^$")


def add_front_routes(app: web.Application) -> None:
    """Serve the lobby, the rooms and the page for hosts."""

    async def show_program(request: web.Request) -> web.Response:
        return render(request, "program.html")

    app.router.add_get("/", show_program)
    app.router.add_get("/host", show_program)
    app.router.add_get("/me", show_program)
    for above in ("/m/", "/host/"):
        app.router.add_get(f"{above}{{slug:(?=.{{1,{SLUG_MAX_CHARS}}}$){_SLUG}}}", show_program)
