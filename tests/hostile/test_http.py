"""BH1 to BH9, BH13 and BH19: requests that no browser sends. One refusal each, and the connection ends."""

import asyncio
import gzip
import re
from collections.abc import Iterable
from typing import Final

import pytest

from tests.hostile.beside import Beside
from tests.hostile.line import Line

HOST: Final = b"Host: x\r\n"
ASK: Final = "/api/host/sign_in/begin"


def get(headers: bytes = b"", target: bytes = b"/", *, host: bytes = HOST) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + host + headers + b"\r\n"


def post(headers: bytes = b"", body: bytes = b"", target: bytes = b"/") -> bytes:
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n" + body


def chunked(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked\r\n", body)


BROKEN: Final[dict[str, list[bytes]]] = {
    "BH1": [
        get(target=b"/" + b"a" * 65_536),
        get(b"".join(b"X-%d: 1\r\n" % number for number in range(200))),
        get(b"X-Long: " + b"a" * 65_536 + b"\r\n"),
        get(b"X-Long: a\r\n " + b"a" * 65_536 + b"\r\n"),
        get(b"a" * 65_536 + b": x\r\n"),
    ],
    "BH2": [
        get(b"Content-Length: " + length + b"\r\n") + b"hello"
        for length in (
            b"-1",
            b"+5",
            b"5, 6",
            b"5\r\nContent-Length: 6",
            b"0x5",
            b"5_0",
            b"",
            b"\xb2",
            b"9" * 40,
        )
    ]
    + [
        post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
        post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    ],
    "BH3": [
        chunked(b"zz\r\n\r\n"),
        chunked(b"-5\r\nhello\r\n0\r\n\r\n"),
        chunked(b"5;" + b"a=b;" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"),
        chunked(b"ffffffffffffffffff\r\n"),
        chunked(b"5\nhello\n0\n\n"),
        chunked(b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        chunked(b"5\r\nhelloGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        post(b"Content-Length: 3\r\n", b"abcGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
        get(b"X: a\nGET /healthz HTTP/1.1\r\nHost: x\r\n"),
        get(b"X : a\r\n"),
        get(b" X: a\r\n"),
        get(b"X: a\0b\r\n"),
        get(b"X: a\rb\r\n"),
    ],
    "BH8": [
        get(host=b""),
        get(host=b"Host: x\r\nHost: y\r\n"),
        get(host=b"Host: x\r\nhost: x\r\n"),
        get(host=b"Host: a b\r\n"),
        get(host=b"Host: x/../y\r\n"),
    ],
    "BH19": [
        get(b"Content-Length: 3\r\n") + b"abc",
        get(b"Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n" * 500 + b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n",
    ],
}


STATUS: Final = re.compile(rb"^HTTP/\d\.\d (\d{3}) ", re.MULTILINE)


async def answers_to(beside: Beside, requests: Iterable[bytes]) -> list[bytes]:
    """Send each on a connection of its own; return what came back until the server hung up."""
    answers = []
    for request in requests:
        line = await Line.open(beside.port)
        line.send(request)
        answers.append(await line.rest())
        line.close()
    return answers


@pytest.mark.parametrize("entry", BROKEN)
async def test_broken_requests_get_one_refusal_and_the_door(beside: Beside, entry: str) -> None:
    async with beside.trial(entry, "stranger") as trial:
        answers = await answers_to(beside, BROKEN[entry])
        for request, answer in zip(BROKEN[entry], answers, strict=True):
            assert STATUS.findall(answer) == [b"400"], (request[:80], answer)
            assert b"alive" not in answer
            assert b"nosniff" in answer
            assert b"aiohttp" not in answer
            assert not re.search(rb"aaaa|hello|healthz", answer)  # nothing of what was sent
        await trial.counted("http_refused", "400", at_least=len(answers))


def ask(body: bytes, target: str, origin: str, more: str = "", *, kind: str = "application/json") -> bytes:
    """A question as the pages of hosts and operators send it, the connection to be closed after it."""
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: x",
        f"Origin: {origin}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "X-Lamplit-Host: 1",
        "X-Lamplit-Operator: -",
        "Connection: close",
    ]
    return ("\r\n".join(lines) + f"\r\n{more}\r\n").encode() + body


LOOK: Final = "/api/operator/look"
LEAVE: Final = "/api/leave"
BODIES_AT: Final = (ASK, "/api/host/sign_in/finish", "/api/host/group/change", LOOK, "/api/operator/preview")


async def statuses(beside: Beside, requests: Iterable[bytes]) -> list[str]:
    """The status of each one's only answer."""
    found = []
    for answer in await answers_to(beside, requests):
        (status,) = STATUS.findall(answer)
        found.append(status.decode())
    return found


async def test_bh5_a_body_that_is_too_much_is_not_read(beside: Beside) -> None:
    bomb = gzip.compress(bytes(1 << 20))
    origin = f"http://127.0.0.1:{beside.port}"
    for entry_status, pick in (
        ("413", [ask(b"[" + b" " * 10_000_000 + b"]", target, origin) for target in (ASK, LOOK, LEAVE, "/")]),
        ("413", [ask(b"x" * 16_385, target, origin) for target in (ASK, LOOK)]),
        ("413", [ask(b"x" * 4_097, LEAVE, origin)]),
        ("400", [ask(bomb, target, origin, "Content-Encoding: gzip\r\n") for target in (ASK, LOOK)]),
        ("415", [ask(b"{}", target, origin, kind=kind) for target in (ASK, LOOK) for kind in FORMS]),
    ):
        async with beside.trial("BH5", "stranger", entry_status) as trial:
            assert set(await statuses(beside, pick)) == {entry_status}
            await trial.counted("http_refused", entry_status, at_least=len(pick))


async def test_bh4_who_hangs_up_within_a_body_is_no_mistake_of_ours(beside: Beside) -> None:
    origin = f"http://127.0.0.1:{beside.port}"
    targets = (ASK, LOOK, LEAVE, "/", "/socket.io/")
    async with beside.trial("BH4", "stranger", "hung up") as trial:
        for target in targets:
            line = await Line.open(beside.port)
            line.send(ask(b"x" * 100, target, origin)[:-50])
            await beside.counts()  # the server has read it meanwhile: it takes what comes in turn
            line.close()
        await trial.counted("http_refused", "400", at_least=len(targets))


@pytest.mark.long
async def test_bh4_who_stalls_is_not_waited_for(beside: Beside) -> None:
    origin = f"http://127.0.0.1:{beside.port}"
    begun = [
        *(ask(b"x" * 100, target, origin)[:-50] for target in (ASK, LOOK, LEAVE, "/")),
        b"",
        b"GET / HT",
        get()[:-2],
        get() + b"GET /healthz HTTP/1.1\r\nHost",
    ]
    async with beside.trial("BH4", "stranger", "stalled"):
        lines = [await Line.open(beside.port) for _ in begun]
        for line, sent in zip(lines, begun, strict=True):
            line.send(sent)
        for _ in range(4):  # some go on, by one byte each time
            await asyncio.sleep(2)
            lines[5].send(b"x")
            lines[6].send(b"x")
        await asyncio.gather(*(line.rest(4) for line in lines))
        for line in lines:
            line.close()


FORMS: Final = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "application/xml",
)
DEEP: Final = 8_000
BAD_JSON: Final = (
    b"[" * DEEP + b"]" * DEEP,
    b'{"x":' * 2_500 + b"1" + b"}" * 2_500,
    b'{"node":' + b"[" * DEEP + b"]" * DEEP + b"}",
    b"{" + b",".join(b'"%d":0' % number for number in range(1_500)) + b"}",
    b"\xef\xbb\xbf{}",
    b'{"node":"\xff\xfe"}',
    b'{"node":"\\ud800"}',
    b'{"node":"\\udfff\\ud800"}',
    b'{"node":NaN}',
    b'{"node":1e999}',
    b'{"node":' + b"9" * 10_000 + b"}",
    b'{"node":"\x00"}',
    b"{}{}",
    b"null",
    b"",
    b" ",
)


@pytest.mark.parametrize("target", BODIES_AT)
async def test_bh6_json_that_is_none_or_too_deep_is_refused_at_once(beside: Beside, target: str) -> None:
    origin = f"http://127.0.0.1:{beside.port}"
    async with beside.trial("BH6", "stranger", target.rpartition("/")[2]) as trial:
        found = await statuses(beside, (ask(body, target, origin) for body in BAD_JSON))
        assert set(found) == {"400"}, dict(zip((body[:20] for body in BAD_JSON), found, strict=True))
        await trial.counted("http_refused", "400", at_least=len(BAD_JSON))


async def test_bh6_of_a_key_that_comes_twice_one_counts(beside: Beside) -> None:
    async with beside.trial("BH6", "stranger", "doubled keys"):
        body = b'{"node":"a","node":"b"}'
        request = ask(body, "/api/operator/preview", f"http://127.0.0.1:{beside.port}")
        assert await statuses(beside, [request]) == ["200"]


OUTSIDE: Final = (
    "/../../../etc/passwd",
    "/..%2f..%2f..%2fetc/passwd",
    "/assets/..%2f..%2fpyproject.toml",
    "/assets/../../pyproject.toml",
    "/%2e%2e/%2e%2e/pyproject.toml",
    "/%252e%252e%252fpyproject.toml",
    "/..%5c..%5cpyproject.toml",
    "/assets/%c0%ae%c0%ae/pyproject.toml",
    "/%00",
    "/index.html%00.css",
    "/assets%2findex.css",
    "/.env",
    "/.git/config",
    "//etc/passwd",
    "/file:///etc/passwd",
    "/m/..%2f..%2fetc",
    "/m/%00",
    "/schedule/..%2ftalk.ics",
)


async def test_bh7_no_spelling_of_a_path_leads_out(beside: Beside) -> None:
    async with beside.trial("BH7", "stranger") as trial:
        requests = [get(b"Connection: close\r\n", target.encode()) for target in OUTSIDE]
        found = await statuses(beside, requests)
        assert found == ["404"] * len(OUTSIDE), dict(zip(OUTSIDE, found, strict=True))
        await trial.counted("http_refused", "404", at_least=len(OUTSIDE))


async def test_bh8_nothing_is_built_from_a_foreign_host(beside: Beside) -> None:
    """Pages are the same for everybody, and what may be done goes by the origin: see BH10."""
    close = b"Connection: close\r\n"
    async with beside.trial("BH8", "stranger", "foreign"):
        requests = [
            get(close, host=b"Host: evil.example\r\n"),
            get(close + b"X-Forwarded-Host: evil.example\r\n"),
            get(close, b"http://evil.example/"),
            get(close, b"/schedule", host=b"Host: evil.example\r\n"),
            get(close, b"/schedule.ics", host=b"Host: evil.example\r\n"),
        ]
        for answer in await answers_to(beside, requests):
            assert len(STATUS.findall(answer)) == 1
            assert b"evil" not in answer


FORWARDED: Final = (
    b"X-Forwarded-For: 127.0.0.1\r\n",
    b"X-Forwarded-For: 127.0.0.1, 127.0.0.1\r\n",
    b"Forwarded: for=127.0.0.1;host=127.0.0.1;proto=https\r\n",
    b"X-Real-IP: 127.0.0.1\r\n",
    b"Via: 1.1 x\r\n",
)


async def test_bh9_who_says_to_be_somebody_else_is_not_believed(beside: Beside) -> None:
    """A proxy that nobody named: its peers see no counts, though they come from where counts are shown."""
    async with beside.trial("BH9", "stranger") as trial:
        close = b"Connection: close\r\n"
        requests = [get(close + header, b"/metrics") for header in FORWARDED]
        assert set(await statuses(beside, requests)) == {"404"}
        assert await statuses(beside, [get(close, b"/metrics")]) == ["200"]
        await trial.counted("http_refused", "404", at_least=len(requests))


async def test_bh13_no_other_site_and_no_form_asks_for_a_host(beside: Beside) -> None:
    origin = f"http://127.0.0.1:{beside.port}"
    forms = [ask(b"a=b", target, origin, kind=kind) for target in (ASK, LOOK) for kind in FORMS]
    foreign = ["https://evil.example", "null", "", origin.upper(), origin + ".evil.example", origin + "/"]
    elsewhere = [ask(b"{}", target, named) for target in (ASK, LOOK, LEAVE) for named in foreign]
    bare = [ask(b"{}", target, origin).replace(b"X-Lamplit", b"X-Other") for target in (ASK, LOOK)]
    async with beside.trial("BH13", "stranger") as trial:
        assert set(await statuses(beside, forms)) == {"415"}
        assert set(await statuses(beside, elsewhere)) == {"403"}
        assert await statuses(beside, bare) == ["403", "404"]
        await trial.counted("http_refused", "403", at_least=len(elsewhere) + 1)
        await trial.counted("http_refused", "415", at_least=len(forms))


async def test_bh19_methods_that_nobody_needs(beside: Beside) -> None:
    async with beside.trial("BH19", "stranger", "methods") as trial:
        asked = [
            b"TRACE /",
            b"DELETE /",
            b"PUT /api/rooms",
            b"CONNECT example.org:443",
            b"OPTIONS *",
            b"BREW /",
        ]
        requests = [method + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n" for method in asked]
        assert await statuses(beside, requests) == ["405", "405", "405", "404", "404", "400"]
        await trial.counted("http_refused", "405", at_least=3)
