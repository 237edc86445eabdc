"""What Linux' sendmmsg and recvmmsg read and write in memory, for ctypes: no compiler is needed."""

import ctypes
import socket
from array import array
from struct import Struct as Layout
from typing import Final

from server.media.addresses import Address

ROWS: Final = 384
"""Copies at once: 2 ms of work. A thousand would delay every other packet, check and timer of the process by
5 ms, which is heard as jitter by all rooms; and each time costs 0.2 ms on its own, before the first copy."""

NAME_BYTES: Final = 32  # an IPv6 socket address has 28; room for either family, at even places

_ADDRESS_WORD: Final = "L"  # as wide as a pointer, on Linux
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


class Posted:
    """The kernel's list of up to ROWS datagrams to addresses of one family, and the memory they are in.

    Attributes:
        memory: the datagrams.
        names: where they go, NAME_BYTES each.
        messages_at: the address of the list, one `Message` per datagram.
    """

    def __init__(self, family: int, memory: bytearray) -> None:
        names = bytearray(ROWS * NAME_BYTES)
        self.memory: Final = memoryview(memory)
        self.names: Final = memoryview(names)
        self._memory_at: Final = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self._vectors: Final = (IoVector * ROWS)()
        self._vector_words: Final = memoryview(self._vectors).cast("B").cast(_ADDRESS_WORD)
        self._messages: Final = _write_messages(family, names, self._vectors)
        self.messages_at: Final = ctypes.addressof(self._messages)
        self._laid_out = (0, 0, 0)

    def lay_out(self, stride: int, length: int, rows: int) -> None:
        """Say where in the memory the datagrams are: `length` bytes at each multiple of `stride`."""
        laid_stride, laid_length, laid_rows = self._laid_out
        if stride == laid_stride and length == laid_length and rows <= laid_rows:
            return
        start, end = self._memory_at, self._memory_at + stride * rows
        if stride != laid_stride or rows > laid_rows:
            self._vector_words[: 2 * rows : 2] = array(_ADDRESS_WORD, range(start, end, stride))
        self._vector_words[1 : 2 * rows : 2] = array(_ADDRESS_WORD, (length,)) * rows
        self._laid_out = (stride, length, rows)

    def copy(self, other: "Posted", rows: int) -> None:
        """Take over another list's first rows, datagrams and all."""
        stride, length, _ = other._laid_out
        self.memory[: stride * rows] = other.memory[: stride * rows]
        self.names[: NAME_BYTES * rows] = other.names[: NAME_BYTES * rows]
        self.lay_out(stride, length, rows)


def _write_messages(family: int, names: bytearray, vectors: ctypes.Array[IoVector]) -> ctypes.Array[Message]:
    """Return the list proper: row by row a name and one vector, at their places for good."""
    names_at = ctypes.addressof(ctypes.c_char.from_buffer(names))
    vectors_at = ctypes.addressof(vectors)
    messages = (Message * ROWS)()
    for row, message in enumerate(messages):
        message.header.name = names_at + row * NAME_BYTES
        message.header.name_length = name_length(family)
        message.header.vectors = vectors_at + row * ctypes.sizeof(IoVector)
        message.header.vector_count = 1
    return messages
