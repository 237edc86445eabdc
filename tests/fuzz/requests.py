"""What comes over HTTP: bodies, and the headers that are read by our own code."""

import asyncio
from base64 import b64encode
from contextlib import suppress
from datetime import date
from functools import cache
from ipaddress import ip_network
from typing import Final, NamedTuple, cast

import msgspec
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.account_ports import StoredPasskey
from server.accounts.group_messages import GROUP_ASKS, AddSeries, SkipDate
from server.accounts.group_rights import DeclinedError
from server.accounts.group_texts import read_alias, read_appeal, read_series, read_slug, read_words
from server.accounts.messages import (
    Ask,
    AskTicket,
    BeginEnrolment,
    FinishEnrolment,
    FinishPasskey,
    FinishSignIn,
    MadeCredential,
    Recover,
    RemovePasskey,
    SignOut,
    UsedCredential,
)
from server.accounts.passkeys import read_made, read_used
from server.http.host_api import HEADER, HostApi
from server.http.languages import best_language
from server.http.operator_api import _read as read_operators
from server.http.origins import Origins
from server.http.peer_address import network_of, peer_address, read_address
from server.operator_messages import AskDrain, OperatorLook
from server.schedule.series import hold_date, skip_date
from server.schedule.series import read_series as read_ical
from tests.fuzz.samples import sample_of
from tests.fuzz.target import JSON_WORDS, Target, run

ORIGIN: Final = "https://meet.example"

_ASKS: Final[tuple[type[Ask], ...]] = (
    BeginEnrolment,
    FinishEnrolment,
    Ask,
    FinishSignIn,
    Recover,
    FinishPasskey,
    RemovePasskey,
    AskTicket,
    SignOut,
    *GROUP_ASKS.values(),
)


@cache
def _api() -> HostApi:
    desk: object = None
    return HostApi(desk, desk, Origins([ORIGIN]), lambda _: "192.0.2.1")  # type: ignore[arg-type]


@cache
def _bare_request() -> web.Request:
    headers = {"Origin": ORIGIN, HEADER: "1", "Content-Type": "application/json"}
    return make_mocked_request("POST", "/api/host/me", headers=headers)


def _request(body: bytes) -> web.Request:
    """A request whose body is read already: to make a new one takes longer than to read its body."""
    request = _bare_request()
    request._read_bytes = body
    return request


async def _ask(kind: type[Ask], body: bytes) -> Ask | None:
    try:
        visit, asked = await _api()._read(_request(body), msgspec.json.Decoder(kind))
    except web.HTTPBadRequest:
        return None
    assert visit.origin == ORIGIN
    return asked


async def _ask_operators(body: bytes) -> None:
    with suppress(web.HTTPBadRequest):
        await read_operators(_request(body), OperatorLook)
    with suppress(web.HTTPBadRequest):
        await read_operators(_request(body), AskDrain)


def take_body(content: bytes) -> None:
    """A body is what its path wants, or a bad request; and what it says is taken or declined."""
    if not content:
        return
    kind, body = _ASKS[content[0] % len(_ASKS)], content[1:]
    run(_ask_operators(body))
    asked = run(_ask(kind, body))
    if asked is None:
        return
    assert type(asked) is kind
    _carry_out(asked)


def _carry_out(asked: Ask) -> None:
    """As far as it goes without a store."""
    match asked:
        case FinishEnrolment(credential=MadeCredential() as made, challenge=challenge):
            read_made(made, challenge, ORIGIN)
        case FinishPasskey(credential=MadeCredential() as made, challenge=challenge):
            read_made(made, challenge, ORIGIN)
        case FinishSignIn(credential=UsedCredential() as used, challenge=challenge):
            assert read_used(used, _PASSKEY, challenge, ORIGIN) is None, "nobody signed"
        case AddSeries():
            _try_series(asked)
        case SkipDate(date=text):
            _try_date(text)
        case _:
            _try_words(asked)


_PASSKEY: Final = StoredPasskey(b"id", "account", bytes(77), 0, "", "Phone", 0)


