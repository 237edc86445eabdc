"""One voice packet as bytes between nodes: a fixed head, then the payload as it came.

    version (1)  flags (1)  level and voice flag (1)  payload type (1)  sequence (2)
    member (4)  timestamp (4)  SSRC (4)  since, wall ms (8)  sent, sender's monotonic ms (8)  payload

All numbers are big-endian. `sent` is only ever compared with others of the same node and life.
"""

from enum import IntFlag
from struct import Struct as Layout
from typing import Final, NamedTuple

from rooms.ids import MemberId
from rooms.voice.packet import PACKET_MAX_BYTES, AudioPacket
from server.ports import SentVoice

VERSION: Final = 1

_HEAD: Final = Layout("!BBBBHIIIQd")
_LEVEL: Final = 0x7F
_VOICE: Final = 0x80
_SEVEN_BITS: Final = 0x7F


class _Flag(IntFlag):
    MARKER = 1
    HAS_LEVEL = 2


class VoiceFrame(NamedTuple):
    """A packet and when it was sent, by the sender's own monotonic clock."""

    voice: SentVoice
    sent_ms: float


def write_voice(voice: SentVoice, sent_ms: float) -> bytes:
    """Return the bytes of one packet."""
    packet = voice.packet
    flags = _Flag.MARKER if packet.marker else _Flag(0)
    level = _VOICE if packet.voice_flag else 0
    if packet.level_dbov is not None:
        flags |= _Flag.HAS_LEVEL
        level |= packet.level_dbov
    head = _HEAD.pack(
        VERSION,
        flags,
        level,
        packet.payload_type,
        packet.seq16,
        voice.voice_id,
        packet.timestamp_48k,
        packet.ssrc,
        voice.since_ms,
        sent_ms,
    )
    return head + packet.payload


def read_voice(frame: bytes) -> VoiceFrame | None:
    """Return the packet, or None where this is none: too short, too long, or of a version not known here."""
    if not _HEAD.size < len(frame) <= _HEAD.size + PACKET_MAX_BYTES or frame[0] != VERSION:
        return None
    _, flags, level, kind, seq16, voice_id, timestamp_48k, ssrc, since_ms, sent_ms = _HEAD.unpack_from(frame)
    packet = AudioPacket(
        kind & _SEVEN_BITS,
        bool(flags & _Flag.MARKER),
        seq16,
        timestamp_48k,
        ssrc,
        level & _LEVEL if flags & _Flag.HAS_LEVEL else None,
        level >= _VOICE,
        frame[_HEAD.size :],
    )
    return VoiceFrame(SentVoice(MemberId(voice_id), since_ms, packet), sent_ms)
