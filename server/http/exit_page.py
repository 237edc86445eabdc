"""GET /exit, where "hide this page" leads: forgets what the browser kept of this place and shows nothing."""

from typing import Final

from aiohttp import hdrs, web

# Not "cache": browsers take seconds over it, and somebody who wants to hide a page has none to spare. The
# cache holds the program's files only; pages and lists are sent with no-store.
CLEAR_SITE_DATA: Final = '"cookies", "storage"'

# The title looks like an empty tab's. The body stays empty.
_BLANK: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>New tab</title>
</html>
"""


def add_exit_route(app: web.Application, exit_url: str) -> None:
    """Lead to `exit_url`, or show a blank page where it is empty; clear this site's storage either way."""

    async def leave(_request: web.Request) -> web.Response:
        headers = {"Clear-Site-Data": CLEAR_SITE_DATA}
        if exit_url:
            return web.Response(status=302, headers={**headers, hdrs.LOCATION: exit_url})
        return web.Response(text=_BLANK, content_type="text/html", headers=headers)

    async def show_no_icon(_request: web.Request) -> web.Response:
        # Browsers ask for one where a page names none, and call a refusal an error in their console.
        return web.Response(status=204)

    app.router.add_get("/exit", leave)
    app.router.add_get("/favicon.ico", show_no_icon)
