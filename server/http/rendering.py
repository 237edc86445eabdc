"""HTML that the server writes: templates in server/http/templates/, words in server/http/words/.

Every template goes on from `base.html`, which has what the built page has: its head with stylesheet and
program, and the same header. So a page can be read before the program runs, or without it; then the program
draws the same again in its place. Everything that is put into a template is escaped.
"""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.http.languages import LANGUAGES, Chosen, choose_language, direction_of
from server.http.pages import PageFile, PageFolder, send_page
from server.http.words import words_of

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"

# The text is a page's own, made for each answer: a stronger setting costs more time than it saves on the way.
_GZIP_LEVEL: Final = 5

_VARIES: Final = (hdrs.ACCEPT_LANGUAGE, hdrs.ACCEPT_ENCODING)


class Renderer:
    """Fills templates."""

    def __init__(
        self, folder: PageFolder, place_name: str, *, style_path: str = "", icon_path: str = "/icon"
    ) -> None:
        """Take the built page, for its head, and what the place is called and looks like."""
        self._folder = folder
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["place_name"] = place_name
        self._environment.globals["style_path"] = style_path
        self._environment.globals["icon_path"] = icon_path
        self._environment.globals["languages"] = LANGUAGES

    def html(self, template: str, chosen: Chosen, values: Mapping[str, object]) -> str:
        """Return a page.

        A template has, besides `values`: `t(key, ...)` and `t_count(key, count, ...)` for words,
        `link(path)` for addresses of ours, `language`, `direction`, `languages`, `place_name` and `head`.
        """
        words = words_of(chosen.language)

        def link(path: str) -> str:
            return f"{path}?lang={chosen.language}" if chosen.is_asked else path

        return self._environment.get_template(template).render(
            {
                "t": words.t,
                "t_count": words.t_count,
                "link": link,
                "language": chosen.language,
                "direction": direction_of(chosen.language),
                # Our own build's, not a visitor's; the name of the place in it is escaped already.
                "head": Markup(self._folder.head()),  # noqa: S704
                **values,
            }
        )

    def file(self, template: str, chosen: Chosen, values: Mapping[str, object]) -> PageFile:
        """Return a page as it is sent, or how to build what it needs."""
        if not self._folder.is_built:
            return self._folder.index()
        content = self.html(template, chosen, values).encode()
        return PageFile(content, gzip.compress(content, _GZIP_LEVEL, mtime=0), "text/html; charset=utf-8")


RENDERER: Final = web.AppKey("renderer", Renderer)


def render(request: web.Request, template: str, **values: object) -> web.Response:
    """Answer with a page in the language of whoever asks; it is kept by nobody."""
    chosen = choose_language(request)
    return send_rendered(request, chosen, request.app[RENDERER].file(template, chosen, values))


def send_rendered(request: web.Request, chosen: Chosen, file: PageFile) -> web.Response:
    """Send a page that was made before, in the language it was made in."""
    response = send_page(request, file, "no-store", _VARIES)
    response.headers[hdrs.CONTENT_LANGUAGE] = chosen.language
    return response
