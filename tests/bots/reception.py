"""Reads all the bots' UDP sockets: one epoll for all of them, so that a packet costs no turn of the loop."""

import asyncio
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

BUFFER_BYTES: Final = 1024 * 1024
READ_BYTES: Final = 2_048

# Linux: the kernel's receive time as nanoseconds (socket(7)). Python has no name for it before 3.14.
SO_TIMESTAMPNS: Final = 35
STAMP: Final = struct.Struct("@qq")
STAMP_SPACE_BYTES: Final = socket.CMSG_SPACE(STAMP.size)

_ROUNDS: Final = 8  # then the loop looks at everything else
_CLOCKS_EVERY_NS: Final = 1_000_000_000


class Reception:
    """Calls each socket's reader once for each datagram.

    Attributes:
        wall_ahead_ns: CLOCK_REALTIME minus CLOCK_MONOTONIC, to turn the kernel's stamps into the latter.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, drain_ms: float = 0.0) -> None:
        """With `drain_ms`, look every so many ms instead of being woken.

        Being woken costs the sender's side CPU, which on one machine is the server's.
        """
        self._loop = loop
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[int], None]] = {}
        self._drain_s = drain_ms / 1_000
        self._timer: asyncio.TimerHandle | None = None
        self._clocks_at_ns = 0
        self.wall_ahead_ns = 0
        self._compare_clocks(time.monotonic_ns())
        if drain_ms:
            self._timer = loop.call_later(self._drain_s, self._on_time)
        else:
            loop.add_reader(self._epoll.fileno(), self._read)

    def add(self, sock: socket.socket, reader: Callable[[int], None]) -> None:
        """Call `reader` with CLOCK_MONOTONIC in ns whenever a datagram waits."""
        self._readers[sock.fileno()] = reader
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def remove(self, sock: socket.socket) -> None:
        """Stop reading a socket; to be done before it is closed."""
        del self._readers[sock.fileno()]
        self._epoll.unregister(sock.fileno())

    def close(self) -> None:
        """Stop."""
        if self._timer is None:
            self._loop.remove_reader(self._epoll.fileno())
        else:
            self._timer.cancel()
        self._epoll.close()

    def _on_time(self) -> None:
        self._timer = self._loop.call_later(self._drain_s, self._on_time)
        self._read()

    def _read(self) -> None:
        readers = self._readers
        for _ in range(_ROUNDS):
            ready = self._epoll.poll(0, max(1, len(readers)))
            now_ns = time.monotonic_ns()
            if now_ns - self._clocks_at_ns > _CLOCKS_EVERY_NS:
                self._compare_clocks(now_ns)
            for number, _events in ready:
                reader = readers.get(number)
                if reader is not None:
                    reader(now_ns)
            if not ready:
                return

    def _compare_clocks(self, now_ns: int) -> None:
        before_ns = time.monotonic_ns()
        wall_ns = time.time_ns()
        self.wall_ahead_ns = wall_ns - (before_ns + time.monotonic_ns()) // 2
        self._clocks_at_ns = now_ns


def open_socket(address: tuple[str, int], *, stamps: bool) -> socket.socket:
    """A non-blocking UDP socket to one address; with `stamps` the kernel notes when datagrams came."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if stamps:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock
