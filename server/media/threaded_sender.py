"""Sending in threads: sendmmsg gives up the interpreter's lock, so the loop goes on meanwhile."""

import socket
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple

from rooms.voice.slot import Forward
from server.media.copies import DATAGRAM_MAX_BYTES, Copies
from server.media.kernel_lists import ROWS, Posted
from server.media.listener import Listener, Span, lose_rows
from server.media.send_call import SendCall
from server.media.senders import MmsgSender

BATCHES_IN_FLIGHT: Final = 32
"""ROWS copies so many times wait for one thread at most: 40 ms of sending. More are dropped, not kept."""

ROWS_FOR_A_THREAD: Final = 64
"""Fewer are sent sooner than a thread is woken."""


class _Batch(NamedTuple):
    """Copies on their way through a thread."""

    posted: Posted
    spans: list[Span]
    listeners: Sequence[Listener]
    forward: Forward


class _Lane:
    """One thread that sends, and the bounded memory in which copies wait for it."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self._free: Final[deque[Posted]] = deque()
        self._made = 0
        self._family: Final = sock.family
        self.refused: Final[deque[tuple[list[int], _Batch]]] = deque()
        self._work: Final[SimpleQueue[_Batch | None]] = SimpleQueue()
        self._call: Final = SendCall(sock)
        self._thread: Final = Thread(target=self._run, name=f"send-{number}")
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way."""
        return len(self._free) == self._made

    def send(
        self, copies: Copies, spans: list[Span], listeners: Sequence[Listener], forward: Forward
    ) -> bool:
        """Hand over copies; False when too many wait."""
        posted = self._take()
        if posted is None:
            return False
        posted.copy(copies.posted, len(listeners))
        self._work.put(_Batch(posted, spans, listeners[:], forward))
        return True

    def close(self) -> None:
        """Send what waits, then end."""
        self._work.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._work.get()) is not None:
            refused = self._call.send(batch.posted, batch.spans)
            if refused:
                self.refused.append((refused, batch))
            self._free.append(batch.posted)

    def _take(self) -> Posted | None:
        """Memory that nothing uses; None when there is none and no more may be made."""
        if self._free:
            return self._free.pop()
        if self._made == BATCHES_IN_FLIGHT:
            return None
        self._made += 1
        return Posted(self._family, bytearray(ROWS * DATAGRAM_MAX_BYTES))


class ThreadedSender:
    """Copies by sendmmsg from other threads, while the loop goes on: so a process uses more than one core.

    What few rows there are is sent at once, if nothing of the same turn is on its way.
    """

    def __init__(self, sock: socket.socket, threads: int) -> None:
        self._lanes: Final = tuple(_Lane(sock, number) for number in range(threads))
        self._at_once: Final = MmsgSender(sock)
        self.copies: Final = self._at_once.copies
        self.sendto: Final = sock.sendto

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way."""
        return all(lane.is_idle for lane in self._lanes)

    def send_copies(
        self, spans: list[Span], listeners: Sequence[Listener], forward: Forward, turn: int
    ) -> int:
        """Hand these rows of `copies` to the turn's thread; return how many there was no place for."""
        lane = self._lanes[turn % len(self._lanes)]
        if len(listeners) < ROWS_FOR_A_THREAD and lane.is_idle:
            return self._at_once.send_copies(spans, listeners, forward, turn)
        if lane.send(self.copies, spans, listeners, forward):
            return 0
        return lose_rows([row for start, end in spans for row in range(start, end)], listeners, forward)

    def collect(self) -> int:
        """Return how many copies the kernel refused since the last time."""
        count = 0
        for lane in self._lanes:
            while lane.refused:
                rows, batch = lane.refused.popleft()
                count += lose_rows(rows, batch.listeners, batch.forward)
        return count

    def close(self) -> None:
        """Send what waits and end the threads."""
        for lane in self._lanes:
            lane.close()
