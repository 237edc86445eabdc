"""The one UDP port of a process: sockets, reading in batches, sending without waiting.

asyncio's own datagram transport reads one datagram per turn of the loop (20 us each against 4 here) and keeps
unsent ones without bound; so the sockets are used directly.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from server.media.addresses import Address
from server.media.listener import CopySender, Sent
from server.media.send_call import has_sendmmsg
from server.media.senders import MmsgSender, SendtoSender
from server.media.threaded_sender import ThreadedSender

READ_BYTES: Final = 2_048  # more than a path's MTU; what is longer arrives cut and is refused by size
BATCH_DATAGRAMS: Final = 64  # then the loop looks at everything else
SOCKET_BUFFER_BYTES: Final = 4 * 1024 * 1024  # a wish: 300 joins at once overflow the kernel's 208 KiB
TYPE_OF_SERVICE: Final = 0xB8  # DSCP EF, for voice (RFC 8837 section 5)
_PORT_TRIES: Final = 16  # for a number that is free in both families, when any number will do

_NO_SUCH_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})

OnDatagram = Callable[[bytes, Address], None]


class UdpPort:
    """One port number in IPv4 and, where there is one, IPv6.

    Attributes:
        number: the port's number, the same in both families.
        senders: for many copies of a packet to one family at once, IPv4 first; None where there is no socket.
        read_failed: errors while reading.
    """

    def __init__(self, host4: str, host6: str, number: int, sending_threads: int = 0) -> None:
        """Bind. Each socket has so many threads that send for it, with none the loop does.

        Raises:
            OSError: the port is in use, or an address is not ours. A machine without IPv6 is no error.
        """
        self.socket4: socket.socket | None = None
        self.socket6: socket.socket | None = None
        self.read_failed = 0
        self.senders: tuple[CopySender | None, ...] = (None, None)
        self._host4, self._host6 = host4, host6
        self._loop: asyncio.AbstractEventLoop | None = None
        self.number = self._bind(number)
        self.senders = tuple(
            open_sender(sock, sending_threads) if sock is not None else None for sock in self._sockets
        )

    @property
    def _sockets(self) -> tuple[socket.socket | None, socket.socket | None]:
        return self.socket4, self.socket6

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses that are bound, IPv4 first."""
        hosts = []
        if self.socket4 is not None:
            hosts.append(self._host4)
        if self.socket6 is not None:
            hosts.append(self._host6)
        return tuple(hosts)

    def start(self, loop: asyncio.AbstractEventLoop, on_datagram: OnDatagram) -> None:
        """Call `on_datagram` for all that arrives, up to `BATCH_DATAGRAMS` in one turn of the loop."""
        self._loop = loop
        for sock in (self.socket4, self.socket6):
            if sock is not None:
                loop.add_reader(sock.fileno(), self._read, sock, on_datagram)

    def close(self) -> None:
        """Stop reading and close the sockets; harmless when done twice."""
        for sender in self.senders:
            if sender is not None:
                sender.close()
        for sock in (self.socket4, self.socket6):
            if sock is not None:
                if self._loop is not None:
                    self._loop.remove_reader(sock.fileno())
                sock.close()
        self.socket4 = self.socket6 = None
        self.senders = (None, None)

    def socket_for(self, address: Address) -> socket.socket | None:
        """The socket of the address' family."""
        return self.socket4 if len(address) == 2 else self.socket6  # noqa: PLR2004 -- see Address

    def send(self, datagram: bytes, address: Address) -> bool:
        """Send, or drop: nothing is ever kept for later. False when the kernel would not take it."""
        sock = self.socket_for(address)
        if sock is None:
            return False
        try:
            sock.sendto(datagram, address)
        except OSError:
            return False
        return True

    def collect(self) -> Sent:
        """Return what became of copies that were taken for sent when threads took them."""
        refused = sum(sender.collect() for sender in self.senders if sender is not None)
        return Sent(-refused, refused)

    def _read(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        receive = sock.recvfrom
        try:
            for _ in range(BATCH_DATAGRAMS):
                datagram, address = receive(READ_BYTES)
                on_datagram(datagram, address)
        except BlockingIOError:
            pass
        except OSError:
            self.read_failed += 1

    def _bind(self, number: int) -> int:
        """Bind both families to one number; with 0, try until a number is free in both."""
        for tries_left in reversed(range(_PORT_TRIES)):
            try:
                return self._bind_once(number)
            except OSError as error:
                self.close()
                if number != 0 or error.errno != errno.EADDRINUSE or not tries_left:
                    raise
        raise AssertionError("the last try returned or raised")

    def _bind_once(self, number: int) -> int:
        if self._host4:
            self.socket4 = _open_socket(socket.AF_INET, self._host4, number)
            number = self.socket4.getsockname()[1]
        if self._host6:
            try:
                self.socket6 = _open_socket(socket.AF_INET6, self._host6, number)
            except OSError as error:
                if self.socket4 is None or not _means_no_ipv6(error, self._host6):
                    raise
            else:
                number = self.socket6.getsockname()[1]
        return number


def _means_no_ipv6(error: OSError, host: str) -> bool:
    """Whether the machine lacks IPv6, as opposed to an address that is not ours or a port in use."""
    if error.errno == errno.EADDRNOTAVAIL:
        address = ip_address(host)
        return address.is_unspecified or address.is_loopback
    return error.errno in _NO_SUCH_FAMILY


def open_sender(sock: socket.socket, threads: int = 0) -> CopySender:
    """Return the fastest way there is to send over a socket, from the loop or from so many threads."""
    if not has_sendmmsg(sock):
        return SendtoSender(sock)
    return ThreadedSender(sock, threads) if threads else MmsgSender(sock)


def _open_socket(family: socket.AddressFamily, host: str, number: int) -> socket.socket:
    """A bound, non-blocking UDP socket with large buffers and the priority of voice."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, TYPE_OF_SERVICE)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, TYPE_OF_SERVICE)
        sock.bind((host, number))
    except OSError:
        sock.close()
        raise
    return sock
