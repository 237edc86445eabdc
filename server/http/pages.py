"""The built page and its files.

Every file is read into memory once, under the exact path that may ask for it: what is not in that table does
not exist, so no spelling of a path leads out of the folder. Links and hidden files are left out.
"""

import gzip
import html
import mimetypes
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web

import server

INDEX: Final = "index.html"
ASSETS: Final = "/assets/"
WORKER: Final = "/sw.js"  # asked for again at each visit, so that no old one stays

_ROBOTS: Final = "User-agent: *\nDisallow: /\n"

_GZIP_LEAST_BYTES: Final = 1_024  # below this the header costs more than it saves; guess
_TITLE: Final = re.compile(rb"<title>[^<]*</title>")
_HEAD: Final = re.compile(rb"<head>(.*?)</head>", re.DOTALL)

# Not left to the machine's own table, which an editor or a desktop may have changed.
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

_NOT_BUILT: Final = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lamplit</title>
<h1>The page is not built yet</h1>
<p>The server is on, but the files that a browser needs are missing. In a checkout, build them with</p>
<pre>python tools/web_build.py</pre>
<p>(<code>make run</code> does that by itself) and load this page again.</p>
</html>
"""


class PageFile(msgspec.Struct, frozen=True):
    """One file as it is sent.

    Attributes:
        content: the bytes.
        zipped: the same with gzip; empty where that is not smaller.
        content_type: the media type, with the character set for text.
    """

    content: bytes
    zipped: bytes
    content_type: str


class PageFolder:
    """The files of one built page; read again when a new build has replaced the index."""

    def __init__(self, folder: Path, place_name: str) -> None:
        """Read the folder. The page's title becomes the name of the place."""
        self._folder = folder
        self._title = f"<title>{html.escape(place_name)}</title>".encode()
        self._built_ns = 0
        self._files: dict[str, PageFile] = {}
        self._read()

    @property
    def is_built(self) -> bool:
        """Whether there is a page to show."""
        return f"/{INDEX}" in self._files

    def index(self) -> PageFile:
        """Return the page, or one that says how to build it."""
        if self._stamp_ns() != self._built_ns:
            self._read()
        return self._files.get(f"/{INDEX}") or PageFile(_NOT_BUILT, b"", "text/html; charset=utf-8")

    def head(self) -> str:
        """Return what is inside the head of the page: its title, its stylesheet and its program."""
        found = _HEAD.search(self.index().content)
        return found[1].decode().strip() if found else ""

    def file(self, path: str) -> PageFile | None:
        """Return the file at a path such as `/assets/index-x.js`, if there is one."""
        return None if path == f"/{INDEX}" else self._files.get(path)

    def _stamp_ns(self) -> int:
        try:
            return (self._folder / INDEX).stat().st_mtime_ns
        except OSError:
            return 0

    def _read(self) -> None:
        self._built_ns = self._stamp_ns()
        self._files = {}
        for folder, folders, names in os.walk(self._folder, followlinks=False):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    content = path.read_bytes()
                    if name == INDEX:
                        content = _TITLE.sub(lambda _: self._title, content, count=1)
                    self._files[f"/{path.relative_to(self._folder).as_posix()}"] = _page_file(name, content)


def find_page_folder() -> Path:
    """Return where the built page is: inside the installed package, or web/dist of a checkout."""
    package = Path(server.__file__).resolve().parent
    packaged = package / "http" / "page"
    return packaged if packaged.is_dir() else package.parent / "web" / "dist"


def add_file_routes(app: web.Application, folder: PageFolder) -> None:
    """Serve the page's files. The last routes: they take every path."""

    async def send_file(request: web.Request) -> web.Response:
        found = folder.file(request.path)
        if found is None:
            raise web.HTTPNotFound
        # The build puts a hash of the content into the names under /assets/, so they never change.
        kept = "public, max-age=31536000, immutable" if request.path.startswith(ASSETS) else "no-cache"
        response = send_page(request, found, kept, (hdrs.ACCEPT_ENCODING,) if found.zipped else ())
        if request.path == WORKER:
            response.headers["Service-Worker-Allowed"] = "/"
        return response

    async def keep_robots_out(_request: web.Request) -> web.Response:
        return web.Response(text=_ROBOTS)

    app.router.add_get("/robots.txt", keep_robots_out)
    app.router.add_get("/{path:.*}", send_file)


def _page_file(name: str, content: bytes) -> PageFile:
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    zipped = gzip.compress(content, mtime=0) if is_text and len(content) >= _GZIP_LEAST_BYTES else b""
    return PageFile(
        content=content,
        zipped=zipped if len(zipped) < len(content) else b"",
        content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
    )


def send_page(request: web.Request, file: PageFile, kept: str, varies: Sequence[str]) -> web.Response:
    """Answer with a file.

    Args:
        request: the question, for whether gzip is taken.
        file: what is sent.
        kept: Cache-Control.
        varies: the headers of a question that its answer hangs on.
    """
    headers = {hdrs.CONTENT_TYPE: file.content_type, hdrs.CACHE_CONTROL: kept}
    if varies:
        headers[hdrs.VARY] = ", ".join(varies)
    body = file.content
    if file.zipped and _takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        body = file.zipped
    return web.Response(body=body, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Read Accept-Encoding (RFC 9110 section 12.5.3) as far as we need it."""
    for part in accepted.split(","):
        coding, _, weight = part.partition(";")
        if coding.strip().lower() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False
