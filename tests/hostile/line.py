"""One TCP connection whose every byte the test chooses, from an address of the test's own on loopback."""

import asyncio
import itertools
import json
import socket
import struct
from contextlib import suppress
from typing import Any, Final, Self

from tests.hostile.nine import STILL_HERE

WITHIN_S: Final = 30.0  # for what takes a few ms on a quiet machine
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

_FINAL: Final = 0x80
_MASKED: Final = 0x80
_SOCKET_PATH: Final = "/socket.io/?EIO=4&transport=websocket"
_numbers = itertools.count(1)
_hosts = itertools.count(2)


def other_address() -> str:
    """Return an address of loopback that nobody came from before: limits count each by itself."""
    number = next(_hosts)
    return f"127.7.{number // 250}.{number % 250 + 1}"


def frame(
    body: bytes | str, kind: int = TEXT, *, head: int = _FINAL, masked: bool = True, size: int = -1
) -> bytes:
    """Return one frame (RFC 6455 section 5.2), masked with zeros.

    Args:
        body: what is in it.
        kind: the opcode.
        head: FIN and the reserved bits, in the upper half of a byte.
        masked: False: as no client may.
        size: the length that it claims; -1: the true one.
    """
    content = body.encode() if isinstance(body, str) else body
    said = len(content) if size < 0 else size
    bit = _MASKED if masked else 0
    if said < 126:
        start = struct.pack("!BB", head | kind, bit | said)
    elif said < 1 << 16:
        start = struct.pack("!BBH", head | kind, bit | 126, said)
    else:
        start = struct.pack("!BBQ", head | kind, bit | 127, said)
    return start + (bytes(4) if masked else b"") + content


