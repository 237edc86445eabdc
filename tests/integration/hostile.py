"""A room where somebody sends what nobody should, beside people who mind their own affairs."""

import asyncio
import json
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Literal, Self

from server.gateway.engine import FRAME_PACE
from tests.server.gateway.house import EDGE_S, ORIGIN, Browser, House

Who = Literal["stranger", "member"]
WHO: Final[tuple[Who, ...]] = ("stranger", "member")

COMINGS: Final = {"member_joined", "member_left", "member_stranded", "member_returned", "unseen"}
"""What others are told of somebody who is here, whatever that one sends."""


class Evening:
    """Maya and Jo talk; `hostile` brings somebody else."""

    def __init__(self) -> None:
        self.house = House()
        self._lines = 0
        self._hostile = 0

    async def __aenter__(self) -> Self:
        await self.house.__aenter__()
        self.maya = await self.house.member("Maya")
        self.jo = await self.house.member("Jo")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.house.__aexit__(kind, error, trace)

    async def hostile(self, who: Who) -> Browser:
        """Somebody after CONNECT: with a seat, or without."""
        if who == "stranger":
            return await self.house.browser()
        self._hostile += 1
        return await self.house.member(
            "Sam" + "x" * (self._hostile - 1)
        )  # the one before may still have a seat

    async def goes_on(self, also: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Maya is still here, was shown nothing but comings and goings (and `also`), and hears Jo.

        Returns the facts that Maya was shown.
        """
        self.house.clock.pass_ms(20_000)  # every pace is unused again
        self._lines += 1
        words = f"still here {self._lines}"
        assert (await self.jo.ask("post_chat", n=self._lines, text=words))["type"] == "accepted"
        shown: list[dict[str, Any]] = []
        while not any(fact.get("text") == words for fact in shown):
            shown += [commit["fact"] for commit in (await self.maya.event("commits"))["commits"]]
        own = {self.maya.member_id, self.jo.member_id}  # what Maya and Jo say themselves is no harm
        others = {fact["type"] for fact in shown if fact.get("member_id") not in own}
        assert others <= COMINGS | set(also), others
        assert {name for name, _ in self.maya.events} <= {"commits"}
        answer = await self.maya.ask("post_chat", n=self._lines, text=f"and I {self._lines}")
        assert answer["type"] == "accepted"
        assert self.house.gateway.counts()["bugs"] == 0
        return shown


async def send_all(browser: Browser, frames: Iterable[str | bytes]) -> None:
    """Send frames as they are; the server may hang up on the way."""
    with suppress(ConnectionError):
        for frame in frames:
            await (browser.ws.send_bytes(frame) if isinstance(frame, bytes) else browser.ws.send_str(frame))


async def rest_of(browser: Browser) -> list[str]:
    """Every text until the server closes."""
    texts: list[str] = []
    while text := await browser.text():
        texts.append(text)
    return texts


def reason_in(texts: Iterable[str]) -> str:
    """The reason that the server gave for the end, or ""."""
    ended = [json.loads(text[2:])[1] for text in texts if text.startswith('42["ended"')]
    return str(ended[-1]["reason"]) if ended else ""


class RawLine:
    """A client that is written by hand: one TCP connection whose bytes the test chooses."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, house: House, receive_bytes: int = 0) -> Self:
        """Shake hands. With `receive_bytes` the kernel takes no more than about that for us."""
        line = socket.socket()
        if receive_bytes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        line.setblocking(False)  # noqa: FBT003 - the name of the library's method says it
        port = house.server.port
        assert port is not None
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        limit = receive_bytes or 1 << 20
        reader, writer = await asyncio.open_connection(sock=line, limit=limit)
        raw = cls(reader, writer)
        writer.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nOrigin: " + ORIGIN.encode() + b"\r\n\r\n"
        )
        answer = await raw._reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer
        assert (await raw.text()).startswith("0{")
        return raw

    @staticmethod
    def frame(text: str) -> bytes:
        """One masked text frame (RFC 6455 section 5.2), the mask being zeros."""
        body = text.encode()
        if len(body) < 126:
            return struct.pack("!BB4x", 0x81, 0x80 | len(body)) + body
        return struct.pack("!BBH4x", 0x81, 0x80 | 126, len(body)) + body

    def send(self, *texts: str) -> None:
        """Write frames at once, as one run of bytes."""
        self.writer.write(b"".join(map(self.frame, texts)))

    async def text(self) -> str:
        """The next text, pings aside; "" for the end."""
        async with asyncio.timeout(EDGE_S):
            while True:
                try:
                    head = await self._reader.readexactly(2)
                    size = head[1]
                    if size >= 126:
                        form = "!H" if size == 126 else "!Q"
                        (size,) = struct.unpack(form, await self._reader.readexactly(struct.calcsize(form)))
                    body = await self._reader.readexactly(size)
                except (asyncio.IncompleteReadError, ConnectionError):
                    return ""
                if head[0] != 0x81:
                    return ""
                if body != b"2":
                    return body.decode()

    async def rest(self) -> bytes:
        """What comes until the server hangs up, as bytes."""
        async with asyncio.timeout(EDGE_S):
            return await self._reader.read()

    async def join(self, name: str) -> dict[str, Any]:
        """CONNECT, and take a seat."""
        self.send('40{"protocol":1}')
        assert (await self.text()).startswith("40{")
        self.send('420["join",' + json.dumps({"room": "talk", "name": name}) + "]")
        answer: dict[str, Any] = json.loads((await self.text())[3:])[0]
        assert answer["type"] == "joined"
        return answer

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


FRAMES_AT_ONCE: Final = FRAME_PACE.burst
