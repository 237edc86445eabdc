"""A bot's voice: prepared frames on an absolute schedule, each with a mark."""

import asyncio
import random
import struct
import time
from collections.abc import Callable
from typing import Final

from tests.bots.marks import MARK_BYTES, write_mark
from tests.bots.opus import FRAME_48K, PTIME_MS, open_padding, silent_frame, tone_frames

DEFAULT_LEVEL_DBOV: Final = 15
SILENT_DBOV: Final = 127  # RFC 6464 section 3

_PTIME_S: Final = PTIME_MS / 1_000
_MAX_CATCH_UP: Final = 10  # packets sent at once after a stall; what is later than that is never sent
_SILENCE_EVERY: Final = 20  # frames between comfort noise updates: 400 ms, as libopus does it

# RTP with the level extension in its one-byte form (RFC 3550 section 5.1, RFC 8285 section 4.2, RFC 6464).
_HEADER: Final = struct.Struct("!BBHIIHHBBH")
_VERSION_AND_EXTENSION: Final = 0x90
_ONE_BYTE_FORM: Final = 0xBEDE
_MARKER: Final = 0x80
_VOICE_ACTIVE: Final = 0x80


class Speech:
    """Sends a tone every 20 ms, at the times that the first packet's time gives: lateness never adds up.

    RTP time goes on while the voice pauses, the sequence does not (as a browser whose track is disabled).

    Attributes:
        ssrc: of the packets.
        sent: packets sent: their marks have the numbers from 0 to here.
        skipped: packets never sent since the process was more than 200 ms late.
        late_max_ns: the worst lateness of a packet: the load's own fault, not the server's.
        level_dbov: what the header claims.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, send: Callable[[bytes], None], payload_type: int, level_id: int
    ) -> None:
        self.ssrc = random.getrandbits(32)
        self.sent = 0
        self.octets = 0
        self.skipped = 0
        self.late_max_ns = 0
        self.level_dbov = DEFAULT_LEVEL_DBOV
        self._loop, self._send = loop, send
        self._payload_type, self._level = payload_type, level_id << 4
        self._voice_id = 0
        self._seq16 = random.getrandbits(15)  # lower half: no wrap among the first packets (RFC 3711 3.3.1)
        self._first_48k = random.getrandbits(32)
        self._heads: tuple[bytes, ...] = ()
        self._silence = b""
        self._pattern: tuple[int, int] | None = None
        self._origin_s = loop.time()
        self._tick = 0
        self._talks = False
        self._timer: asyncio.TimerHandle | None = None
        self._also: tuple[Callable[[bytes], None], int, int] | None = None

    def take_over(self, old: "Speech") -> None:
        """Say from now on what the other was saying, here and by the other's transport too.

        The marks go on; SSRC and sequence are each transport's own, as in a browser.
        """
        was_on = old.is_on
        old.stop()
        self._heads, self._silence, self._pattern = old._heads, old._silence, old._pattern
        self._voice_id, self.sent, self._talks = old._voice_id, old.sent, old._talks
        self._origin_s, self._tick, self._first_48k = old._origin_s, old._tick, old._first_48k
        self.level_dbov = old.level_dbov
        self._also = (old._send, old.ssrc, (old._seq16 - self._seq16) & 0xFFFF)
        if was_on:
            self._timer = self._loop.call_at(self._due_s(), self._on_time)

    @property
    def is_on(self) -> bool:
        """Whether packets are being sent."""
        return self._timer is not None

    def start(
        self, hz: int, voice_id: int, *, dtx_ms: tuple[int, int] | None = None, phase_s: float = 0.0
    ) -> None:
        """Speak; with `dtx_ms` = (talk, pause) say nothing but comfort noise in the pauses.

        The very first packet goes out `phase_s` from now.
        """
        self.stop()
        frames = tone_frames(hz)
        self._heads = tuple(open_padding(frame, MARK_BYTES) for frame in frames)
        self._silence = open_padding(silent_frame(), MARK_BYTES)
        self._pattern = dtx_ms and (dtx_ms[0] // PTIME_MS, dtx_ms[1] // PTIME_MS)
        self._voice_id = voice_id
        self._talks = False
        if self.sent == 0:
            self._origin_s = self._loop.time() + phase_s
        self._tick = max(0, int((self._loop.time() - self._origin_s) / _PTIME_S) + 1)
        self._timer = self._loop.call_at(self._due_s(), self._on_time)

    def stop(self) -> None:
        """Fall silent at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def now_48k(self) -> int:
        """The RTP time of this moment."""
        return (self._first_48k + int((self._loop.time() - self._origin_s) * 48_000)) & 0xFFFFFFFF

    def _due_s(self) -> float:
        return self._origin_s + self._tick * _PTIME_S

    def _on_time(self) -> None:
        late_s = self._loop.time() - self._due_s()
        self.late_max_ns = max(self.late_max_ns, int(late_s * 1e9))
        overdue = max(0, int(late_s / _PTIME_S))
        if overdue > _MAX_CATCH_UP:
            self._tick += overdue
            self.skipped += overdue
            overdue = 0
        for _ in range(overdue + 1):
            self._speak()
            self._tick += 1
        self._timer = self._loop.call_at(self._due_s(), self._on_time)

    def _speak(self) -> None:
        if self._pattern is None:
            self._write(self._heads[self._tick % len(self._heads)], self.level_dbov, talks=True)
            return
        talk, pause = self._pattern
        at = self._tick % (talk + pause)
        if at < talk:
            self._write(self._heads[self._tick % len(self._heads)], self.level_dbov, talks=True)
        elif (at - talk) % _SILENCE_EVERY < 2:
            self._write(self._silence, SILENT_DBOV, talks=False)

    def _write(self, head: bytes, level_dbov: int, *, talks: bool) -> None:
        marker = _MARKER if talks and not self._talks else 0
        self._talks = talks
        header = _HEADER.pack(
            _VERSION_AND_EXTENSION,
            marker | self._payload_type,
            self._seq16,
            (self._first_48k + self._tick * FRAME_48K) & 0xFFFFFFFF,
            self.ssrc,
            _ONE_BYTE_FORM,
            1,
            self._level,
            (_VOICE_ACTIVE if talks else 0) | level_dbov,
            0,
        )
        packet = header + head + write_mark(self._voice_id, self.sent, time.monotonic_ns())
        if self._also is not None:
            send, ssrc, seq_ahead = self._also
            seq16 = (self._seq16 + seq_ahead) & 0xFFFF
            send(packet[:2] + seq16.to_bytes(2, "big") + packet[4:8] + ssrc.to_bytes(4, "big") + packet[12:])
        self._seq16 = (self._seq16 + 1) & 0xFFFF
        self.sent += 1
        self.octets += len(packet) - _HEADER.size
        self._send(packet)
