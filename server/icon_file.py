"""The operator's icon: a square PNG, or an SVG that only draws. It runs no script and fetches nothing."""

import re
import struct
from pathlib import Path
from typing import Final
from xml.parsers import expat

import msgspec

ICON_MAX_BYTES: Final = 64 * 1024
ICON_LEAST_PX: Final = 192  # below that phones show it blurred on the home screen

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER: Final = struct.Struct(">8s4x4sII")
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
# Elements that draw; whatever runs, fetches, moves or embeds is not among them.
_DRAWS: Final = frozenset(
    [
        *("svg", "g", "defs", "title", "desc", "symbol", "use", "clipPath", "mask"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop"),
    ]
)
# Any url() that is not a part of the same drawing, and ways to write one that this would not see.
_LEADS_AWAY: Final = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|[a-z]+script:|data:|\\", re.IGNORECASE)


class Icon(msgspec.Struct, frozen=True):
    """An icon as it is sent. `side_px` is 0 for a drawing, which has no size of its own."""

    content: bytes
    content_type: str
    side_px: int


def read_icon(path: Path) -> Icon:
    """Read an icon.

    Raises:
        ValueError: it cannot be read, is too large, is neither SVG nor PNG, or is more than a drawing; the
            text starts with the path.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(ICON_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > ICON_MAX_BYTES:
        raise ValueError(f"{path}: is larger than {ICON_MAX_BYTES // 1024} KiB")
    try:
        if content.startswith(_PNG):
            return Icon(content, "image/png", _side_px(content))
        _Drawing().check(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return Icon(content, "image/svg+xml", 0)


def _side_px(content: bytes) -> int:
    """Read the size from the first chunk (PNG specification, section 11.2.1)."""
    if len(content) < _PNG_HEADER.size:
        raise ValueError("is cut off")
    _, kind, width, height = _PNG_HEADER.unpack_from(content)
    if kind != b"IHDR" or width != height or width < ICON_LEAST_PX:
        raise ValueError(f"must be square and at least {ICON_LEAST_PX} pixels wide")
    return int(width)


class _Drawing:
    """Reads an SVG and refuses what is not known to be harmless."""

    def __init__(self) -> None:
        self._depth = 0
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = lambda *_: self._refuse("holds a document type")
        self._parser.ProcessingInstructionHandler = lambda *_: self._refuse("holds a processing instruction")

    def check(self, content: bytes) -> None:
        try:
            self._parser.Parse(content, True)  # noqa: FBT003 -- expat takes it by position only
        except expat.ExpatError as error:
            raise ValueError(f"is neither PNG nor well-formed SVG ({error})") from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        self._depth += 1
        if self._depth == 1 and (namespace, name) != (_NAMESPACE, "svg"):
            raise ValueError("is neither PNG nor SVG")
        if namespace != _NAMESPACE or name not in _DRAWS:
            self._refuse(f"holds <{name}>")
        for key, text in attributes.items():
            self._check_attribute(key.rpartition(" ")[2].lower(), text)

    def _check_attribute(self, name: str, text: str) -> None:
        if name.startswith("on"):
            self._refuse(f"runs a script ({name})")
        if name == "style" or (name == "href" and not text.startswith("#")) or _LEADS_AWAY.search(text):
            self._refuse(f"may fetch something ({name})")

    def _refuse(self, what: str) -> None:
        raise ValueError(f"{what}; an icon only draws")
