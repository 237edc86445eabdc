"""Linux' sendmmsg: many datagrams to as many addresses by one system call, through ctypes."""

import ctypes
import errno
import socket
import sys
from collections.abc import Callable
from typing import Final

from server.media.kernel_lists import Message, Posted
from server.media.listener import Span

_NO_MORE: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
_MESSAGE_BYTES: Final = ctypes.sizeof(Message)
_SENDMMSG: Final = ctypes.CFUNCTYPE(
    *(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int), use_errno=True
)


class SendCall:
    """The system call itself, for one socket. It gives up the interpreter's lock."""

    def __init__(self, sock: socket.socket) -> None:
        self._descriptor: Final = sock.fileno()
        self._sendmmsg: Final = _find_sendmmsg()

    def send(self, posted: Posted, spans: list[Span]) -> list[int]:
        """Send these rows; return those that the kernel refused."""
        refused: list[int] = []
        for start, end in spans:
            sent = self._send(posted, start, end)
            if sent != end - start:
                refused += self._send_on(posted, start + max(sent, 0), end)
        return refused

    def _send(self, posted: Posted, start: int, end: int) -> int:
        at = posted.messages_at + start * _MESSAGE_BYTES
        return self._sendmmsg(self._descriptor, at, end - start, socket.MSG_DONTWAIT)

    def _send_on(self, posted: Posted, row: int, end: int) -> list[int]:
        """Go on at a row at which sendmmsg stopped. It says why only when asked again, for that row alone."""
        refused: list[int] = []
        while row < end:
            sent = self._send(posted, row, end)
            if sent > 0:
                row += sent
            elif ctypes.get_errno() in _NO_MORE:
                return refused + list(range(row, end))
            elif ctypes.get_errno() != errno.EINTR:
                refused.append(row)  # nothing goes to this address; to the others it may
                row += 1
        return refused


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
