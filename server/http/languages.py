"""Which language a page is answered in: what the address asks for, else what the browser would like best.

The server speaks the languages that it has words for; anything else is the first of them.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from aiohttp import hdrs, web

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "es": "Español"}
"""Every language there are words for, by how it calls itself; the first is the one to fall back on."""

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
USUAL: Final = next(iter(LANGUAGES))

_ASKED_MAX: Final = 16  # a browser sends a handful; what follows so many is not read
_RANGE: Final = re.compile(
    r"(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:\s*;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)


class Chosen(NamedTuple):
    """A language, and whether the address asked for it: links then carry it on."""

    language: str
    is_asked: bool = False


def choose_language(request: web.Request) -> Chosen:
    """Return the language of an answer: `?lang=` where it is known, else by Accept-Language."""
    asked = request.query.get("lang", "")
    if asked in LANGUAGES:
        return Chosen(asked, is_asked=True)
    return Chosen(best_language(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")))


def best_language(accepted: str) -> str:
    """Return the language that an Accept-Language header likes best (RFC 9110 section 12.5.4).

    A wish for `es-MX` is met by `es` (RFC 4647 section 3.4, lookup). Of equal wishes the first counts;
    parts that cannot be read are passed over.
    """
    best, weight = USUAL, 0.0
    for part in accepted.lower().split(",")[:_ASKED_MAX]:
        read = _RANGE.fullmatch(part.strip())
        if read is None:
            continue
        language = USUAL if read[1] == "*" else read[1].partition("-")[0]
        wish = float(read[2] or "1")
        if language in LANGUAGES and wish > weight:
            best, weight = language, wish
    return best


def direction_of(language: str) -> str:
    """Return `ltr` or `rtl`, as HTML's `dir` wants it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
