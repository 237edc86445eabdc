"""Memory for the copies of one packet, each encrypted for one listener, on their way to the kernel.

All that can be is prepared once: places, views into them, and the kernel's own list of what to send. For a
packet then only bytes change, and those that are alike in all copies are written in one go.
"""

import socket
from collections.abc import Sequence
from typing import Final

from rooms.voice.packet import PACKET_MAX_BYTES
from server.media.addresses import Address
from server.media.kernel_lists import ROWS, Posted
from server.media.srtp_gcm import NONCE_BYTES, TAG_BYTES

HEAD_MAX_BYTES: Final = 24  # RTP header, one CSRC, a level
MAX_SHAPES: Final = 128  # lengths of packet that are remembered; speech at 32 kbit/s has about a hundred

DATAGRAM_MAX_BYTES: Final = HEAD_MAX_BYTES + PACKET_MAX_BYTES + TAG_BYTES
_STRIDE_STEP: Final = 8
_WORD_BYTES: Final = 2
_NONCE_WORDS: Final = NONCE_BYTES // _WORD_BYTES
# In 16-bit words, of a nonce before the salt: zeros, SSRC, rollover counter, sequence number (RFC 7714
# section 8.1); of an RTP header: flags, sequence number, time, SSRC (RFC 3550 section 5.1).
_SSRC_IN_NONCE, _SEQ_IN_NONCE = 1, 5
_SEQ_IN_HEAD, _SSRC_IN_HEAD = 1, 4


class Shape:
    """Where the parts of packets of one length are, row by row.

    Attributes:
        heads: header and all else that is authenticated only.
        bodies: payload and tag.
    """

    __slots__ = ("bodies", "head_bytes", "heads", "length", "stride")

    def __init__(self, head_bytes: int, payload_bytes: int) -> None:
        self.head_bytes: Final = head_bytes
        self.length: Final = head_bytes + payload_bytes + TAG_BYTES
        self.stride: Final = -(-self.length // _STRIDE_STEP) * _STRIDE_STEP
        self.heads: Final[list[memoryview]] = []
        self.bodies: Final[list[memoryview]] = []

    def grow(self, memory: memoryview, rows: int) -> None:
        """Make views for so many rows."""
        for row in range(len(self.heads), rows):
            start = row * self.stride
            body = start + self.head_bytes
            self.heads.append(memory[start:body])
            self.bodies.append(memory[body : start + self.length])


class Copies:
    """Places for up to ROWS copies to addresses of one family.

    Attributes:
        nonces: one view of each row's nonce.
        addresses: where the rows go, for those who cannot read the kernel's list.
        posted: the kernel's list of these copies.
    """

    def __init__(self, family: int) -> None:
        self.addresses: Sequence[Address] = ()
        self.posted: Final = Posted(family, bytearray(ROWS * DATAGRAM_MAX_BYTES))
        self._memory: Final = self.posted.memory
        self._words: Final = self._memory.cast("H")
        self._nonces: Final = memoryview(bytearray(ROWS * NONCE_BYTES))
        self.nonces: Final = [
            self._nonces[at : at + NONCE_BYTES] for at in range(0, ROWS * NONCE_BYTES, NONCE_BYTES)
        ]
        self._shapes: Final[dict[tuple[int, int], Shape]] = {}
        self._shape = Shape(0, 0)

    def take_shape(self, head_bytes: int, payload_bytes: int, rows: int) -> Shape:
        """Make `rows` places for packets of this length; what was in any place is lost.

        Raises:
            ValueError: longer than any packet may be.
        """
        shape = self._shapes.get((head_bytes, payload_bytes))
        if shape is None:
            shape = self._remember(Shape(head_bytes, payload_bytes), payload_bytes)
        if len(shape.heads) < rows:
            shape.grow(self._memory, rows)
        self._shape = shape
        self.posted.lay_out(shape.stride, shape.length, rows)
        return shape

    def write_heads(self, head: bytes, lines: bytes, nonces: bytes, rows: int) -> None:
        """Write every row's header and nonce, in the shape taken last.

        `lines` are the nonces before the salt: each row's SSRC and index come from there.
        """
        stride = self._shape.stride
        self._memory[: stride * rows] = head.ljust(stride, b"\0") * rows
        step, end = stride // _WORD_BYTES, stride // _WORD_BYTES * rows
        head_words, line_words = self._words, memoryview(lines).cast("H")
        head_words[_SEQ_IN_HEAD:end:step] = line_words[_SEQ_IN_NONCE::_NONCE_WORDS]
        head_words[_SSRC_IN_HEAD:end:step] = line_words[_SSRC_IN_NONCE::_NONCE_WORDS]
        head_words[_SSRC_IN_HEAD + 1 : end : step] = line_words[_SSRC_IN_NONCE + 1 :: _NONCE_WORDS]
        self._nonces[: NONCE_BYTES * rows] = nonces

    def write_names(self, names: bytes | bytearray, addresses: Sequence[Address]) -> None:
        """Write where the rows go: once as the kernel reads it, NAME_BYTES each, and once as Python does."""
        self.posted.names[: len(names)] = names
        self.addresses = addresses

    def datagram(self, row: int) -> memoryview:
        """One row's whole datagram, in the shape taken last."""
        start = row * self._shape.stride
        return self._memory[start : start + self._shape.length]

    def _remember(self, shape: Shape, payload_bytes: int) -> Shape:
        if shape.length > DATAGRAM_MAX_BYTES:
            raise ValueError(f"a datagram of {shape.length} bytes is longer than any may be")
        if len(self._shapes) >= MAX_SHAPES:
            del self._shapes[next(iter(self._shapes))]
        self._shapes[shape.head_bytes, payload_bytes] = shape
        return shape


def family_of(address: Address) -> int:
    """The address' family."""
    return socket.AF_INET if len(address) == 2 else socket.AF_INET6  # noqa: PLR2004 -- see Address
