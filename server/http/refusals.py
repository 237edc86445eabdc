"""What our HTTP takes and what it answers otherwise, in plain words."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import HttpVersion10, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

# Pages are asked for, meetings go through the socket: a body is read for hosts' accounts, and for the
# ticket of a page that goes; and for the operator's page.
BODIES_UNDER: Final = "/api/host/"
OPERATOR_UNDER: Final = "/api/operator/"
LEAVE_PATH: Final = "/api/leave"
_BODIES_AT: Final = (BODIES_UNDER, OPERATOR_UNDER, LEAVE_PATH)
BODY_MAX_BYTES: Final = 16 * 1024
BODY_WITHIN_S: Final = 8.0  # from the head to the last byte of a body that is read

# A host or an address, perhaps with a port (RFC 9112 section 3.2, RFC 3986 section 3.2.2).
_HOST: Final = re.compile(r"[A-Za-z0-9.:_~%\[\]-]+")

_WORDS: Final = {
    400: "This request cannot be understood.",
    403: "This is not open to you.",
    404: "There is nothing here.",
    405: "This address can only be read.",
    413: "This is too much at once.",
    415: "This kind of content is not taken.",
    503: "Not now. Please come back in a little while.",
}

# aiohttp's own log of requests that went wrong.
HTTP_LOGGER: Final = logging.getLogger("lamplit.http")

REFUSED_STATUSES: Final = (*map(str, _WORDS), "500", "other")
REFUSED: Final = web.AppKey("refused", Counter[str])
"""How many answers there were of each of `REFUSED_STATUSES`."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is malformed or brings an unwanted body, and turn every refusal into one plain sentence."""
    refused = request.app.get(REFUSED, Counter())
    try:
        status = _fault_of(request)
        response = _refuse(status, close=True) if status else await handler(request)
    except web.HTTPException as refusal:
        count_refusal(refused, refusal.status)
        if refusal.status not in _WORDS:
            raise
        return _refuse(
            refusal.status, allow=refusal.headers.get(hdrs.ALLOW), close=refusal.keep_alive is False
        )
    except Exception:
        count_refusal(refused, 500)
        raise
    count_refusal(refused, response.status)
    return response


def count_refusal(refused: Counter[str], status: int) -> None:
    """Count an answer, if it is a refusal."""
    if status >= 400:  # noqa: PLR2004 -- RFC 9110 section 15: from here on it went wrong
        name = str(status)
        refused[name if name in REFUSED_STATUSES else "other"] += 1


def refuse_in_words(response: web.Response) -> None:
    """Put our sentence into an answer that a library has made."""
    words = f"{_WORDS.get(response.status, _WORDS[400])}\n"
    response.text = words
    response.headers[hdrs.CONTENT_LENGTH] = str(len(words))


async def read_body(request: web.Request, max_bytes: int = BODY_MAX_BYTES) -> bytes:
    """Return the whole body.

    Raises:
        HTTPRequestEntityTooLarge: it is longer.
        HTTPBadRequest: it did not come in time, or not at all.
    """
    if (request.content_length or 0) > max_bytes:
        raise web.HTTPRequestEntityTooLarge(max_bytes, request.content_length or 0)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await request.read()
    except (ConnectionError, TimeoutError):
        refusal = web.HTTPBadRequest()
        refusal.force_close()
        raise refusal from None


class OursOnly(logging.Filter):
    """Lets mistakes of ours through and drops those of peers: nonsense, and broken lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is about us."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | ConnectionError)


HTTP_LOGGER.addFilter(OursOnly())


def _fault_of(request: web.Request) -> int:
    """Return the status that says what is wrong with a request before anybody reads it; 0 where nothing is.

    A version of HTTP below 1.0, a Host that is none, a body where none is read, or one that is too long or
    of unknown length.
    Broken framing and a missing Host never get this far: aiohttp's parser answers those itself.
    """
    if request.can_read_body or hdrs.TRANSFER_ENCODING in request.headers:
        if (request.content_length or 0) > BODY_MAX_BYTES:
            return 413
        is_read = request.method == hdrs.METH_POST and request.path.startswith(_BODIES_AT)
        return 0 if is_read and hdrs.TRANSFER_ENCODING not in request.headers else 400
    is_host = _HOST.fullmatch(request.headers.get(hdrs.HOST, "none"))
    return 0 if is_host and request.version >= HttpVersion10 else 400


def _refuse(status: int, *, allow: str | None = None, close: bool = False) -> web.Response:
    response = web.Response(status=status, text=f"{_WORDS[status]}\n")
    if allow:
        response.headers[hdrs.ALLOW] = allow
    if close:
        response.force_close()
    return response
