"""The client's side of one WebSocket (RFC 6455): text both ways, no extensions, no tasks.

What arrives is handed on from the event loop's callback. A library's reader that is awaited costs several
times as much per message, and in a room of a thousand bots every arrival is a thousand messages.
"""

import asyncio
import base64
import hashlib
import secrets
import ssl
from collections.abc import Callable
from typing import Final

from tests.bots.targets import Site

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024  # a snapshot of the largest room has less

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_MAX_HEAD_BYTES: Final = 16 * 1024
_FINAL_TEXT: Final = 0x81
_CLOSE: Final = 0x88
_PING: Final = 0x89
_PONG: Final = 0x8A
_MASKED: Final = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # lengths that say how long the length is (RFC 6455 section 5.2)
_LONGEST_SHORT: Final = 0xFFFF


class HandshakeError(Exception):
    """The server did not switch to WebSocket; its text begins with the first line of the answer, if any."""

    @property
    def is_for_now(self) -> bool:
        """Whether the server may take this client a little later: status 503."""
        return " 503 " in f"{self} "


class FrameError(Exception):
    """A frame that this server has no reason to send."""


class WebSocket(asyncio.Protocol):
    """One connection.

    Attributes:
        ended: set when the connection is gone, for whatever reason.
    """

    def __init__(self, site: Site, on_text: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        """`on_text` gets each message, `on_end` is called once after a connection was made."""
        self.ended = asyncio.Event()
        self._site, self._on_text, self._on_end = site, on_text, on_end
        self._key = base64.b64encode(secrets.token_bytes(16)).decode("ascii")
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._is_open = False
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    async def open(self) -> None:
        """Connect and switch.

        Raises:
            HandshakeError: if the server answers anything else.
            OSError: if nobody answers.
        """
        context = None
        if (
            self._site.is_tls
        ):  # a certificate for development is signed by nobody; bots only talk to this machine
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._site.host, self._site.port, ssl=context)
        await self._open

    def send(self, text: bytes) -> None:
        """Send a text message; nothing if the connection is gone."""
        self._send_frame(_FINAL_TEXT, text)

    async def close(self) -> None:
        """Say goodbye (1000) and wait until the connection is gone."""
        self._send_frame(_CLOSE, (1000).to_bytes(2, "big"))
        await self.ended.wait()

    def abort(self) -> None:
        """Cut the line without a word."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the switch."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("not a stream")
        self._transport = transport
        lines = [
            f"GET {self._site.socket_path} HTTP/1.1",
            f"Host: {self._site.netloc}",
            f"Origin: {self._site.origin}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {self._key}",
        ]
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))

    def data_received(self, data: bytes) -> None:
        """Hand on every whole message."""
        chunk = self._rest + data if self._rest else data
        try:
            if not self._is_open:
                chunk = self._read_head(chunk)
            self._rest = self._read_frames(chunk) if self._is_open else chunk
        except FrameError:
            self.abort()
            raise

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody."""
        del exc
        if not self._open.done():
            self._open.set_exception(HandshakeError("the server closed the connection"))
        self.ended.set()
        self._on_end()

    def _read_head(self, chunk: bytes) -> bytes:
        """Read the answer to the handshake once it is there; return what follows it."""
        end = chunk.find(b"\r\n\r\n")
        if end < 0:
            if len(chunk) > _MAX_HEAD_BYTES:
                raise FrameError("an endless head")
            return chunk
        lines = chunk[:end].decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        proof = base64.b64encode(hashlib.sha1((self._key + _GUID).encode()).digest()).decode()  # noqa: S324
        if " 101 " not in lines[0] or headers.get("sec-websocket-accept") != proof:
            self._open.set_exception(HandshakeError(lines[0]))
            return b""
        self._is_open = True
        self._open.set_result(None)
        return chunk[end + 4 :]

    def _read_frames(self, chunk: bytes) -> bytes:
        at, end = 0, len(chunk)
        while end - at >= 2:
            size, start = chunk[at + 1], at + 2
            if size >= _TWO_BYTES:
                length_bytes = 2 if size == _TWO_BYTES else 8
                size, start = int.from_bytes(chunk[start : start + length_bytes], "big"), start + length_bytes
                if size > MAX_MESSAGE_BYTES:
                    raise FrameError("a message that is too long")
            if start > end or start + size > end:
                break
            kind, at = chunk[at], start + size
            if kind == _FINAL_TEXT:
                self._on_text(chunk[start:at])
            else:
                self._take_control(kind, chunk[start:at])
        return chunk[at:]

    def _take_control(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self._send_frame(_PONG, payload)
        elif kind == _CLOSE:
            self._send_frame(_CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()
        elif kind != _PONG:
            raise FrameError(f"a frame of kind {kind:#x}")

    def _send_frame(self, kind: int, payload: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        if size < _TWO_BYTES:
            head = bytes((kind, _MASKED | size))
        elif size <= _LONGEST_SHORT:
            head = bytes((kind, _MASKED | _TWO_BYTES)) + size.to_bytes(2, "big")
        else:
            head = bytes((kind, _MASKED | _EIGHT_BYTES)) + size.to_bytes(8, "big")
        mask = secrets.token_bytes(4)
        stretched = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")).to_bytes(size, "big")
        self._transport.write(head + mask + masked)
