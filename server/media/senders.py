"""The two ways of giving copies to the kernel: Linux' sendmmsg, and one by one elsewhere."""

import ctypes
import errno
import socket
import sys
from collections.abc import Callable
from typing import Final, Protocol

from server.media.addresses import Address
from server.media.copies import Copies
from server.media.kernel_lists import Message
from server.media.listener import CopySender, Span

_NO_MORE: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
_MESSAGE_BYTES: Final = ctypes.sizeof(Message)
_SENDMMSG: Final = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int), use_errno=True
)  # it gives up the interpreter's lock


class MmsgSender:
    """Copies by sendmmsg: one call for all of a packet's. The rest is dropped when the kernel is full."""

    def __init__(self, sock: socket.socket) -> None:
        self.copies: Final = Copies(sock.family)
        self.sendto: Final = sock.sendto
        self._descriptor: Final = sock.fileno()
        self._sendmmsg: Final = _find_sendmmsg()

    def send_copies(self, spans: list[Span]) -> list[int]:
        """Send these rows of `copies`; return those that the kernel refused."""
        refused: list[int] = []
        for start, end in spans:
            sent = self._call(start, end)
            if sent != end - start:
                refused += self._send_on(start + max(sent, 0), end)
        return refused

    def _call(self, start: int, end: int) -> int:
        at = self.copies.messages_at + start * _MESSAGE_BYTES
        return self._sendmmsg(self._descriptor, at, end - start, socket.MSG_DONTWAIT)

    def _send_on(self, row: int, end: int) -> list[int]:
        """Go on at a row at which sendmmsg stopped. It says why only when asked again, for that row alone."""
        refused: list[int] = []
        while row < end:
            sent = self._call(row, end)
            if sent > 0:
                row += sent
            elif ctypes.get_errno() in _NO_MORE:
                return refused + list(range(row, end))
            elif ctypes.get_errno() != errno.EINTR:
                refused.append(row)  # nothing goes to this address; to the others it may
                row += 1
        return refused


class Socket(Protocol):
    """What is needed of a socket without sendmmsg."""

    @property
    def family(self) -> int:
        """AF_INET or AF_INET6."""
        ...

    def sendto(self, datagram: bytes | memoryview, address: Address, /) -> int:
        """Send now or raise OSError."""
        ...


class SendtoSender:
    """Copies one by one, where there is no sendmmsg."""

    def __init__(self, sock: Socket) -> None:
        self.copies: Final = Copies(sock.family)
        self.sendto: Final = sock.sendto

    def send_copies(self, spans: list[Span]) -> list[int]:
        """Send these rows of `copies`; return those that the kernel refused."""
        refused = []
        for start, end in spans:
            for row in range(start, end):
                try:
                    self.sendto(self.copies.datagram(row), self.copies.addresses[row])
                except OSError:
                    refused.append(row)
        return refused


def open_sender(sock: socket.socket) -> CopySender:
    """Return the fastest way there is to send over a socket."""
    return MmsgSender(sock) if has_sendmmsg(sock) else SendtoSender(sock)


def has_sendmmsg(sock: socket.socket) -> bool:
    """Whether the system has sendmmsg and lets us call it (a sandbox may not)."""
    if sys.platform != "linux":
        return False
    try:
        return _find_sendmmsg()(sock.fileno(), None, 0, socket.MSG_DONTWAIT) == 0
    except (AttributeError, OSError):
        return False


def _find_sendmmsg() -> Callable[[int, int | None, int, int], int]:
    return _SENDMMSG(("sendmmsg", ctypes.CDLL(None)))