class Line:
    """A connection to the server. Made by `Line.open`, `Line.switched` or `Line.seated`.

    Attributes:
        source: the address that it comes from.
        close_code: of the server's close frame, once it came; 0 before.
        texts: what the server said so far, pings aside.
        ticket: of the seat.
        member_id: the seat's number.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: str, port: int
    ) -> None:
        self._reader, self._writer = reader, writer
        self._port = port
        self._asked = 0
        self._facts: list[Any] = []
        self.source = source
        self.close_code = 0
        self.texts: list[str] = []
        self.ticket = ""
        self.member_id = 0

    # -- HTTP

    @classmethod
    async def open(cls, port: int, source: str = "", *, receive_bytes: int = 0) -> Self:
        """Connect; with `receive_bytes` the kernel takes no more than about that for us."""
        source = source or other_address()
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_bytes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        line.setblocking(False)  # noqa: FBT003 - the library's signature
        line.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=line, limit=receive_bytes or 1 << 20)
        return cls(reader, writer, source, port)

    def send(self, *pieces: bytes) -> None:
        """Write bytes; nothing where the server has hung up."""
        if not self._writer.is_closing():
            self._writer.write(b"".join(pieces))

    async def drain(self) -> None:
        """Wait until the kernel has taken most of it."""
        with suppress(ConnectionError):
            await self._writer.drain()

    async def rest(self, within_s: float = WITHIN_S) -> bytes:
        """Read until the server hangs up.

        Raises:
            TimeoutError: it does not.
        """
        read = bytearray()
        async with asyncio.timeout(within_s):
            with suppress(ConnectionError):
                while piece := await self._reader.read(1 << 16):
                    read += piece
        return bytes(read)

    async def head(self, within_s: float = WITHIN_S) -> bytes:
        """Read one answer's head."""
        async with asyncio.timeout(within_s):
            return await self._reader.readuntil(b"\r\n\r\n")

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    @property
    def origin(self) -> str:
        """As a page of the server would send it."""
        return f"http://127.0.0.1:{self._port}"

    def switch_request(
        self, headers: str = "", *, origin: str | None = None, path: str = _SOCKET_PATH
    ) -> bytes:
        """Return a request for a WebSocket; `origin` "" leaves it out, None is the right one."""
        named = self.origin if origin is None else origin
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            *([f"Origin: {named}"] if named else []),
        ]
        return ("\r\n".join(lines) + f"\r\n{headers}\r\n").encode()

    # -- WebSocket

    @classmethod
    async def switched(
        cls, port: int, source: str = "", headers: str = "", *, receive_bytes: int = 0
    ) -> Self:
        """Connect and switch; nothing was said yet but the server's hello."""
        line = await cls.open(port, source, receive_bytes=receive_bytes)
        line.send(line.switch_request(headers))
        head = await line.head()
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert (await line.text()).startswith("0{")
        return line

    @classmethod
    async def connected(cls, port: int, source: str = "", *, receive_bytes: int = 0) -> Self:
        """Be a stranger after CONNECT."""
        line = await cls.switched(port, source, receive_bytes=receive_bytes)
        line.say('40{"protocol":1}')
        assert (await line.text()).startswith("40{")
        return line

    @classmethod
    async def seated(cls, port: int, source: str = "", *, receive_bytes: int = 0) -> Self:
        """Be a member, under a name that nobody had."""
        line = await cls.connected(port, source, receive_bytes=receive_bytes)
        answer = await line.ask("join", room="talk", name=f"Sam {next(_numbers)}")
        assert answer["type"] == "joined", answer
        return line

    @classmethod
    async def of(cls, who: str, port: int) -> Self:
        """Be a stranger after CONNECT, or a member."""
        return await (cls.seated(port) if who == "member" else cls.connected(port))

    def say(self, *texts: str) -> None:
        """Send text frames at once, as one run of bytes."""
        self.send(*map(frame, texts))

    async def frame_in(self) -> tuple[int, bytes] | None:
        """Read one frame of the server: the first byte, what is in it. None: it has hung up."""
        try:
            head = await self._reader.readexactly(2)
            size = head[1]
            if size >= 126:
                form = "!H" if size == 126 else "!Q"
                (size,) = struct.unpack(form, await self._reader.readexactly(struct.calcsize(form)))
            body = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return head[0], body

    async def text(self, within_s: float = WITHIN_S) -> str:
        """The next text, pings answered and left out; "" once the server has closed."""
        async with asyncio.timeout(within_s):
            while True:
                found = await self.frame_in()
                if found is None:
                    return ""
                first, body = found
                if first == _FINAL | CLOSE:
                    self.close_code = int.from_bytes(body[:2], "big")
                    self.send(frame(body[:2], CLOSE))
                elif self.close_code:
                    raise AssertionError(f"a frame after the close frame: {body[:40]!r}")
                elif body == b"2":
                    self.say("3")
                elif first == _FINAL | PONG:
                    continue
                else:
                    assert first == _FINAL | TEXT, first
                    self.texts.append(body.decode())
                    return self.texts[-1]

    async def pong(self, within_s: float = WITHIN_S) -> bytes | None:
        """What the next pong has in it, texts kept; None once the server has closed."""
        async with asyncio.timeout(within_s):
            while True:
                found = await self.frame_in()
                if found is None:
                    return None
                first, body = found
                if first == _FINAL | PONG:
                    return body
                if first == _FINAL | TEXT and body != b"2":
                    self.texts.append(body.decode())

    async def is_turned_away(self) -> bool:
        """Whether the server says that there are too many; else it answers our CONNECT."""
        self.say('40{"protocol":1}')
        text = await self.text()
        assert text.startswith(("40{", '44{"message":"too_many"}')), text
        return not text.startswith("40{")

    async def fact(self, kind: str) -> Any:  # noqa: ANN401 - JSON
        """The next fact of this kind that the room tells; the nine's own words are passed over."""
        while True:
            while not self._facts:
                text = await self.text()
                assert text, f"hung up before {kind}"
                if text.startswith('42["commits"'):
                    self._facts += [commit["fact"] for commit in json.loads(text[2:])[1]["commits"]]
            fact = self._facts.pop(0)
            if fact["type"] == kind and not str(fact.get("text", "")).startswith(STILL_HERE):
                return fact

    async def fact_of(self, kind: str, member_id: int) -> Any:  # noqa: ANN401 - JSON
        """The next fact of this kind that is about one member."""
        while True:
            fact = await self.fact(kind)
            if fact["member_id"] == member_id:
                return fact

    async def ping(self, within_s: float = WITHIN_S) -> None:
        """Wait for the next ping of Engine.IO, and leave it unanswered."""
        async with asyncio.timeout(within_s):
            while (found := await self.frame_in()) is not None:
                if found[1] == b"2":
                    return
        raise AssertionError("hung up before the ping")

    def stop_reading(self) -> None:
        """Take nothing more from the kernel."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined] # a stream is a reading transport

    async def end(self, within_s: float = WITHIN_S) -> str:
        """Read to the end. Returns the reason that the server gave, "" for none."""
        while await self.text(within_s):
            pass
        self.close()
        return self.reason

    @property
    def reason(self) -> str:
        """The reason that the server gave so far for the end, "" for none."""
        ended = [json.loads(text[2:])[1] for text in self.texts if text.startswith('42["ended"')]
        return str(ended[-1]["reason"]) if ended else ""

    @property
    def answers(self) -> list[tuple[int, Any]]:
        """The answers so far: ack id, answer."""
        found = [text[2:].partition("[") for text in self.texts if text.startswith("43")]
        return [(int(number), json.loads("[" + rest)[0]) for number, _, rest in found]

    async def ask(self, event: str, **payload: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask as a page does; return the answer."""
        return await self.ask_raw(json.dumps([event, payload]))

    async def ask_raw(self, event: str) -> Any:  # noqa: ANN401 - JSON
        """Ask with JSON as it is; return the answer."""
        self._asked += 1
        self.say(f"42{self._asked}{event}")
        return await self.answer(self._asked)

    async def answer(self, number: int) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to a question."""
        while text := await self.text():
            if text.startswith(f"43{number}["):
                answer = json.loads(text[len(f"43{number}") :])[0]
                if "ticket" in answer:
                    self.ticket, self.member_id = answer["ticket"], answer["member_id"]
                return answer
        raise AssertionError(f"hung up before the answer: {self.reason or self.close_code}")
