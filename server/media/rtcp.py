"""Reports (RTCP): our own strict reader, our own writer, and the statistics behind them (RFC 3550 section 6).

Reports end here. What a browser says about its own sending and receiving becomes a few numbers; what it
says to or about others (source descriptions, goodbyes, feedback) is not read, and nothing is forwarded.
"""

import struct
from typing import Final

import msgspec

from rooms.voice.drops import DropReason
from rooms.voice.sequence import SEQ16_COUNT, time_step_48k

MAX_REPORT_BLOCKS: Final = 31  # what the count field holds; a compound may not carry more in all

_SENDER_REPORT: Final = 200
_RECEIVER_REPORT: Final = 201
_SOURCE_DESCRIPTION: Final = 202
_FIRST_KIND, _LAST_KIND = 192, 223  # RFC 5761 section 4: what tells reports from sound
_CNAME_ITEM: Final = 1
_VERSION: Final = 0x80
_NTP_EPOCH_S: Final = 2_208_988_800  # 1900 to 1970
_MIDDLE: Final = 0xFFFF_FFFF
_TICKS_PER_MS: Final = 48
_JITTER_STEP_MAX_48K: Final = 48_000  # a source whose clock stood still for longer started anew: no jitter

_HEADER: Final = struct.Struct("!BBH")
_SENDER_INFO: Final = struct.Struct("!IQIII")
_BLOCK: Final = struct.Struct("!IIIIII")

_DROPOUT_MAX: Final = 3_000  # RFC 3550 appendix A.1
_MISORDER_MAX: Final = 100
_LOST_MIN, _LOST_MAX = -(1 << 23), (1 << 23) - 1


