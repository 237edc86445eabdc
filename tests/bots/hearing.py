"""What a bot hears, told apart by slot (from the RTP header) and by voice (from the marks).

The way of one packet through here is short on purpose: hundreds of bots share a core with each other.
"""

import random
import struct
from array import array
from collections.abc import Callable, Iterable
from typing import Final

import pylibsrtp

from tests.bots.marks import Mark, read_mark

_HEAD: Final = struct.Struct("!2xH4xI")  # sequence, SSRC
_CSRC: Final = struct.Struct("!I")
_CSRC_AT: Final = 12
_CSRC_COUNT: Final = 0x0F
_OWN_PAUSE_NS: Final = 60_000_000  # consecutive packets this far apart at sending: the speaker's doing

Arrival = Callable[[Mark, int], None]
"""Told of each marked packet: its mark, and when it came (CLOCK_MONOTONIC in ns)."""


class Slot:
    """One slot's sequence.

    Attributes:
        packets: received.
        lost: holes in the sequence that were not filled later.
        late: packets that came after a later one.
        duplicates: packets with the same number as the one before.
    """

    __slots__ = ("duplicates", "late", "lost", "packets", "seq16")

    def __init__(self) -> None:
        self.packets = 0
        self.lost = 0
        self.late = 0
        self.duplicates = 0
        self.seq16 = -1

    def step_aside(self, seq16: int) -> None:
        """Take a packet that is not the next one."""
        step = (seq16 - self.seq16) & 0xFFFF
        if self.seq16 < 0:
            self.seq16 = seq16
        elif step == 0:
            self.duplicates += 1
        elif step < 0x8000:
            self.lost += step - 1
            self.seq16 = seq16
        else:
            self.lost -= 1
            self.late += 1


class Heard:
    """One voice as one bot hears it.

    Attributes:
        packets: received, without duplicates.
        first: the first number heard.
        missing: numbers between the first and the last heard that never came.
        gap_max_ns: the longest time between two packets, the speaker's own pauses left out.
        delays_ns: from the mark's sending to the kernel's receive stamp; only of bots that probe.
    """

    __slots__ = (
        "_at_ns",
        "_sent_ns",
        "delays_ns",
        "duplicates",
        "first",
        "gap_max_ns",
        "missing",
        "out_of_order",
        "packets",
        "wanted",
    )

    def __init__(self, first: int, now_ns: int) -> None:
        self.packets = 0
        self.duplicates = 0
        self.out_of_order = 0
        self.first = first
        self.wanted = first
        self.missing: set[int] = set()
        self.gap_max_ns = 0
        self.delays_ns = array("q")
        self._at_ns = now_ns
        self._sent_ns = 0

    @property
    def at_ns(self) -> int:
        """When the newest packet came: the kernel's stamp, on bots that probe."""
        return self._at_ns

    @property
    def last(self) -> int:
        """The highest number heard."""
        return self.wanted - 1

    def take(self, number: int, sent_ns: int, now_ns: int) -> None:
        """Take one packet."""
        if number == self.wanted:
            self.wanted = number + 1
        elif not self._step_aside(number):
            return
        self.packets += 1
        gap_ns = now_ns - self._at_ns
        if gap_ns > self.gap_max_ns and self.packets > 1:
            paused = sent_ns - self._sent_ns > _OWN_PAUSE_NS and number - 1 not in self.missing
            if not paused:
                self.gap_max_ns = gap_ns
        self._at_ns = now_ns
        self._sent_ns = sent_ns

    def append(self, newer: "Heard") -> None:
        """Go on with what was heard of the same voice by another transport."""
        for number in range(newer.first, newer.wanted):
            if number not in newer.missing and (number >= self.wanted or number in self.missing):
                self.take(number, newer._sent_ns, newer.at_ns)

    def _step_aside(self, number: int) -> bool:
        """Take a number that is not the next one; False for a duplicate."""
        if number > self.wanted:
            self.missing.update(range(self.wanted, number))
            self.wanted = number + 1
            return True
        if number in self.missing:
            self.missing.remove(number)
            self.out_of_order += 1
            return True
        self.duplicates += 1
        return False


