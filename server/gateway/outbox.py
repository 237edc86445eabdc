"""What one connection has not sent yet: bounded, and with an answer to "what when full"."""

import asyncio
import os
from typing import Final

HARD_LIMIT_BYTES: Final = 1024 * 1024  # answers alone got this far: cut
SOFT_LIMIT_BYTES: Final = 256 * 1024  # no more facts: the reader must catch up from the log
LAG_MAX_MS: Final = 10_000

_NONE: Final = -1  # no descriptor: with TLS what is written is not what is sent


class Outbox:
    """Writes finished WebSocket frames straight to the transport.

    Without compression each write is whole frames, so nothing needs a queue or a task of ours;
    what the kernel does not take waits in the transport's buffer, whose size is the measure.
    While nothing waits there, a frame goes to the socket by one call of the kernel, past the transport: the
    order of bytes is the same, and the transport hears of errors with the next thing that it does itself.
    Frames that may wait for the next ones are gathered, for a write costs the same for ten as for one.
    """

    __slots__ = (
        "_descriptor",
        "_gathered",
        "_gathered_bytes",
        "_is_over",
        "_transport",
        "has_overflowed",
        "lagging_since_ms",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        """Take the connection's transport."""
        self._transport = transport
        socket = transport.get_extra_info("socket")
        is_plain = socket is not None and transport.get_extra_info("sslcontext") is None
        self._descriptor = socket.fileno() if is_plain else _NONE
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._is_over = False
        self.has_overflowed = False
        self.lagging_since_ms: float | None = None

    @property
    def unsent_bytes(self) -> int:
        """How much waits for the reader."""
        return self._transport.get_write_buffer_size() + self._gathered_bytes

    @property
    def is_lagging(self) -> bool:
        """Whether facts are being held back until the reader has caught up."""
        return self.lagging_since_ms is not None

    def send(self, frame: bytes, now_ms: float) -> bool:
        """Send a frame of facts. False means that this reader now misses facts and must resync.

        The way of nearly every frame is this short since it is walked for every member and every line:
        a list for each frame alone was a third of what this program itself spends on a line of chat.
        """
        if self._gathered:
            is_taken = self.gather(frame, now_ms)
            self.flush()
            return is_taken
        transport = self._transport
        if self.lagging_since_ms is not None or self._is_over or transport.is_closing():
            return False
        waiting_bytes = transport.get_write_buffer_size()
        if waiting_bytes > SOFT_LIMIT_BYTES:
            self.lagging_since_ms = now_ms
            return False
        if waiting_bytes:
            transport.write(frame)
        else:
            self._write_at_once(frame)
        return True

    def gather(self, frame: bytes, now_ms: float) -> bool:
        """Do the same with the next `flush`, or before whatever else is sent."""
        if self.lagging_since_ms is not None or self._is_over or self._transport.is_closing():
            return False
        if self.unsent_bytes > SOFT_LIMIT_BYTES:
            self.lagging_since_ms = now_ms
            return False
        self._gathered.append(frame)
        self._gathered_bytes += len(frame)
        return True

    def flush(self) -> None:
        """Send what was gathered, as one write."""
        if not self._gathered:
            return
        frames, self._gathered, self._gathered_bytes = self._gathered, [], 0
        if not self._transport.is_closing():
            self._write(frames[0] if len(frames) == 1 else b"".join(frames))

    def answer(self, frame: bytes) -> None:
        """Send a frame that the reader asked for. One who asks and never reads is cut."""
        if self._is_over or self._transport.is_closing():
            return
        if self._gathered:
            self._gathered.append(frame)
            self.flush()
        else:
            self._write(frame)
        if self._transport.get_write_buffer_size() > HARD_LIMIT_BYTES:
            self.has_overflowed = True
            self._transport.abort()

    def _write(self, frames: bytes) -> None:
        if self._transport.get_write_buffer_size():
            self._transport.write(frames)
        else:
            self._write_at_once(frames)

    def _write_at_once(self, frames: bytes) -> None:
        """Write while nothing waits in the transport and it is not closing: then the descriptor is its own.

        What the kernel does not take is the transport's, and so is an error: it meets the same one and ends.
        """
        if self._descriptor == _NONE:
            self._transport.write(frames)
            return
        try:
            taken_bytes = os.write(self._descriptor, frames)
        except OSError:  # full, or broken
            taken_bytes = 0
        if taken_bytes < len(frames):
            self._transport.write(frames[taken_bytes:])

    def stop(self) -> None:
        """Send nothing more: the goodbye is next, and nothing may follow it (RFC 6455 section 5.5.1)."""
        self.flush()
        self._is_over = True

    def has_drained(self) -> bool:
        """Whether a lagging reader has read everything; it then stops lagging."""
        if self.lagging_since_ms is None or self.unsent_bytes:
            return False
        self.lagging_since_ms = None
        return True

    def is_hopeless(self, now_ms: float) -> bool:
        """Whether the reader has lagged too long to be waited for."""
        return self.lagging_since_ms is not None and now_ms - self.lagging_since_ms > LAG_MAX_MS

    def cut(self) -> None:
        """Drop the connection without a word: the other side does not read."""
        self._transport.abort()
