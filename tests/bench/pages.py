"""Members without sound, as the load wants them: a Socket.IO connection that came in, then its socket."""

import asyncio
import socket
from typing import Final

import msgspec

from tests.bench.load import Kind, Load
from tests.bots.targets import Site
from tests.bots.websocket import WebSocket

OPEN_WITHIN_S: Final = 60.0
_FINAL_TEXT: Final = 0x81
_LONG: Final = 126


class JoinError(Exception):
    """The server did not let a page in."""


class Page:
    """One connection through OPEN, CONNECT and the `join` event. Made by `Page.open`."""

    def __init__(self, site: Site) -> None:
        self._socket = WebSocket(site, self._take, self._on_end)
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._is_in = False

    @classmethod
    async def open(cls, site: Site, room: str, name: str) -> "Page":
        """Come into a room.

        Raises:
            JoinError: if the server says anything but yes.
        """
        page = cls(site)
        async with asyncio.timeout(OPEN_WITHIN_S):
            await page._socket.open()
            await page._wait_for(b"0{")
            page._socket.send(b'40{"protocol":1}')
            await page._wait_for(b"40")
            message = {"room": room, "name": name, "invite": "", "device": ""}
            page._socket.send(b'420["join",' + msgspec.json.encode(message) + b"]")
            answer = await page._wait_for(b"430")
        if b'"joined"' not in answer[:400]:
            raise JoinError(answer[:200].decode(errors="replace"))
        page._is_in = True
        return page

    def give_away(self) -> socket.socket:
        """Stop reading; return a copy of the socket for who goes on.

        Raises:
            RuntimeError: while half a frame has been read.
        """
        transport = self._socket._transport
        if transport is None or self._socket._rest:
            raise RuntimeError("not between two frames")
        transport.pause_reading()
        return transport.get_extra_info("socket").dup()  # type: ignore[no-any-return]

    async def _wait_for(self, start: bytes) -> bytes:
        while not (frame := await self._frames.get()).startswith(start):
            if not frame:
                raise JoinError("the server closed the connection")
        return frame

    def _take(self, frame: bytes) -> None:
        if frame == b"2":
            self._socket.send(b"3")
        elif not self._is_in:
            self._frames.put_nowait(frame)

    def _on_end(self) -> None:
        self._frames.put_nowait(b"")


async def give_page(page: Page, load: Load) -> int:
    """Give a page to the load as soon as it is between two frames; return its number."""
    while True:
        try:
            sock = page.give_away()
        except RuntimeError:
            await asyncio.sleep(0)
        else:
            return load.add(sock, Kind.STREAM)


def frame_of(text: bytes) -> bytes:
    """A WebSocket frame with a mask of zeros, which leaves the text as it is (RFC 6455 section 5.3)."""
    size = len(text)
    head = bytes((_FINAL_TEXT, 0x80 | size)) if size < _LONG else bytes((_FINAL_TEXT, 0x80 | _LONG))
    return head + (b"" if size < _LONG else size.to_bytes(2, "big")) + bytes(4) + text
