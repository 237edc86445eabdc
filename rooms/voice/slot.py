"""One slot: a line of sound that every listener of the room has, and the voice that holds it now.

The room keeps one timeline per slot for everybody: a packet counter and a time, both without wrap and
both never going back. What differs between listeners is one number each (`downlink.py`).

Rules of the timeline:

* While one voice holds the slot, gaps in its sequence and time are kept: loss concealment, in-band error
  correction and discontinuous transmission at the listener depend on them (RFC 7587 section 4).
* When the voice or its SSRC changes, or its clock cannot be believed, the slot is *anchored* anew: the
  packet gets the next counter, the time that has passed since, in whole frames, and a marker.
* No counter is ever used for two packets. Under AES-GCM that would reuse a nonce (RFC 7714 section 8.1).
"""

from typing import Final

from msgspec import Struct

from rooms.ids import MemberId
from rooms.voice.drops import DropReason
from rooms.voice.packet import AudioPacket
from rooms.voice.sequence import extend, time_step_48k, to_time32

TICKS_PER_MS: Final = 48  # RFC 7587 section 4.1: Opus always counts 48 kHz
FRAME_48K: Final = 960  # 20 ms; steps that are no whole frames upset jitter buffers
LATE_MAX_PACKETS: Final = 32  # 640 ms: later than any browser's jitter buffer waits
GAP_MAX_PACKETS: Final = 3_000  # RFC 3550 appendix A.1, MAX_DROPOUT: more is a restart, not loss
CLOCK_SLACK_48K: Final = 24_000  # half a second between a source's clock and ours; guess, larger than jitter
RESYNC_MS: Final = 1_000.0  # a source that seems late for this long has restarted its numbers
_LINE_FOLLOWS: Final = 1 / 1_024  # of the difference, per packet: allows sound cards 2 % fast, not more
_SEEN_MASK: Final = (1 << (LATE_MAX_PACKETS + 1)) - 1


class Forward(Struct, frozen=True, gc=False):
    """A packet that is to be sent, with all that its listeners share.

    `counter` numbers the packets of slot `slot` without wrap; `advance` says by how much it moved the
    slot's newest counter (0 for a packet that others overtook). `timestamp_48k` is the wire time.
    """

    slot: int
    counter: int
    advance: int
    timestamp_48k: int
    marker: bool
    voice_id: MemberId
    level_dbov: int | None
    voice_flag: bool
    payload: bytes


class Slot:
    """The timeline of one slot and its holder. `newest` is the highest counter given so far."""

    __slots__ = (
        "_anchor",
        "_anchor_time_48k",
        "_is_paused",
        "_line_48k",
        "_line_ms",
        "_newest_ms",
        "_newest_time_48k",
        "_seen",
        "_source_seq16",
        "_source_ssrc",
        "_source_time_48k",
        "index",
        "newest",
        "octets",
        "packets",
        "voice_id",
    )

    def __init__(self, index: int) -> None:
        self.index: Final = index
        self.voice_id: MemberId | None = None
        self.newest = 0
        self.packets = 0  # forwarded over the slot's life
        self.octets = 0  # of payload, likewise (RFC 3550 section 6.4.1 counts no headers)
        self._newest_time_48k = 0
        self._newest_ms = 0.0
        # Where the timeline should be by the wall clock; follows a holder's clock slowly.
        self._line_48k = float(FRAME_48K)
        self._line_ms = 0.0
        # Nothing before the anchor may be numbered any more.
        self._anchor = 0
        self._anchor_time_48k = 0
        self._seen = 0  # bit n: counter `newest - n` was given
        self._is_paused = False
        self._source_ssrc: int | None = None  # None: anchor at the next packet
        self._source_seq16 = 0
        self._source_time_48k = 0

    def take(self, voice_id: MemberId) -> None:
        """Give the slot to a voice; its next packet anchors the timeline."""
        self.voice_id = voice_id
        self._source_ssrc = None

    def release(self) -> None:
        """Leave the slot without a holder. The timeline stays where it is."""
        self.voice_id = None
        self._source_ssrc = None

    def pause(self) -> None:
        """Note that packets of the holder are held back on purpose: the gap to come is no loss."""
        self._is_paused = True

    def close_past(self) -> None:
        """Take no packet any more that the newest one has overtaken.

        Needed before a listener is sent this slot again whom its packets were kept from: the number of an
        overtaken one would be among those given to that listener already, and no two packets may share a
        number under one key (RFC 3711 section 3.3.1).
        """
        self._anchor = self.newest + 1

    def time_at(self, now_ms: float) -> int:
        """Return the slot's wire time at `now_ms`, extrapolated from its newest packet (for reports)."""
        return to_time32(self._newest_time_48k + round((now_ms - self._newest_ms) * TICKS_PER_MS))

    def place(self, packet: AudioPacket, now_ms: float) -> Forward | DropReason:
        """Give the holder's packet its place in the timeline, or say why it has none."""
        if packet.ssrc != self._source_ssrc:
            return self._place_first(packet, now_ms)
        ahead = extend(packet.seq16, self._source_seq16) - self._source_seq16
        if ahead <= 0:
            return self._place_late(packet, -ahead, now_ms)
        line = self._line_at(now_ms)
        step = time_step_48k(packet.timestamp_48k, self._source_time_48k)
        time_48k = self._newest_time_48k + step
        drift = time_48k - line
        if step <= 0 or not -CLOCK_SLACK_48K <= drift <= CLOCK_SLACK_48K or ahead > GAP_MAX_PACKETS:
            return self._place_again(packet, now_ms)
        self._line_48k += drift * _LINE_FOLLOWS
        if self._is_paused:
            return self._emit_anchored(packet, time_48k, now_ms)
        self._seen = (self._seen << ahead | 1) & _SEEN_MASK if ahead <= LATE_MAX_PACKETS else 1
        return self._emit_newest(packet, ahead, time_48k, now_ms, marker=packet.marker)

    def _place_first(self, packet: AudioPacket, now_ms: float) -> Forward:
        """Place the first packet of a voice or SSRC: on the line, as far as whole frames allow."""
        if self.packets == 0:
            self._line_ms = now_ms
        line = self._line_at(now_ms)
        time_48k = self._whole_frames_to(line)
        # Without the remainder, so that a thousand switches do not add up to seconds.
        self._line_48k = max(line, time_48k - FRAME_48K / 2)
        self._line_ms = now_ms
        return self._emit_anchored(packet, time_48k, now_ms)

    def _place_again(self, packet: AudioPacket, now_ms: float) -> Forward | DropReason:
        """Place a packet of a source whose clock or numbers jumped: back to the wall clock.

        While the timeline is ahead of the wall clock, packets are dropped until that has caught up; so
        no source can fill the listeners' buffers by a clock that runs too fast.
        """
        line = self._line_at(now_ms)
        if self._newest_time_48k > line:
            return DropReason.TOO_EARLY
        return self._emit_anchored(packet, self._whole_frames_to(line), now_ms)

    def _place_late(self, packet: AudioPacket, behind: int, now_ms: float) -> Forward | DropReason:
        """Place a packet that others have overtaken."""
        counter = self.newest - behind
        if behind > LATE_MAX_PACKETS:
            if now_ms - self._newest_ms > RESYNC_MS:
                return self._place_again(packet, now_ms)
            return DropReason.TOO_LATE
        if self._seen >> behind & 1:
            return DropReason.DUPLICATE
        step = time_step_48k(packet.timestamp_48k, self._source_time_48k)
        time_48k = self._newest_time_48k + step
        if counter < self._anchor or step >= 0 or time_48k < self._anchor_time_48k:
            return DropReason.TOO_LATE
        self._seen |= 1 << behind
        return self._emit(packet, counter, 0, time_48k, marker=packet.marker)

    def _line_at(self, now_ms: float) -> float:
        return self._line_48k + (now_ms - self._line_ms) * TICKS_PER_MS

    def _whole_frames_to(self, line: float) -> int:
        """Return the time nearest to the line that is at least one whole frame after the newest."""
        frames = round((line - self._newest_time_48k) / FRAME_48K)
        return self._newest_time_48k + FRAME_48K * max(1, frames)

    def _emit_anchored(self, packet: AudioPacket, time_48k: int, now_ms: float) -> Forward:
        """Let the packet follow the newest one without a gap; what came before is closed."""
        self._anchor = self.newest + 1
        self._anchor_time_48k = time_48k
        self._seen = 1
        self._is_paused = False
        self._source_ssrc = packet.ssrc
        return self._emit_newest(packet, 1, time_48k, now_ms, marker=True)

    def _emit_newest(
        self, packet: AudioPacket, advance: int, time_48k: int, now_ms: float, *, marker: bool
    ) -> Forward:
        self._source_seq16 = packet.seq16
        self._source_time_48k = packet.timestamp_48k
        self.newest += advance
        self._newest_time_48k = time_48k
        self._newest_ms = now_ms
        return self._emit(packet, self.newest, advance, time_48k, marker=marker)

    def _emit(
        self, packet: AudioPacket, counter: int, advance: int, time_48k: int, *, marker: bool
    ) -> Forward:
        voice_id = self.voice_id
        if voice_id is None:
            raise RuntimeError("a slot without a holder was given a packet")
        self.packets += 1
        self.octets += len(packet.payload)
        return Forward(
            self.index,
            counter,
            advance,
            to_time32(time_48k),
            marker,
            voice_id,
            packet.level_dbov,
            packet.voice_flag,
            packet.payload,
        )
