"""The ways of giving copies to the kernel from the loop: by one call for all, and one by one elsewhere."""

import socket
from collections.abc import Sequence
from typing import Final, Protocol

from rooms.voice.slot import Forward
from server.media.addresses import Address
from server.media.copies import Copies
from server.media.listener import Listener, Span, lose_rows
from server.media.send_call import SendCall


class MmsgSender:
    """Copies by sendmmsg: one call for all of a packet's. What the kernel has no place for is dropped."""

    def __init__(self, sock: socket.socket) -> None:
        self.copies: Final = Copies(sock.family)
        self.sendto: Final = sock.sendto
        self._call: Final = SendCall(sock)

    def send_copies(
        self, spans: list[Span], listeners: Sequence[Listener], forward: Forward, turn: int
    ) -> int:
        """Send these rows of `copies`; return how many the kernel refused."""
        del turn  # there is but one
        return lose_rows(self._call.send(self.copies.posted, spans), listeners, forward)

    def collect(self) -> int:
        """Return 0: all is known at once."""
        return 0

    def close(self) -> None:
        """Do nothing: nothing waits."""


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

    def send_copies(
        self, spans: list[Span], listeners: Sequence[Listener], forward: Forward, turn: int
    ) -> int:
        """Send these rows of `copies`; return how many the kernel refused."""
        del turn  # there is but one
        refused = []
        for start, end in spans:
            for row in range(start, end):
                try:
                    self.sendto(self.copies.datagram(row), self.copies.addresses[row])
                except OSError:
                    refused.append(row)
        return lose_rows(refused, listeners, forward)

    def collect(self) -> int:
        """Return 0: all is known at once."""
        return 0

    def close(self) -> None:
        """Do nothing: nothing waits."""
