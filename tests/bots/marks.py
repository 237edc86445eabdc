"""Marks: who sent a packet, its running number and when, in the last bytes of its padding.

A decoder must accept any padding (RFC 6716 section 3.2.5). The first byte is 0, which tells readers of
extensions in the padding that nothing follows for them.
"""

import struct
from typing import Final

_MARK: Final = struct.Struct("!3sIIQ")
_LEAD: Final = b"\x00\xb0\x75"

MARK_BYTES: Final = _MARK.size

Mark = tuple[int, int, int]
"""Voice (member number), running number from 0, nanoseconds of CLOCK_MONOTONIC at sending. A tuple, since
it is made for every packet."""


def write_mark(voice_id: int, number: int, sent_ns: int) -> bytes:
    """Return the mark's bytes."""
    return _MARK.pack(_LEAD, voice_id, number, sent_ns)


def read_mark(packet: bytes) -> Mark | None:
    """Return the mark at the end of a packet, or None if a bot did not send it."""
    if len(packet) < MARK_BYTES:
        return None
    lead, voice_id, number, sent_ns = _MARK.unpack_from(packet, len(packet) - MARK_BYTES)
    return (voice_id, number, sent_ns) if lead == _LEAD else None
