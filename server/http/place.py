"""/place.css, /icon and /manifest.webmanifest: what a place looks like that is not the usual one.

The style sheet holds custom properties alone, and only where the operator has chosen a colour. Stylesheet and
icon are asked for under a digest of their content, so browsers keep them until they change. The manifest says
nothing about what happens here but the name that the operator gave.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web

from server.config import Config
from server.config_sources import ConfigError
from server.icon_file import Icon, read_icon
from server.look import DARK, LIGHT, LookConfig, Paper, on_accent, wash

STYLE: Final = "/place.css"
ICON: Final = "/icon"
MANIFEST: Final = "/manifest.webmanifest"

_KEPT: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_DIGEST_CHARS: Final = 10

# A lamp and its light. It must not tell what kind of place this is.
_LAMP: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    b'<rect width="32" height="32" rx="8" fill="%s"/><circle cx="16" cy="16" r="7" fill="#f4c96b"/></svg>'
)


class Place(msgspec.Struct, frozen=True):
    """What pages need to know about the place.

    Attributes:
        name: what it is called, everywhere that a name is shown.
        contact: how to reach whoever runs it; may be empty.
        style: the style sheet's text; empty where everything looks as usual.
        icon: the icon.
    """

    name: str
    contact: str
    style: str
    icon: Icon

    @property
    def style_path(self) -> str:
        """Where the style sheet is; empty where a page needs none."""
        return f"{STYLE}?{_digest(self.style.encode())}" if self.style else ""

    @property
    def icon_path(self) -> str:
        """Where the icon is."""
        return f"{ICON}?{_digest(self.icon.content)}"


def read_place(config: Config) -> Place:
    """Return what the operator has chosen.

    Raises:
        ConfigError: the icon cannot be used.
    """
    look = config.look
    lamp = Icon(_LAMP % (look.accent_light or LIGHT.accent).encode(), "image/svg+xml", 0)
    try:
        icon = read_icon(Path(look.icon)) if look.icon else lamp
    except ValueError as error:
        raise ConfigError(f"look.icon: {error}") from None
    return Place(config.server.place_name, config.server.contact, _style(look), icon)


def _style(look: LookConfig) -> str:
    """Write what web/src/styles/tokens.css asks for by the names of its themes."""
    lines = [*_properties("light", look.accent_light, LIGHT), *_properties("dark", look.accent_dark, DARK)]
    return "\n".join([":root {", *(f"  {line};" for line in lines), "}", ""]) if lines else ""


def _properties(theme: str, accent: str, paper: Paper) -> list[str]:
    if not accent:
        return []
    return [
        f"--place-accent-{theme}: {accent}",
        f"--place-on-accent-{theme}: {on_accent(accent)}",
        f"--place-wash-{theme}: {wash(accent, paper)}",
    ]


def _manifest(place: Place) -> bytes:
    """Write the web app manifest (W3C): the name and nothing that tells more."""
    sizes = f"{place.icon.side_px}x{place.icon.side_px}" if place.icon.side_px else "any"
    return msgspec.json.encode(
        {
            "name": place.name,
            "short_name": place.name,
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": LIGHT.paper,
            "theme_color": LIGHT.paper,
            "icons": [{"src": place.icon_path, "type": place.icon.content_type, "sizes": sizes}],
        }
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_CHARS]


def add_place_routes(app: web.Application, place: Place) -> None:
    """Serve the style sheet, the icon and the manifest."""
    manifest = _manifest(place)

    def answer(request: web.Request, body: bytes, content_type: str) -> web.Response:
        kept = _KEPT if request.query_string == _digest(body) else _ASK_AGAIN
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: kept})

    async def send_style(request: web.Request) -> web.Response:
        return answer(request, place.style.encode(), "text/css; charset=utf-8")

    async def send_icon(request: web.Request) -> web.Response:
        return answer(request, place.icon.content, place.icon.content_type)

    async def send_manifest(request: web.Request) -> web.Response:
        return answer(request, manifest, "application/manifest+json")

    app.router.add_get(STYLE, send_style)
    app.router.add_get(ICON, send_icon)
    app.router.add_get(MANIFEST, send_manifest)