class ReportBlock(msgspec.Struct, frozen=True, gc=False):
    """What a receiver says of one SSRC (RFC 3550 section 6.4.1).

    `fraction_lost` is in 1/256, `jitter_48k` in RTP ticks, `last_report` and `delay` in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    lost: int
    highest_seq: int
    jitter_48k: int
    last_report: int
    delay: int


class Reports(msgspec.Struct, frozen=True, gc=False):
    """What a compound held that we use: senders as (ssrc, middle of their NTP time), and blocks."""

    senders: tuple[tuple[int, int], ...]
    blocks: tuple[ReportBlock, ...]


def is_rtcp(datagram: bytes) -> bool:
    """Whether a datagram of at least two bytes is a report and not sound (RFC 5761 section 4)."""
    return _FIRST_KIND <= datagram[1] <= _LAST_KIND


def read_reports(compound: bytes) -> Reports | DropReason:
    """Read the sender and receiver reports of a compound; never raises.

    Reduced-size compounds that start with something else are sound (RFC 5506); of those nothing may be left.
    """
    senders: list[tuple[int, int]] = []
    blocks: list[ReportBlock] = []
    at, size = 0, len(compound)
    while at < size:
        if size - at < 8:  # noqa: PLR2004 -- a header and one SSRC
            return DropReason.RTCP_MALFORMED
        flags, kind, words = _HEADER.unpack_from(compound, at)
        end = at + 4 * (words + 1)
        if flags & 0xC0 != _VERSION or not _FIRST_KIND <= kind <= _LAST_KIND or end > size:
            return DropReason.RTCP_MALFORMED
        if kind in {_SENDER_REPORT, _RECEIVER_REPORT}:
            start = at + (28 if kind == _SENDER_REPORT else 8)
            if start + _BLOCK.size * (flags & 0x1F) > end:
                return DropReason.RTCP_MALFORMED
            if kind == _SENDER_REPORT:
                ssrc, ntp64, *_ = _SENDER_INFO.unpack_from(compound, at + 4)
                senders.append((ssrc, middle_of(ntp64)))
            blocks += _read_blocks(compound, start, flags & 0x1F)
        at = end
    if len(blocks) > MAX_REPORT_BLOCKS or len(senders) > MAX_REPORT_BLOCKS:
        return DropReason.RTCP_MALFORMED
    return Reports(tuple(senders), tuple(blocks)) if senders or blocks else DropReason.RTCP_UNUSED


def _read_blocks(compound: bytes, at: int, count: int) -> list[ReportBlock]:
    blocks = []
    for number in range(count):
        ssrc, loss, highest, jitter, last, delay = _BLOCK.unpack_from(compound, at + _BLOCK.size * number)
        lost = loss & 0xFF_FFFF
        lost -= (lost >> 23) << 24  # 24 bits with a sign
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, highest, jitter, last, delay))
    return blocks


def ntp64_of(wall_ms: float) -> int:
    """A wall time as NTP writes it: seconds since 1900 in the upper 32 bits, fractions in the lower."""
    return (_NTP_EPOCH_S << 32) + int(wall_ms * (1 << 32)) // 1_000


def middle_of(ntp64: int) -> int:
    """The middle 32 bits of an NTP time: 1/65536 s, wrapping every 18 hours."""
    return ntp64 >> 16 & _MIDDLE


def round_trip_ms(block: ReportBlock, now_ntp64: int) -> float | None:
    """Time to the peer and back (RFC 3550 section 6.4.1, figure 2); None before it had a report of ours.

    Also None for an answer that cannot be: it would be negative or above 32 s.
    """
    if block.last_report == 0:
        return None
    way = (middle_of(now_ntp64) - block.last_report - block.delay) & _MIDDLE
    return way * 1_000 / 65_536 if way < 1 << 21 else None


def write_sender_report(ssrc: int, ntp64: int, time_48k: int, packets: int, octets: int) -> bytes:
    """A sender report without blocks: at NTP time `ntp64` the stream's own time was `time_48k`."""
    info = _SENDER_INFO.pack(ssrc, ntp64, time_48k & _MIDDLE, packets & _MIDDLE, octets & _MIDDLE)
    return _HEADER.pack(_VERSION, _SENDER_REPORT, _SENDER_INFO.size // 4) + info


def write_receiver_report(ssrc: int, block: bytes) -> bytes:
    """A receiver report by `ssrc` with one block, or with none when `block` is empty."""
    words = (4 + len(block)) // 4
    return _HEADER.pack(_VERSION | bool(block), _RECEIVER_REPORT, words) + ssrc.to_bytes(4, "big") + block


def write_cname(ssrc: int, cname: str) -> bytes:
    """A source description with the one item every compound needs (RFC 3550 section 6.1)."""
    text = cname.encode("ascii")
    item = ssrc.to_bytes(4, "big") + bytes((_CNAME_ITEM, len(text))) + text
    item += bytes(4 - len(item) % 4)  # at least one zero ends the list
    return _HEADER.pack(_VERSION | 1, _SOURCE_DESCRIPTION, len(item) // 4) + item


class ReceiverStats:
    """What was received of one SSRC, for the reports about it (RFC 3550 appendix A.1, A.3 and A.8).

    Fed with authenticated packets only, so the standard's probation for new sources is not needed.
    """

    __slots__ = (
        "_bad_seq16",
        "_cycles",
        "_expected_prior",
        "_first_seq",
        "_highest_seq16",
        "_jitter_48k_x16",
        "_last_report",
        "_last_report_ms",
        "_received",
        "_received_prior",
        "_transit_48k",
        "ssrc",
    )

    def __init__(self, ssrc: int, seq16: int) -> None:
        self.ssrc = ssrc
        self._last_report = 0
        self._last_report_ms = 0.0
        self._jitter_48k_x16 = 0
        self._transit_48k: int | None = None
        self._restart(seq16)

    def _restart(self, seq16: int) -> None:
        self._first_seq = self._highest_seq16 = seq16
        self._bad_seq16 = -1
        self._cycles = 0
        self._received = self._received_prior = self._expected_prior = 0

    @property
    def jitter_ms(self) -> float:
        """Smoothed difference in travel time between one packet and the next."""
        return self._jitter_48k_x16 / (16 * _TICKS_PER_MS)

    def on_packet(self, seq16: int, timestamp_48k: int, now_ms: float) -> None:
        """Count a packet that arrived at `now_ms`."""
        ahead = (seq16 - self._highest_seq16) % SEQ16_COUNT
        if ahead < _DROPOUT_MAX:
            if seq16 < self._highest_seq16:
                self._cycles += SEQ16_COUNT
            self._highest_seq16 = seq16
        elif ahead <= SEQ16_COUNT - _MISORDER_MAX:
            if seq16 != self._bad_seq16:
                self._bad_seq16 = (seq16 + 1) % SEQ16_COUNT
                return
            self._restart(seq16)  # two in a row from the new place: the sender jumped
        self._received += 1
        transit_48k = int(now_ms * _TICKS_PER_MS) - timestamp_48k
        if self._transit_48k is not None:
            step_48k = abs(time_step_48k(transit_48k, self._transit_48k))
            if step_48k < _JITTER_STEP_MAX_48K:
                self._jitter_48k_x16 += step_48k - (self._jitter_48k_x16 + 8) // 16
        self._transit_48k = transit_48k

    def on_sender_report(self, ntp_middle: int, now_ms: float) -> None:
        """Remember the sender's report, so that it can tell the round trip from ours."""
        self._last_report = ntp_middle
        self._last_report_ms = now_ms

    def write_block(self, now_ms: float) -> bytes:
        """The report block since the last one written; starts a new interval."""
        highest = self._cycles + self._highest_seq16
        expected = highest - self._first_seq + 1
        lost = min(max(expected - self._received, _LOST_MIN), _LOST_MAX)
        expected_now = expected - self._expected_prior
        lost_now = expected_now - (self._received - self._received_prior)
        self._expected_prior, self._received_prior = expected, self._received
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 and lost_now > 0 else 0
        delay = int((now_ms - self._last_report_ms) * 65_536 / 1_000) if self._last_report else 0
        return _BLOCK.pack(
            self.ssrc,
            fraction << 24 | lost & 0xFF_FFFF,
            highest & _MIDDLE,
            self._jitter_48k_x16 >> 4,
            self._last_report,
            delay & _MIDDLE,
        )
