import os
import socket
import struct

import pytest

from server.media.copies import MAX_SHAPES, Copies, family_of
from server.media.kernel_lists import ROWS

LINES = b"".join(struct.pack("!HIIH", 0, 0xA0000000 + row, 7, row + 1) for row in range(ROWS))


def test_heads_are_the_same_but_for_number_and_source() -> None:
    copies = Copies(socket.AF_INET)
    shape = copies.take_shape(24, 50, ROWS)
    head = bytearray(os.urandom(24))
    head[2:4] = head[8:12] = b""
    head = head[:2] + bytes(2) + head[2:6] + bytes(4) + head[6:]
    copies.write_heads(bytes(head), LINES, os.urandom(12 * ROWS), ROWS)
    for row, view in enumerate(shape.heads):
        seq16, ssrc = (row + 1).to_bytes(2, "big"), (0xA0000000 + row).to_bytes(4, "big")
        assert bytes(view) == bytes(head[:2]) + seq16 + bytes(head[4:8]) + ssrc + bytes(head[12:])


@pytest.mark.parametrize("payload_bytes", [1, 2, 7, 8, 78, 1_199, 1_200])
def test_every_row_has_a_place_of_its_own(payload_bytes: int) -> None:
    copies = Copies(socket.AF_INET)
    shape = copies.take_shape(24, payload_bytes, ROWS)
    for row, (head, body) in enumerate(zip(shape.heads, shape.bodies, strict=True)):
        head[:] = row.to_bytes(2, "big") * 12
        body[:] = bytes([255 - row % 256]) * (payload_bytes + 16)
    for row in range(ROWS):
        body = bytes([255 - row % 256]) * (payload_bytes + 16)
        assert bytes(copies.datagram(row)) == row.to_bytes(2, "big") * 12 + body


def test_nonces_are_where_their_views_are() -> None:
    copies = Copies(socket.AF_INET)
    copies.take_shape(12, 1, 3)
    nonces = os.urandom(36)
    copies.write_heads(bytes(12), LINES[:36], nonces, 3)
    assert b"".join(copies.nonces[:3]) == nonces


def test_shapes_are_remembered_but_not_without_end() -> None:
    copies = Copies(socket.AF_INET)
    first = copies.take_shape(24, 1, 5)
    assert copies.take_shape(24, 1, 7) is first
    assert len(first.heads) == len(first.bodies) == 7
    for payload_bytes in range(2, MAX_SHAPES + 2):
        copies.take_shape(24, payload_bytes, 1)
    assert copies.take_shape(24, 1, 1) is not first


def test_a_packet_longer_than_any_is_refused() -> None:
    copies = Copies(socket.AF_INET)
    with pytest.raises(ValueError, match="longer"):
        copies.take_shape(24, 1_201, 1)
    copies.take_shape(24, 1_200, ROWS)


def test_families() -> None:
    assert family_of(("192.0.2.1", 5)) == socket.AF_INET
    assert family_of(("2001:db8::1", 5, 0, 0)) == socket.AF_INET6