class Hearing:
    """All that one bot hears.

    Attributes:
        packets: RTP packets received in slots.
        slots: by SSRC.
        voices: by member number; only of packets that were decrypted.
        unmarked: packets by the CSRC they carry, of voices that are not bots.
        stray: packets outside the offered slots.
        unreadable: packets that could not be decrypted.
        wrong_csrc: packets whose CSRC is not the voice in the mark.
        on_arrival: told of each packet with a mark.
    """

    __slots__ = (
        "_turn",
        "_unprotect",
        "listeners",
        "on_arrival",
        "packets",
        "probes",
        "sample",
        "slots",
        "stray",
        "unmarked",
        "unreadable",
        "voices",
        "wrong_csrc",
    )

    def __init__(
        self,
        unprotect: Callable[[bytes], bytes],
        slot_ssrcs: Iterable[int],
        *,
        sample: int = 1,
        probes: bool = False,
    ) -> None:
        """Decrypt one packet in `sample`; with `probes`, keep every packet's delay."""
        self.packets = 0
        self.slots = {ssrc: Slot() for ssrc in slot_ssrcs}
        self.voices: dict[int, Heard] = {}
        self.unmarked: dict[int, int] = {}
        self.stray = 0
        self.unreadable = 0
        self.wrong_csrc = 0
        self.probes = probes
        self.listeners: list[Callable[[int], None]] = []  # told the voice of each packet; for tests
        self.on_arrival: Arrival | None = None
        self._unprotect = unprotect
        self._turn = random.randrange(sample)  # not all bots decrypt the same packet
        self.sample = sample

    def forget(self) -> None:
        """Count from here on; the slots' sequences go on."""
        self.packets = self.stray = self.unreadable = self.wrong_csrc = 0
        self.voices.clear()
        self.unmarked.clear()
        for slot in self.slots.values():
            slot.packets = slot.lost = slot.late = slot.duplicates = 0

    def take_over(self, old: "Hearing | None") -> None:
        """Count on what was heard by an older transport, which is heard no more."""
        if old is None:
            return
        for voice_id, heard in old.voices.items():
            if voice_id in self.voices:
                heard.append(self.voices[voice_id])
            self.voices[voice_id] = heard
        self.listeners.extend(old.listeners)

    def take(self, datagram: bytes, now_ns: int) -> None:
        """Take one encrypted RTP packet; `now_ns` is CLOCK_MONOTONIC at its arrival."""
        try:
            seq16, ssrc = _HEAD.unpack_from(datagram)
            slot = self.slots[ssrc]
        except (KeyError, struct.error):
            self.stray += 1
            return
        self.packets += 1
        slot.packets += 1
        if seq16 == (slot.seq16 + 1) & 0xFFFF:
            slot.seq16 = seq16
        else:
            slot.step_aside(seq16)
        if self.sample == 1 or self.packets % self.sample == self._turn:
            self._open(datagram, now_ns)

    def _open(self, datagram: bytes, now_ns: int) -> None:
        try:
            packet = self._unprotect(datagram)
            (csrc,) = _CSRC.unpack_from(packet, _CSRC_AT)
        except (pylibsrtp.Error, struct.error):
            self.unreadable += 1
            return
        mark = read_mark(packet)
        if mark is None:
            self.unmarked[csrc] = self.unmarked.get(csrc, 0) + 1
        else:
            voice_id, number, sent_ns = mark
            heard = self.voices.get(voice_id)
            if heard is None:
                heard = self.voices[voice_id] = Heard(number, now_ns)
            heard.take(number, sent_ns, now_ns)
            if csrc != voice_id or not packet[0] & _CSRC_COUNT:
                self.wrong_csrc += 1
            if self.probes:
                heard.delays_ns.append(now_ns - sent_ns)
            if self.on_arrival is not None:
                self.on_arrival(mark, now_ns)
        for listener in self.listeners:
            listener(csrc)
