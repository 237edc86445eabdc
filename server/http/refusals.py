"""What our HTTP takes and what it answers otherwise, in plain words."""

import logging
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

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is malformed or brings an unwanted body, and turn every refusal into one plain sentence."""
    try:
        status = _fault_of(request)
        return _refuse(status, close=True) if status else await handler(request)
    except web.HTTPException as refusal:
        if refusal.status not in _WORDS:
            raise
        return _refuse(refusal.status, allow=refusal.headers.get(hdrs.ALLOW))


class OursOnly(logging.Filter):
    """Lets mistakes of ours through and drops those of peers: nonsense that is sent must not fill the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is about us."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError)


HTTP_LOGGER.addFilter(OursOnly())


def _fault_of(request: web.Request) -> int:
    """Return the status that says what is wrong with a request before anybody reads it; 0 where nothing is.

    A version of HTTP below 1.0, a body where none is read, or one that is too long or of unknown length.
    Broken framing and a missing Host never get this far: aiohttp's parser answers those itself.
    """
    if request.can_read_body or hdrs.TRANSFER_ENCODING in request.headers:
        if (request.content_length or 0) > BODY_MAX_BYTES:
            return 413
        is_read = request.method == hdrs.METH_POST and request.path.startswith(_BODIES_AT)
        return 0 if is_read and hdrs.TRANSFER_ENCODING not in request.headers else 400
    return 400 if request.version < HttpVersion10 else 0


def _refuse(status: int, *, allow: str | None = None, close: bool = False) -> web.Response:
    response = web.Response(status=status, text=f"{_WORDS[status]}\n")
    if allow:
        response.headers[hdrs.ALLOW] = allow
    if close:
        response.force_close()
    return response
