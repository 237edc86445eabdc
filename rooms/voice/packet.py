"""Reading an RTP packet's header. The payload is carried, never looked at.

It may be encrypted end to end, so nothing may ever depend on what is inside. The reader is strict and
total: any bytes give a packet or a reason, never an exception.
"""

from struct import Struct as Layout
from typing import Final

from msgspec import Struct

from rooms.voice.drops import DropReason

PACKET_MAX_BYTES: Final = (
    1_200  # a 60 ms packet at 128 kbit/s is 972; leaves room for E2EE; below any path MTU
)
LEVEL_EXTENSION_ID: Final = 1  # our own offer says so, for every browser
OPUS_PAYLOAD_TYPE: Final = 111  # our own offer says so

_HEADER: Final = Layout("!BBHII")  # RFC 3550 section 5.1
_BLOCK: Final = Layout("!HH")  # RFC 3550 section 5.3.1: profile, length in words
_SSRC: Final = Layout("!I")
_SSRC_AT: Final = 8
_WORD_BYTES: Final = 4

_VERSION: Final = 2
_VERSION_SHIFT: Final = 6
_PADDED: Final = 0x20
_EXTENDED: Final = 0x10
_CSRC_COUNT: Final = 0x0F
_MARKER: Final = 0x80
_PAYLOAD_TYPE: Final = 0x7F

_ONE_BYTE: Final = 0xBEDE  # RFC 8285 section 4.2
_TWO_BYTE: Final = 0x100  # RFC 8285 section 4.3, upper 12 bits; the lower four are for applications
_TWO_BYTE_SHIFT: Final = 4
_STOP_ID: Final = 15  # RFC 8285 section 4.2: read no further
_LEVEL: Final = 0x7F  # RFC 6464 section 3
_VOICE: Final = 0x80

_NO_LEVEL: Final = -1
_MALFORMED: Final = -2


class AudioPacket(Struct, frozen=True, gc=False):
    """One packet of a voice, as received, without padding and CSRCs.

    `ssrc` is the sender's own, `timestamp_48k` the wire time in ticks at 48 kHz (RFC 7587 section 4.1).
    `level_dbov` is 0 (loudest) to 127 (silent), None when the sender gave none; `voice_flag` is the
    sender's guess that this is speech (RFC 6464 section 3).
    """

    payload_type: int
    marker: bool
    seq16: int
    timestamp_48k: int
    ssrc: int
    level_dbov: int | None
    voice_flag: bool
    payload: bytes


def peek_ssrc(datagram: bytes) -> int | None:
    """Return the SSRC of an RTP or SRTP packet without reading the rest; None when it is too short.

    The SSRC is never encrypted (RFC 3711 section 3.1), so a stranger is refused before any decryption.
    """
    if len(datagram) < _HEADER.size:
        return None
    ssrc: int = _SSRC.unpack_from(datagram, _SSRC_AT)[0]
    return ssrc


def read_packet(datagram: bytes) -> AudioPacket | DropReason:
    """Read a decrypted RTP packet (RFC 3550 section 5.1), or say why it is none.

    A level is found in one-byte and two-byte extension blocks (RFC 8285); blocks of any other profile
    are skipped. A level of a wrong length, or given twice, makes the header bad.
    """
    size = len(datagram)
    if size < _HEADER.size:
        return DropReason.TOO_SHORT
    if size > PACKET_MAX_BYTES:
        return DropReason.TOO_LARGE
    flags, kind, seq16, timestamp_48k, ssrc = _HEADER.unpack_from(datagram)
    if flags >> _VERSION_SHIFT != _VERSION:
        return DropReason.BAD_VERSION
    start = _HEADER.size + _WORD_BYTES * (flags & _CSRC_COUNT)
    level = _NO_LEVEL
    if flags & _EXTENDED:
        block = start + _BLOCK.size
        start, level = _read_block(datagram, block) if block <= size else (block, _MALFORMED)
    end = size - datagram[-1] if flags & _PADDED else size
    # A padding count of zero is impossible: the count counts itself.
    if level == _MALFORMED or end < start or (flags & _PADDED and end == size):
        return DropReason.BAD_HEADER
    return AudioPacket(
        kind & _PAYLOAD_TYPE,
        kind >= _MARKER,
        seq16,
        timestamp_48k,
        ssrc,
        level & _LEVEL if level >= 0 else None,
        level >= _VOICE,
        datagram[start:end],
    )


def _read_block(datagram: bytes, start: int) -> tuple[int, int]:
    """Return where the extension block ends, and the level byte in it, _NO_LEVEL or _MALFORMED."""
    profile, words = _BLOCK.unpack_from(datagram, start - _BLOCK.size)
    end = start + _WORD_BYTES * words
    if end > len(datagram):
        return end, _MALFORMED
    if profile == _ONE_BYTE:
        return end, _read_one_byte_form(datagram, start, end)
    if profile >> _TWO_BYTE_SHIFT == _TWO_BYTE:
        return end, _read_two_byte_form(datagram, start, end)
    return end, _NO_LEVEL


def _read_one_byte_form(datagram: bytes, at: int, end: int) -> int:
    level = _NO_LEVEL
    while at < end:
        head = datagram[at]
        if head == 0:  # padding between elements
            at += 1
            continue
        if head >> 4 == _STOP_ID:
            break
        last = at + 1 + (head & 0x0F)  # the length on the wire is one less than the bytes that follow
        if last >= end:
            return _MALFORMED
        if head >> 4 == LEVEL_EXTENSION_ID:
            if head & 0x0F or level != _NO_LEVEL:
                return _MALFORMED
            level = datagram[last]
        at = last + 1
    return level


def _read_two_byte_form(datagram: bytes, at: int, end: int) -> int:
    level = _NO_LEVEL
    while at < end:
        if datagram[at] == 0:  # padding between elements
            at += 1
            continue
        body = at + 2
        if body > end or body + datagram[at + 1] > end:
            return _MALFORMED
        if datagram[at] == LEVEL_EXTENSION_ID:
            if datagram[at + 1] != 1 or level != _NO_LEVEL:
                return _MALFORMED
            level = datagram[body]
        at = body + datagram[at + 1]
    return level
