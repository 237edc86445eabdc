"""What Linux' sendmmsg and recvmmsg read and write in memory, for ctypes: no compiler is needed."""

import ctypes
import socket
from struct import Struct as Layout
from typing import Final

from server.media.addresses import Address

NAME_BYTES: Final = 32  # an IPv6 socket address has 28; room for either family, at even places

_NAME4: Final = Layout(
    "=H2s4s8x"
)  # sockaddr_in (ip(7)): family in our byte order, port and address in the net's
_NAME6: Final = Layout("=H2s4s16sI")  # sockaddr_in6 (ipv6(7)): family, port, flow, address, scope


class IoVector(ctypes.Structure):
    """struct iovec of readv(2)."""

    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


class MessageHeader(ctypes.Structure):
    """struct msghdr of sendmsg(2)."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class Message(ctypes.Structure):
    """struct mmsghdr of sendmmsg(2)."""

    _fields_ = (("header", MessageHeader), ("length", ctypes.c_uint))


def name_length(family: int) -> int:
    """How many bytes a socket address of the family has."""
    return _NAME6.size if family == socket.AF_INET6 else _NAME4.size


def write_name(address: Address) -> bytes:
    """Return the address as the kernel reads it, filled up to NAME_BYTES.

    Raises:
        OSError: not a numeric address.
    """
    port = address[1].to_bytes(2, "big")
    if len(address) == 2:  # noqa: PLR2004 -- see Address
        name = _NAME4.pack(socket.AF_INET, port, socket.inet_pton(socket.AF_INET, address[0]))
    else:
        host, _, _scope_name = address[0].partition("%")
        flow = address[2].to_bytes(4, "big")
        name = _NAME6.pack(socket.AF_INET6, port, flow, socket.inet_pton(socket.AF_INET6, host), address[3])
    return name.ljust(NAME_BYTES, b"\0")
