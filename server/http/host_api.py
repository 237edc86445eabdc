"""POST /api/host/...: hosts' accounts and groups, for the page /host.

What travels is in `server.accounts.messages` and `server.accounts.group_messages`.

A session is a cookie that no script can read and no other site can send. Besides, every request needs an
origin of ours and a header that a form cannot send, so that nobody is led to ask for anything unknowingly.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from aiohttp import web

from server.account_ports import SESSION_HOURS
from server.accounts.group_desk import GroupDesk
from server.accounts.group_messages import GROUP_ASKS
from server.accounts.host_desk import HostDesk, Opened, Visit
from server.accounts.messages import (
    Answer,
    Ask,
    AskTicket,
    BeginEnrolment,
    FinishEnrolment,
    FinishPasskey,
    FinishSignIn,
    HostRefusal,
    Recover,
    Refused,
    RemovePasskey,
    SignOut,
)
from server.http.origins import Origins
from server.http.peer_address import network_of
from server.http.refusals import BODIES_UNDER, read_body
from server.logs import log_for
from server.ports import StoreError

HEADER: Final = "X-Lamplit-Host"  # with any text: other sites cannot send it without being asked first
COOKIE: Final = "__Host-lamplit"  # RFC 6265bis section 4.1.3: this host alone, over TLS alone
COOKIE_WITHOUT_TLS: Final = "lamplit-local"  # on this machine, where browsers allow passkeys without TLS

_SESSION_S: Final = SESSION_HOURS * 3_600

_log = log_for("accounts")
_encoder: Final = msgspec.json.Encoder()

AskT = TypeVar("AskT", bound=Ask)
_Answered = Answer | Opened


class HostApi:
    """Reads requests, asks the desk, writes answers and cookies."""

    def __init__(
        self,
        desk: HostDesk,
        groups: GroupDesk,
        origins: Origins,
        address_of: Callable[[web.Request], str],
    ) -> None:
        """Take the parts.

        Args:
            desk: what answers about accounts.
            groups: what answers about groups.
            origins: of the pages that may ask.
            address_of: whose address a request counts for.
        """
        self._desk = desk
        self._groups = groups
        self._origins = origins
        self._address_of = address_of

    def add_routes(self, app: web.Application) -> None:
        """Serve everything below /api/host/."""
        desk = self._desk
        self._add(app, "enrol/begin", BeginEnrolment, desk.begin_enrolment)
        self._add(app, "enrol/finish", FinishEnrolment, desk.finish_enrolment)
        self._add(app, "sign_in/begin", Ask, self._begin_sign_in)
        self._add(app, "sign_in/finish", FinishSignIn, desk.finish_sign_in)
        self._add(app, "recover", Recover, desk.recover)
        self._add_own(app, "me", Ask, lambda _visit, whose, _asked: desk.me(whose))
        self._add_own(app, "codes", Ask, lambda visit, whose, _asked: desk.renew_codes(visit, whose))
        self._add_own(app, "passkeys/begin", Ask, lambda visit, whose, _: desk.begin_passkey(visit, whose))
        self._add_own(app, "passkeys/finish", FinishPasskey, desk.finish_passkey)
        self._add_own(app, "passkeys/remove", RemovePasskey, lambda _, *given: desk.remove_passkey(*given))
        self._add_own(app, "ticket", AskTicket, lambda _visit, whose, asked: desk.ticket(whose, asked))
        for path, kind in GROUP_ASKS.items():
            self._add_own(app, path, kind, self._groups.answer)
        app.router.add_post(f"{BODIES_UNDER}sign_out", self._sign_out)

    async def _begin_sign_in(self, visit: Visit, _asked: Ask) -> Answer:
        return self._desk.begin_sign_in(visit)

    def _add(
        self,
        app: web.Application,
        path: str,
        kind: type[AskT],
        answer: Callable[[Visit, AskT], Awaitable[_Answered]],
    ) -> None:
        """Serve what anybody may ask."""
        decoder = msgspec.json.Decoder(kind)

        async def serve(request: web.Request) -> web.Response:
            visit, asked = await self._read(request, decoder)
            return await self._write(visit, answer(visit, asked))

        app.router.add_post(f"{BODIES_UNDER}{path}", serve)

    def _add_own(
        self,
        app: web.Application,
        path: str,
        kind: type[AskT],
        answer: Callable[[Visit, str, AskT], Awaitable[_Answered]],
    ) -> None:
        """Serve what needs a session."""
        decoder = msgspec.json.Decoder(kind)

        async def serve(request: web.Request) -> web.Response:
            visit, asked = await self._read(request, decoder)

            async def answered() -> _Answered:
                account_id = await self._desk.account_of(_session(request, visit))
                if account_id is None:
                    return Refused(code=HostRefusal.NOT_SIGNED_IN)
                return await answer(visit, account_id, asked)

            return await self._write(visit, answered())

        app.router.add_post(f"{BODIES_UNDER}{path}", serve)

    async def _sign_out(self, request: web.Request) -> web.Response:
        visit, asked = await self._read(request, msgspec.json.Decoder(SignOut))
        session = _session(request, visit)

        async def answered() -> _Answered:
            account_id = await self._desk.account_of(session)
            if account_id is None:
                return Refused(code=HostRefusal.NOT_SIGNED_IN)
            return await self._desk.sign_out(session, account_id, everywhere=asked.everywhere)

        response = await self._write(visit, answered())
        _set_cookie(response, visit, "")
        return response

    async def _read(self, request: web.Request, decoder: msgspec.json.Decoder[AskT]) -> tuple[Visit, AskT]:
        """Return who asks what.

        Raises:
            HTTPForbidden: it comes from elsewhere.
            HTTPBadRequest: it is none of the shapes that we know.
        """
        origin = request.headers.get("Origin", "")
        if not self._origins.is_allowed(origin) or HEADER not in request.headers:
            raise web.HTTPForbidden
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        body = await read_body(request)
        try:
            asked = decoder.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise web.HTTPBadRequest from None
        return Visit(origin, network_of(self._address_of(request))), asked

    async def _write(self, visit: Visit, coming: Awaitable[_Answered]) -> web.Response:
        try:
            answered = await coming
        except StoreError as error:
            _log.error("accounts_unreachable", exc_info=error)
            answered = Refused(code=HostRefusal.STORE_AWAY)
        answer = answered.answer if isinstance(answered, Opened) else answered
        response = web.Response(body=_encoder.encode(answer), content_type="application/json")
        if isinstance(answered, Opened):
            _set_cookie(response, visit, answered.session)
        return response


def _is_tls(visit: Visit) -> bool:
    return visit.origin.startswith("https:")


def _session(request: web.Request, visit: Visit) -> str:
    """Return the session's secret; over TLS only from the cookie that nobody else can have set."""
    return request.cookies.get(COOKIE if _is_tls(visit) else COOKIE_WITHOUT_TLS, "")


def _set_cookie(response: web.Response, visit: Visit, session: str) -> None:
    """Give the browser its session; an empty one takes it away."""
    is_tls = _is_tls(visit)
    response.set_cookie(
        COOKIE if is_tls else COOKIE_WITHOUT_TLS,
        session,
        max_age=_SESSION_S if session else 0,
        path="/",
        secure=is_tls,
        httponly=True,
        samesite="Strict",
    )
