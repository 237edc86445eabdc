"""What one peer may send, judged from the clear part of each datagram, before any decryption.

Sources (SSRCs): a browser has one microphone, so one voice source is open at a time: the first whose packet
was authentic. Another one may take its place (a track made anew, a collision as in RFC 3550 section 8.2)
only after the first was silent for `SOURCE_SILENCE_MS`. Over a peer's whole life at most `MAX_SOURCES`
different SSRCs, of sound and of reports together, reach the decryption: libsrtp keeps a stream for each,
for good, and searches them one by one. A source that was there before may come back: its replay window is
still there.
"""

from math import inf
from typing import Final

from rooms.voice.drops import DropReason
from rooms.voice.packet import OPUS_PAYLOAD_TYPE, PACKET_MAX_BYTES, peek_ssrc

VOICE_PPS: Final = 120.0  # 10 ms packets are 100 a second; nobody is asked for shorter ones
VOICE_BURST: Final = 60.0  # what a second of a stalled network brings at once, at 20 ms
REPORTS_PPS: Final = 20.0  # browsers send two or three compounds a second
DTLS_PPS: Final = 20.0
DTLS_BURST: Final = 40.0  # a handshake with repeats
SOURCE_SILENCE_MS: Final = 2_000.0  # longer than the 400 ms between packets of a silent sender (DTX)
MAX_SOURCES: Final = 8  # a microphone, its receiver's reports on four lines, and three changes

_PAYLOAD_TYPE: Final = 0x7F
_REPORT_SSRC_AT: Final = 4
_REPORT_MIN_BYTES: Final = 8


class Allowance:
    """A leaky bucket: `burst` at once, `per_s` sustained."""

    __slots__ = ("_burst", "_left", "_per_ms", "_since_ms")

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_ms: Final = per_s / 1_000
        self._burst: Final = burst
        self._left = burst
        self._since_ms = inf

    def take(self, now_ms: float) -> bool:
        """Take one; False when there is none left."""
        passed_ms = now_ms - self._since_ms
        self._since_ms = now_ms
        if passed_ms > 0:
            self._left = min(self._burst, self._left + passed_ms * self._per_ms)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Gate:
    """One peer's rates and sources. `voice_ssrc` is the open source, None before the first packet."""

    __slots__ = ("_dtls", "_heard_ms", "_reports", "_sources", "_voice", "voice_ssrc")

    def __init__(self) -> None:
        self._voice: Final = Allowance(VOICE_PPS, VOICE_BURST)
        self._reports: Final = Allowance(REPORTS_PPS, REPORTS_PPS)
        self._dtls: Final = Allowance(DTLS_PPS, DTLS_BURST)
        self._sources: Final[set[int]] = set()
        self._heard_ms = 0.0
        self.voice_ssrc: int | None = None

    def refuse_sound(self, datagram: bytes, now_ms: float) -> DropReason | None:
        """Why a protected RTP packet may not be decrypted, or None."""
        if len(datagram) > PACKET_MAX_BYTES:
            return DropReason.TOO_LARGE
        ssrc = peek_ssrc(datagram)
        if ssrc is None:
            return DropReason.TOO_SHORT
        if not self._voice.take(now_ms):
            return DropReason.RATE
        if ssrc != self.voice_ssrc and not self._may_open(ssrc, now_ms):
            return DropReason.UNKNOWN_SSRC
        if datagram[1] & _PAYLOAD_TYPE != OPUS_PAYLOAD_TYPE:
            return DropReason.PAYLOAD_TYPE
        return None

    def refuse_report(self, datagram: bytes, now_ms: float) -> DropReason | None:
        """Why a protected RTCP compound may not be decrypted, or None."""
        if len(datagram) > PACKET_MAX_BYTES:
            return DropReason.TOO_LARGE
        if len(datagram) < _REPORT_MIN_BYTES:
            return DropReason.TOO_SHORT
        if not self._reports.take(now_ms):
            return DropReason.RATE
        if not self._has_room_for(_report_ssrc(datagram)):
            return DropReason.UNKNOWN_SSRC
        return None

    def refuse_dtls(self, now_ms: float) -> DropReason | None:
        """Why a DTLS record may not reach the handshake, or None."""
        return None if self._dtls.take(now_ms) else DropReason.RATE

    def admit_sound(self, ssrc: int, now_ms: float) -> None:
        """Note an authentic RTP packet; its source is the open one from now on."""
        self._heard_ms = now_ms
        if ssrc != self.voice_ssrc:
            self.voice_ssrc = ssrc
            self._sources.add(ssrc)

    def has_heard_since(self, when_ms: float) -> bool:
        """Whether an authentic RTP packet came later than that."""
        return self.voice_ssrc is not None and self._heard_ms > when_ms

    def admit_report(self, datagram: bytes) -> None:
        """Note an authentic RTCP compound."""
        self._sources.add(_report_ssrc(datagram))

    def _may_open(self, ssrc: int, now_ms: float) -> bool:
        is_silent = self.voice_ssrc is None or now_ms - self._heard_ms >= SOURCE_SILENCE_MS
        return is_silent and ssrc != 0 and self._has_room_for(ssrc)

    def _has_room_for(self, ssrc: int) -> bool:
        return ssrc in self._sources or len(self._sources) < MAX_SOURCES


def _report_ssrc(datagram: bytes) -> int:
    """The SSRC of a compound's first report, in clear (RFC 3711 section 3.4)."""
    return int.from_bytes(datagram[_REPORT_SSRC_AT : _REPORT_SSRC_AT + 4], "big")
