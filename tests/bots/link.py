"""A light Socket.IO v5 client over Engine.IO v4, WebSocket only: what a page's library sends, no more."""

import asyncio
import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from rooms.refusals import Refusal
from signaling.from_browser import FromBrowser
from signaling.to_browser import EVENTS, Answer, ToBrowser
from tests.bots.targets import Site
from tests.bots.websocket import HandshakeError, WebSocket

PROTOCOL: Final = 1
ANSWER_WITHIN_S: Final = 20.0
ELSEWHERE_WITHIN_S: Final = 2.0  # so long the node that was named has to answer

_OPEN_WITHIN_S: Final = 20.0
_OWN_STALL_S: Final = 0.5
_NOT_NOW_S, _NOT_NOW_TRIES = 0.5, 20
_FRAMES_REMEMBERED: Final = 64  # the same fact reaches all bots of a process in the same bytes

_ANSWER: Final = msgspec.json.Decoder(tuple[Answer])
_EVENT: Final = msgspec.json.Decoder(tuple[str, msgspec.Raw])
_PAYLOADS: Final = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}
_TO_JSON: Final = msgspec.json.Encoder()


class LinkError(Exception):
    """The connection could not be made, or ended while an answer was awaited."""


class NotNowError(LinkError):
    """The server takes no connection for now: it stops, or does not reach the rooms."""


class ServerFault(Exception):  # noqa: N818 - the glossary's word
    """The server sent what the protocol does not have."""


