"""What the library's reader of WebSocket frames lets pass and we do not, seen before it reads.

It takes frames without a mask, and messages of any number of pieces. A gate stands in front of it which looks
at the head of each frame (RFC 6455 section 5.2) and skips what is in it.
"""

from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import WebSocketError, WSCloseCode, web

PIECES_MAX: Final = 64  # of one message: browsers send one
FRAMES_AT_ONCE: Final = (
    1_000  # in one read from the kernel; more than any pace allows, however short they are
)

_FINAL: Final = 0x80
_CONTROL: Final = 0x08
_MASKED: Final = 0x80
_SIZE: Final = 0x7F
_SIZE_IN_16_BITS: Final = 126
_MASK_BYTES: Final = 4
_ONE_MASKED: Final = b"\x81\x81"  # the head of a final text of one masked byte
_ONE_MASKED_BYTES: Final = 7
_PONG: Final = ord("3")  # Engine.IO's


class Reader(Protocol):
    """What reads frames."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take bytes; say whether it was the end."""
        ...

    def feed_eof(self) -> None:
        """There are no more."""
        ...


class Queue(Protocol):
    """Where the reader puts messages."""

    def set_exception(self, exc: BaseException) -> None:
        """End with this, after what was put there before."""
        ...


class FrameGate:
    """Stands in front of one connection's reader.

    Attributes:
        hear_pong: takes an Engine.IO pong that came alone between two messages, which is what nearly all
            packets of a member are who only listens; False: it must go the way of everything else.
    """

    __slots__ = ("_is_shut", "_pieces", "_queue", "_reader", "_rest", "_skip", "hear_pong")

    def __init__(self, reader: Reader, queue: Queue) -> None:
        """Pass on to the reader; what is refused ends the queue."""
        self._reader = reader
        self._queue = queue
        self._skip = 0  # bytes to come of a frame whose head was seen
        self._rest = b""  # of a head that is not all there
        self._pieces = 0
        self._is_shut = False
        self.hear_pong: Callable[[], bool] | None = None

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Take bytes; frames before the first that is refused count."""
        if self._is_shut:
            return True, b""
        if len(data) == _ONE_MASKED_BYTES and self._is_pong(data) and self.hear_pong and self.hear_pong():
            return False, b""
        known = len(self._rest)
        refused = self._look(self._rest + data if known else data)
        if refused is None:
            return self._reader.feed_data(data)
        self._is_shut = True
        at, code = refused
        if at > known:
            self._reader.feed_data(data[: at - known])
        self._queue.set_exception(WebSocketError(code, "refused"))
        return True, b""

    def feed_eof(self) -> None:
        """Pass on that there is no more."""
        self._reader.feed_eof()

    def _is_pong(self, data: bytes) -> bool:
        """Whether this is one, whole, and where a message may begin."""
        return (
            data[:2] == _ONE_MASKED
            and data[2] ^ data[6] == _PONG
            and not (self._skip or self._rest or self._pieces)
        )

    def _look(self, seen: bytes) -> tuple[int, WSCloseCode] | None:
        """Walk over the heads; return where the first frame is that is refused, and why."""
        at, end, frames = self._skip, len(seen), 0
        while at + 2 <= end:
            first, second = seen[at], seen[at + 1]
            size, start = second & _SIZE, at + 2
            if size >= _SIZE_IN_16_BITS:
                start += 2 if size == _SIZE_IN_16_BITS else 8
                if start > end:
                    break
                size = int.from_bytes(seen[at + 2 : start], "big")
            if not second & _MASKED:
                return at, WSCloseCode.PROTOCOL_ERROR
            frames += 1
            if not first & _CONTROL:
                self._pieces = 0 if first & _FINAL else self._pieces + 1
            if self._pieces > PIECES_MAX or frames > FRAMES_AT_ONCE:
                return at, WSCloseCode.POLICY_VIOLATION
            at = start + _MASK_BYTES + size
        self._skip, self._rest = max(0, at - end), seen[at:]
        return None


def spoke_too_soon(request: web.Request) -> bool:
    """Whether frames came before the switch was answered (RFC 6455 section 4.1: that is waited for)."""
    return bool(request.protocol._message_tail)


def guard_frames(request: web.Request, ws: web.WebSocketResponse) -> FrameGate:
    """Put a gate in front of a WebSocket's reader; to be done before anything was read. Returns it."""
    protocol, queue = request.protocol, ws._reader
    reader = protocol._payload_parser
    if reader is None or queue is None:
        raise LookupError("no reader of frames where one was")
    gate = protocol._payload_parser = FrameGate(reader, queue)
    return gate
