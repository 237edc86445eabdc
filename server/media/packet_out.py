"""One packet that a room sends: what all its copies share, and who gets none."""

from struct import Struct as Layout
from typing import Final

from rooms.ids import MemberId
from rooms.voice.packet import LEVEL_EXTENSION_ID, OPUS_PAYLOAD_TYPE
from rooms.voice.slot import Forward

_HEADER: Final = Layout("!BBHII")  # RFC 3550 section 5.1
_CSRC: Final = Layout("!I")
_CSRC_LEVEL: Final = Layout("!IHHBBxx")  # CSRC; RFC 8285 one-byte block of one word
_PLAIN: Final = 0x81  # version 2, one CSRC
_EXTENDED: Final = 0x91  # the same with an extension block
_MARKER: Final = 0x80
_ONE_BYTE_PROFILE: Final = 0xBEDE
_LEVEL_HEAD: Final = LEVEL_EXTENSION_ID << 4  # length field 0: one byte follows (RFC 6464 section 3)
_VOICE: Final = 0x80


class PacketOut:
    """A packet on its way to all listeners of a room, made once for all of them.

    Attributes:
        forward: what the room decided.
        slot, counter, advance: of that.
        head: all that goes in front of the payload, with zeros for sequence number and SSRC.
        payload: as it came.
        skipped: voices that must not have it and see no gap: the speaker's own, those kept apart from it.
        absent: voices that came after it was decided; their numbering begins behind it.
    """

    __slots__ = ("_block", "absent", "advance", "counter", "forward", "head", "payload", "skipped", "slot")

    def __init__(self, forward: Forward, skipped: frozenset[MemberId]) -> None:
        self.forward: Final = forward
        self.slot: Final = forward.slot
        self.counter: Final = forward.counter
        self.advance: Final = forward.advance
        self.payload: Final = forward.payload
        self.skipped: Final = skipped
        self.absent: Final[set[MemberId]] = set()
        self._block: Final = _write_block(forward)
        self.head: Final = self._write_header(0, 0) + self._block

    def write(self, seq16: int, ssrc: int) -> bytes:
        """Return the whole packet as one listener gets it, in clear."""
        return self._write_header(seq16, ssrc) + self._block + self.payload

    def _write_header(self, seq16: int, ssrc: int) -> bytes:
        forward = self.forward
        flags = _PLAIN if forward.level_dbov is None else _EXTENDED
        kind = OPUS_PAYLOAD_TYPE | (_MARKER if forward.marker else 0)
        return _HEADER.pack(flags, kind, seq16, forward.timestamp_48k, ssrc)


def _write_block(forward: Forward) -> bytes:
    if forward.level_dbov is None:
        return _CSRC.pack(forward.voice_id)
    level = forward.level_dbov | (_VOICE if forward.voice_flag else 0)
    return _CSRC_LEVEL.pack(forward.voice_id, _ONE_BYTE_PROFILE, 1, _LEVEL_HEAD, level)
