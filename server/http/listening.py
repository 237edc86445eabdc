"""The TCP sockets that browsers connect to."""

import errno
import socket
from ipaddress import ip_address
from typing import Final

# A peer that acknowledges nothing for this long is gone; TCP alone would wait 15 minutes (RFC 5482).
USER_TIMEOUT_MS: Final = 10_000
BACKLOG: Final = 1_024  # a whole meeting that comes back at once
ACCEPTS_AT_ONCE: Final = 4  # in one turn of the loop: the sound waits until the next one

_PRIVILEGED_BELOW: Final = 1_024


class ListenError(Exception):
    """The server cannot listen there; the text says what to do."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets, one for each address that `host` stands for, all with one port number.

    What is set here holds for every connection that they accept.

    Raises:
        ListenError: the port is taken or not ours to use, or `host` is no address of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):  # the second: it is too long to be a name
        raise ListenError(
            f"The host {host} is not known here: give an address of this machine with --host."
        ) from None
    sockets: list[socket.socket] = []
    for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
        number = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_listen_at(family, str(address[0]), number))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL and sockets:
                continue  # a name such as localhost also stands for IPv6, which this machine may lack
            for sock in sockets:
                sock.close()
            raise ListenError(say_why(error, host, port, "--port")) from None
    return sockets


def say_why(error: OSError, host: str, port: int, flag: str) -> str:
    """Return one sentence about a port that cannot be had, and what to do."""
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} at {host} is in use: stop the other program, or choose a port with {flag}."
        case errno.EACCES if port < _PRIVILEGED_BELOW:
            return (
                f"Port {port} is for privileged programs: choose one from {_PRIVILEGED_BELOW} on with {flag}."
            )
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine; 0.0.0.0 stands for all that it has."
        case _:
            return f"Port {port} at {host} cannot be opened: {error.strerror}."


def _listen_at(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
        if family == socket.AF_INET6:  # "::" alone means IPv4 too; beside a socket for IPv4 it must not
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not ip_address(address).is_unspecified)
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's own signature
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock
