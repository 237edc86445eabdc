"""RTCP of a bot: receiver reports for the slots, a sender report for the voice (RFC 3550 section 6.4)."""

import struct
from typing import Final

import pylibsrtp

from tests.bots.hearing import Hearing
from tests.bots.speech import Speech

_SENDER_REPORT: Final = 200
_RECEIVER_REPORT: Final = 201
_NTP_AHEAD_S: Final = 2_208_988_800  # from 1900 to 1970
_HEAD: Final = struct.Struct("!BBHI")
_SENDER: Final = struct.Struct("!QIII")
_BLOCK: Final = struct.Struct("!IIIIII")
_NANOSECONDS: Final = 1_000_000_000


class Reports:
    """Reads the server's reports and writes the bot's own, encrypted.

    Attributes:
        received: datagrams of reports that could be read.
        unreadable: those that could not.
        losses: what the server last said it lost of our voice: (fraction of 256, packets), or None.
    """

    def __init__(
        self, receiving: pylibsrtp.Session, sending: pylibsrtp.Session, hearing: Hearing, speech: Speech
    ) -> None:
        self.received = 0
        self.unreadable = 0
        self.losses: tuple[int, int] | None = None
        self._receiving, self._sending = receiving, sending
        self._hearing, self._speech = hearing, speech
        self._last: dict[int, tuple[int, int]] = {}  # slot: middle of the report's NTP time, when it came

    def take(self, datagram: bytes, now_ns: int) -> None:
        """Take a datagram of reports."""
        try:
            compound = self._receiving.unprotect_rtcp(datagram)
            at = 0
            while at < len(compound):
                at = self._take_one(compound, at, now_ns)
        except (pylibsrtp.Error, struct.error):
            self.unreadable += 1
        else:
            self.received += 1

    def write(self, wall_ns: int, now_ns: int) -> bytes:
        """One report of the own voice and all slots in use; times of CLOCK_REALTIME and CLOCK_MONOTONIC."""
        blocks = b"".join(
            _BLOCK.pack(
                ssrc, max(0, slot.lost) & 0xFFFFFF, max(0, slot.seq16), 0, *self._last_of(ssrc, now_ns)
            )
            for ssrc, slot in self._hearing.slots.items()
            if slot.packets
        )
        count = len(blocks) // _BLOCK.size
        speech = self._speech
        sender = b""
        if speech.sent:
            seconds, rest_ns = divmod(wall_ns, _NANOSECONDS)
            ntp = (seconds + _NTP_AHEAD_S) << 32 | (rest_ns << 32) // _NANOSECONDS
            sender = _SENDER.pack(ntp, speech.now_48k(), speech.sent, speech.octets & 0xFFFFFFFF)
        kind = _SENDER_REPORT if sender else _RECEIVER_REPORT
        words = (_HEAD.size + len(sender) + len(blocks)) // 4 - 1
        report = _HEAD.pack(0x80 | count, kind, words, speech.ssrc) + sender + blocks
        return self._sending.protect_rtcp(report)

    def _take_one(self, compound: bytes, at: int, now_ns: int) -> int:
        """Read the report at a place; return where the next one starts."""
        first, kind, words, ssrc = _HEAD.unpack_from(compound, at)
        blocks_at = at + _HEAD.size
        if kind == _SENDER_REPORT:
            ntp, *_ = _SENDER.unpack_from(compound, blocks_at)
            self._last[ssrc] = (ntp >> 16 & 0xFFFFFFFF, now_ns)
            blocks_at += _SENDER.size
        if kind in {_SENDER_REPORT, _RECEIVER_REPORT}:
            for number in range(first & 0x1F):
                about, losses, *_ = _BLOCK.unpack_from(compound, blocks_at + number * _BLOCK.size)
                if about == self._speech.ssrc:
                    self.losses = (losses >> 24, losses & 0xFFFFFF)
        return at + 4 * (int(words) + 1)

    def _last_of(self, ssrc: int, now_ns: int) -> tuple[int, int]:
        """LSR and DLSR: the last report of a slot and how long ago it came, in 1/65536 s."""
        middle, came_ns = self._last.get(ssrc, (0, 0))
        return (middle, (now_ns - came_ns) * 65_536 // _NANOSECONDS & 0xFFFFFFFF) if middle else (0, 0)
