"""POST /api/operator/...: for the page /operator. What travels is in `server.operator_messages`.

Who may look: whoever brings an operator's link, and the networks that may read /metrics; for anybody else
the path does not exist. Who may drain: whoever brings a link; an address proves too little for that. Every
request needs a header that no form and no other site can send, and an origin of ours
(docs/decisions/0017-operators-page.md).
"""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from server.http.origins import Origins
from server.http.peer_address import (
    Networks,
    came_through_unknown_proxy,
    is_within,
    peer_address,
    read_address,
)
from server.http.refusals import OPERATOR_UNDER, read_body
from server.operator_desk import OperatorDesk
from server.operator_messages import (
    AskDrain,
    OperatorAnswer,
    OperatorLook,
    OperatorRefusal,
    OperatorRefused,
)

HEADER: Final = "X-Lamplit-Operator"  # the link's ticket, or "-" without one
NO_TICKET: Final = "-"

_encoder: Final = msgspec.json.Encoder()

_AskT = TypeVar("_AskT", OperatorLook, AskDrain)


class OperatorApi:
    """Reads requests, asks the desk, writes answers."""

    def __init__(
        self,
        desk: OperatorDesk,
        is_ticket: Callable[[str], bool],
        origins: Origins,
        allowed: Networks,
        trusted_proxies: Networks,
    ) -> None:
        """Take the parts.

        Args:
            desk: answers.
            is_ticket: whether a text is an operator's ticket that is good now.
            origins: of the pages that may ask.
            allowed: networks that may look without a link.
            trusted_proxies: whose word about addresses is believed.
        """
        self._desk = desk
        self._is_ticket = is_ticket
        self._origins = origins
        self._allowed = allowed
        self._proxies = trusted_proxies

    def add_routes(self, app: web.Application) -> None:
        """Serve everything below /api/operator/."""
        app.router.add_post(f"{OPERATOR_UNDER}look", self._look)
        app.router.add_post(f"{OPERATOR_UNDER}preview", self._preview)
        app.router.add_post(f"{OPERATOR_UNDER}drain", self._drain)

    async def _look(self, request: web.Request) -> web.Response:
        has_link = self._let_in(request)
        await _read(request, OperatorLook)
        return _write(self._desk.look(may_drain=has_link))

    async def _preview(self, request: web.Request) -> web.Response:
        self._let_in(request)
        asked = await _read(request, AskDrain)
        return _write(self._desk.preview(asked.node))

    async def _drain(self, request: web.Request) -> web.Response:
        has_link = self._let_in(request)
        asked = await _read(request, AskDrain)
        if not has_link:
            return _write(OperatorRefused(code=OperatorRefusal.NEEDS_LINK))
        return _write(await self._desk.drain(asked.node))

    def _let_in(self, request: web.Request) -> bool:
        """Return whether the request brings a link.

        Raises:
            HTTPNotFound: neither a link nor the address lets it in.
            HTTPForbidden: another site's page asks.
        """
        ticket = request.headers.get(HEADER, "")
        if not ticket:
            raise web.HTTPNotFound
        has_link = ticket != NO_TICKET and self._is_ticket(ticket)
        if not has_link and not self._is_near(request):
            raise web.HTTPNotFound
        if not self._origins.is_allowed(request.headers.get("Origin", "")):
            raise web.HTTPForbidden
        return has_link

    def _is_near(self, request: web.Request) -> bool:
        address = read_address(peer_address(request, self._proxies))
        if address is None or came_through_unknown_proxy(request, self._proxies):
            return False
        return is_within(address, self._allowed)


async def _read(request: web.Request, kind: type[_AskT]) -> _AskT:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    body = await read_body(request)
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise web.HTTPBadRequest from None


def _write(answer: OperatorAnswer) -> web.Response:
    return web.Response(body=_encoder.encode(answer), content_type="application/json")
