"""A light Socket.IO v5 client over Engine.IO v4, WebSocket only: what a page's library sends, no more."""

import asyncio
import functools
import socket
from collections.abc import Callable
from typing import Final

import aiohttp
import msgspec

from rooms.refusals import Refusal
from signaling.from_browser import FromBrowser
from signaling.to_browser import EVENTS, Answer, ToBrowser
from tests.bots.targets import Site

PROTOCOL: Final = 1
ANSWER_WITHIN_S: Final = 20.0

_OPEN_WITHIN_S: Final = 20.0
_MAX_FRAME_BYTES: Final = 8 * 1024 * 1024  # a snapshot of the largest room has less
_FRAMES_REMEMBERED: Final = 64  # the same fact reaches all bots of a process in the same bytes


_ANSWER: Final = msgspec.json.Decoder(tuple[Answer])
_EVENT: Final = msgspec.json.Decoder(tuple[str, msgspec.Raw])
_PAYLOADS: Final = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}
_TO_JSON: Final = msgspec.json.Encoder()


class LinkError(Exception):
    """The connection could not be made, or ended while an answer was awaited."""


class ServerFault(Exception):  # noqa: N818 - the glossary's word
    """The server sent what the protocol does not have."""


class Link:
    """One connection.

    Attributes:
        ended: set when the connection is gone, for whatever reason.
    """

    def __init__(
        self, socket_: aiohttp.ClientWebSocketResponse, on_message: Callable[[ToBrowser | Refusal], None]
    ) -> None:
        self._socket = socket_
        self._on_message = on_message
        self._questions = 0
        self._awaited: dict[int, asyncio.Future[Answer]] = {}
        self.ended = asyncio.Event()

    @classmethod
    async def open(
        cls, session: aiohttp.ClientSession, site: Site, on_message: Callable[[ToBrowser | Refusal], None]
    ) -> "Link":
        """Open the WebSocket and go through OPEN and CONNECT.

        Raises:
            LinkError: if the server refuses, or says nothing for 20 s.
        """
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                socket_ = await session.ws_connect(
                    site.socket_url, origin=site.origin, max_msg_size=_MAX_FRAME_BYTES, compress=0
                )
                await _expect(socket_, "0{")
                await socket_.send_str(f'40{{"protocol":{PROTOCOL}}}')
                await _expect(socket_, "40")
        except aiohttp.ClientError as error:
            raise LinkError(f"no connection: {error}") from error
        except TimeoutError:
            raise LinkError("no connection: nothing came in time") from None
        return cls(socket_, on_message)

    async def run(self) -> None:
        """Read until the connection ends. Events and answers go to `on_message` in the order they came:
        an answer that holds the room must be taken before the facts that follow it.

        Raises:
            ServerFault: for anything that the protocol does not have.
        """
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    raise ServerFault("a frame that is not text")
                await self._take(message.data)
        finally:
            self.ended.set()
            for future in self._awaited.values():
                if not future.done():
                    future.set_exception(LinkError("the connection ended before the answer"))
                    future.exception()  # who asked may be gone, too
            self._awaited.clear()

    async def ask(self, name: str, message: FromBrowser) -> Answer:
        """Send an event and return its answer.

        Raises:
            LinkError: if the connection ends first, or the answer takes more than 20 s.
        """
        self._questions += 1
        number = self._questions
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._awaited[number] = future
        frame = f'42{number}["{name}",{_TO_JSON.encode(message).decode()}]'
        try:
            await self.send_raw(frame)
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await future
        except TimeoutError:
            raise LinkError(f"no answer to {name}") from None
        finally:
            self._awaited.pop(number, None)

    async def send_raw(self, frame: str) -> None:
        """Send a frame as it is, also one that no page would send.

        Raises:
            LinkError: if the connection is gone.
        """
        if self.ended.is_set():
            raise LinkError("the connection is gone")
        try:
            await self._socket.send_str(frame)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise LinkError("the connection is gone") from error

    async def close(self) -> None:
        """Say goodbye as a page does that is being closed."""
        if not self._socket.closed:
            await self._socket.close()

    def drop(self) -> None:
        """Cut the line without a word of WebSocket."""
        line = self._socket.get_extra_info("socket")
        if line is not None:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:  # it was cut from the other side
                return

    async def _take(self, frame: str) -> None:
        if frame == "2":
            await self._socket.send_str("3")
        elif frame.startswith("43"):
            number, answer = _read_answer(frame)
            self._on_message(answer)
            future = self._awaited.get(number)
            if future is not None and not future.done():
                future.set_result(answer)
        elif frame.startswith("42"):
            self._on_message(_read_event(frame))
        elif frame not in {"41", "1", "6"}:  # goodbyes of both layers, and a no-op
            raise ServerFault(f"a frame that starts with {frame[:2]!r}")


async def _expect(socket_: aiohttp.ClientWebSocketResponse, start: str) -> None:
    message = await socket_.receive()
    if message.type is not aiohttp.WSMsgType.TEXT or not message.data.startswith(start):
        await socket_.close()
        raise LinkError(f"the server did not say {start!r}")


def _read_answer(frame: str) -> tuple[int, Answer]:
    at = frame.find("[")
    try:
        return int(frame[2:at]), _ANSWER.decode(frame[at:])[0]
    except (ValueError, msgspec.MsgspecError) as error:
        raise ServerFault("an answer that the protocol does not have") from error


@functools.lru_cache(maxsize=_FRAMES_REMEMBERED)
def _read_event(frame: str) -> ToBrowser:
    try:
        name, payload = _EVENT.decode(frame[2:])
        return _PAYLOADS[name].decode(payload)
    except (KeyError, msgspec.MsgspecError) as error:
        raise ServerFault("an event that the protocol does not have") from error
