"""Arithmetic of numbers that wrap: 16-bit sequence numbers and 32-bit times.

`seq16` is the number on the wire, `seq` the same counter without wrap. The rule of RFC 3711 section 3.3.1 and
RFC 3550 appendix A.1 is used throughout: of all numbers that look alike on the wire, the nearest to
what was seen last is meant.
"""

from typing import Final

SEQ16_COUNT: Final = 1 << 16
_SEQ16_MASK: Final = SEQ16_COUNT - 1
_SEQ16_HALF: Final = SEQ16_COUNT >> 1
_TIME_MASK: Final = (1 << 32) - 1
_TIME_HALF: Final = 1 << 31


def extend(seq16: int, last_seq: int) -> int:
    """Return the sequence number nearest to `last_seq` that reads `seq16` on the wire.

    May be below `last_seq`, and below zero. Exactly half the range away counts as behind.
    """
    return last_seq + ((seq16 - last_seq + _SEQ16_HALF) & _SEQ16_MASK) - _SEQ16_HALF


def to_seq16(seq: int) -> int:
    """Return what `seq` reads on the wire."""
    return seq & _SEQ16_MASK


def time_step_48k(timestamp_48k: int, last_timestamp_48k: int) -> int:
    """Return the shortest way from the last wire time to this one, negative when it lies behind."""
    return ((timestamp_48k - last_timestamp_48k + _TIME_HALF) & _TIME_MASK) - _TIME_HALF


def to_time32(time_48k: int) -> int:
    """Return what an unwrapped time reads on the wire."""
    return time_48k & _TIME_MASK