def _try_series(asked: AddSeries) -> None:
    try:
        planned = read_series(asked).planned("id@lamplit")
    except DeclinedError:
        return
    assert read_ical(planned.series.ical) == planned.series


def _try_date(text: str) -> None:
    try:
        day = date.fromisoformat(text)
        hold_date(skip_date(_ICAL, day), day)
    except (ValueError, OverflowError):
        return


def _try_words(asked: Ask) -> None:
    words = [value for value in msgspec.structs.astuple(asked) if isinstance(value, str)]
    for text in words:
        for read in (read_appeal, read_alias, read_slug, lambda text: read_words(text, text)):
            try:
                read(text)
            except DeclinedError:
                continue


def _series() -> AddSeries:
    return AddSeries(
        group="dawn",
        room="dawn",
        days=("MO", "WE"),
        at="19:30",
        minutes=60,
        zone="Europe/Berlin",
        doors=10,
        fellowship=10,
    )


_ICAL: Final = read_series(_series()).planned("id@lamplit").series.ical
_CHALLENGE: Final = b64encode(bytes(32)).decode()
_BODY_SEEDS: Final = (
    *(bytes((number,)) + sample_of(kind) for number, kind in enumerate(_ASKS)),
    *(bytes((number,)) + sample_of(kind, full=True) for number, kind in enumerate(_ASKS)),
    bytes((_ASKS.index(AddSeries),)) + msgspec.json.encode(_series()),
    b'\0{"node":"n-1"}',
    b"\0\xff\xfe[]",
)


# --- headers that we read ourselves ---------------------------------------------------------------------


def take_headers(content: bytes) -> None:
    """Whatever headers say, a request counts for one address, and is answered in a language that there is."""
    text = content.decode("latin-1").replace("\r", "").replace("\n", "").replace("\0", "")
    request = _Proxied(CIMultiDict({"X-Forwarded-For": text}), _Transport())
    address = peer_address(cast("web.Request", request), (ip_network("127.0.0.0/8"),))
    assert read_address(address) is not None
    assert 1 <= len(network_of(address)) <= 8
    assert 1 <= len(network_of(text)) <= 8
    assert len(best_language(text)) in {2, 5}
    Origins([ORIGIN]).is_allowed(text)


class _Proxied(NamedTuple):
    """As much of a request as its address is read from."""

    headers: CIMultiDict[str]
    transport: asyncio.Transport


class _Transport(asyncio.Transport):
    """A connection from a trusted proxy."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 9) if name == "peername" else default


_HEADER_SEEDS: Final = (
    b"192.0.2.1, 127.0.0.1",
    b"[2001:db8::1]:443, ::ffff:127.0.0.1",
    b"unknown, _hidden, 192.0.2.1:80",
    b"fe80::1%eth0",
    b"de-CH, de;q=0.9, en;q=0.8, *;q=0.5",
    b"es-MX,es;q=0.999,x;q=2",
    b"https://meet.example",
    b"https://meet.example.:443/",
    b"null",
)

TARGETS: Final = (
    Target(
        "http_body",
        take_body,
        _BODY_SEEDS,
        (
            "server.http.host_api:HostApi._read",
            "server.accounts.passkeys:read_",
            "server.accounts.group_texts",
            "server.schedule.setting",
        ),
        (
            _CHALLENGE.encode(),
            b'"2026-11-23"',
            b'"Europe/Berlin"',
            b'"../../etc/passwd"',
            b'"MO"',
            b'"24:00"',
            *JSON_WORDS,
        ),
    ),
    Target(
        "http_headers",
        take_headers,
        _HEADER_SEEDS,
        (
            "server.http.peer_address:peer_address,network_of,read_address,_read_entry,is_within",
            "server.http.languages:best_language",
        ),
        (b",", b":", b"[", b"]", b"%", b"::ffff:", b"127.0.0.1", b";q=", b"1" * 400, b"0x7f.1", b"\xff"),
    ),
)