class Link:
    """One connection. Made by `Link.open`.

    Attributes:
        ended: set when the connection is gone, for whatever reason.
        fault: what the server did against the protocol; the connection ended for it.
    """

    def __init__(self, site: Site, on_message: Callable[[ToBrowser | Refusal], None]) -> None:
        self.ended = asyncio.Event()
        self.fault: ServerFault | None = None
        self._on_message = on_message
        self._socket = WebSocket(site, self._take, self._on_end)
        self._questions = 0
        self._auth = b""
        self._awaited: dict[int, asyncio.Future[Answer]] = {}
        self._is_connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._silence_s = 0.0
        self._watch: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls, site: Site, on_message: Callable[[ToBrowser | Refusal], None], *, roams: bool = False
    ) -> "Link":
        """Open the WebSocket and go through OPEN and CONNECT; say whether another node may be named.

        Events and answers go to `on_message` in the order they came, before who asked goes on: an answer
        that holds the room must be taken before the facts that follow it.

        Raises:
            NotNowError: if the server refuses it for now.
            LinkError: if it does for good, or says nothing for 20 s.
        """
        link = cls(site, on_message)
        link._auth = b"%d" % PROTOCOL + (b',"elsewhere":true' if roams else b"")
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                await link._socket.open()
                await link._is_connected
        except (HandshakeError, OSError) as error:  # a timeout is an OSError, too
            link.drop()
            is_for_now = isinstance(error, HandshakeError) and error.is_for_now
            kind = NotNowError if is_for_now else LinkError
            raise kind(f"no connection: {str(error) or 'nothing came in time'}") from error
        return link

    @classmethod
    async def open_in_time(
        cls, site: Site, on_message: Callable[[ToBrowser | Refusal], None], *, roams: bool = False
    ) -> "Link":
        """Open it like `open`, and again for 10 s while the server takes nobody: pages do so without an end.

        Raises:
            LinkError: if that did not work.
        """
        for _ in range(_NOT_NOW_TRIES):
            with suppress(NotNowError):
                return await cls.open(site, on_message, roams=roams)
            await asyncio.sleep(_NOT_NOW_S)
        return await cls.open(site, on_message, roams=roams)

    async def ask(self, name: str, message: FromBrowser) -> Answer:
        """Send an event and return its answer.

        Raises:
            LinkError: if the connection ends first, or the answer takes more than 20 s.
        """
        self._questions += 1
        number = self._questions
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._awaited[number] = future
        try:
            self.send_raw(b'42%d["%s",%s]' % (number, name.encode(), _TO_JSON.encode(message)))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await future
        except TimeoutError:
            raise LinkError(f"no answer to {name}") from None
        finally:
            self._awaited.pop(number, None)

    def send_raw(self, frame: bytes) -> None:
        """Send a frame as it is, also one that no page would send.

        Raises:
            LinkError: if the connection is gone.
        """
        if self.ended.is_set():
            raise LinkError("the connection is gone")
        self._socket.send(frame)

    async def close(self) -> None:
        """Say goodbye as a page does that is being closed."""
        if not self.ended.is_set():
            await self._socket.close()

    def drop(self) -> None:
        """Cut the line without a word."""
        self._socket.abort()

    def _take(self, frame: bytes) -> None:
        try:
            self._read(frame)
        except ServerFault as fault:
            self.fault = fault
            self.drop()

    def _read(self, frame: bytes) -> None:
        kind = frame[:2]
        if kind == b"42":
            self._on_message(_read_event(frame))
        elif frame == b"2":
            self.send_raw(b"3")
            self._watch_pings()
        elif kind == b"43":
            self._take_answer(frame)
        else:
            self._take_beginning(frame)

    def _watch_pings(self) -> None:
        """Drop a line that brings no pings any more, as Engine.IO's clients do."""
        if self._watch is not None:
            self._watch.cancel()
        if self._silence_s and not self.ended.is_set():
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(self._silence_s, self._on_silence, loop.time() + self._silence_s)

    def _on_silence(self, due_s: float) -> None:
        """Give the line up, unless it was this process that had no time: a ping may be waiting to be read."""
        if asyncio.get_running_loop().time() - due_s > _OWN_STALL_S:
            self._watch_pings()
        else:
            self.drop()

    def _take_beginning(self, frame: bytes) -> None:
        """What comes while the connection is made, and goodbyes."""
        kind = frame[:2]
        if kind == b"0{":
            hello = msgspec.json.decode(frame[1:], type=dict[str, object])
            self._silence_s = sum(float(str(hello[key])) for key in ("pingInterval", "pingTimeout")) / 1_000
            self._watch_pings()
            self.send_raw(b'40{"protocol":%b}' % self._auth)
        elif kind == b"40" and not self._is_connected.done():
            self._is_connected.set_result(None)
        elif kind == b"44":
            self._fail(LinkError("the server refused CONNECT"))
        elif kind not in {b"41", b"1", b"6"}:  # goodbyes of both layers, and a no-op
            raise ServerFault(f"a frame that starts with {kind!r}")

    def _take_answer(self, frame: bytes) -> None:
        at = frame.find(b"[")
        try:
            number, answer = int(frame[2:at]), _ANSWER.decode(frame[at:])[0]
        except (ValueError, msgspec.MsgspecError) as error:
            raise ServerFault("an answer that the protocol does not have") from error
        self._on_message(answer)
        future = self._awaited.get(number)
        if future is not None and not future.done():
            future.set_result(answer)

    def _on_end(self) -> None:
        self.ended.set()
        if self._watch is not None:
            self._watch.cancel()
        self._fail(LinkError("the connection ended before the answer"))

    def _fail(self, error: LinkError) -> None:
        _fail(self._is_connected, error)
        for future in self._awaited.values():
            _fail(future, error)
        self._awaited.clear()


async def open_elsewhere(old: Link, named: Site, came_by: Site) -> tuple[Link, Site]:
    """Change to the node that was named; where it does not answer soon, come back by the one that named it.

    Raises:
        LinkError: if that one does not answer either.
    """
    await old.close()
    try:
        async with asyncio.timeout(ELSEWHERE_WITHIN_S):
            return await Link.open(named, old._on_message), named
    except (LinkError, TimeoutError):
        return await Link.open(came_by, old._on_message), came_by


def _fail(future: asyncio.Future[None] | asyncio.Future[Answer], error: LinkError) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # who asked may be gone, too


@functools.lru_cache(maxsize=_FRAMES_REMEMBERED)
def _read_event(frame: bytes) -> ToBrowser:
    try:
        name, payload = _EVENT.decode(frame[2:])
        event: ToBrowser = _PAYLOADS[name].decode(payload)
    except (KeyError, msgspec.MsgspecError) as error:
        raise ServerFault("an event that the protocol does not have") from error
    return event
