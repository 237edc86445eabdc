"""What one listener's three lines of sound differ by from everybody else's.

All listeners of a room share a slot's counter and time. A listener's own sequence number is that counter
plus one number of his, `bases[slot]`: it holds his random start (RFC 3550 section 5.1), what was sent
before he came, and what he was not sent on purpose (nobody gets himself, nor a voice he is kept apart from).
So he sees a gap only where the speaker's own packets had one.
"""

from collections.abc import Sequence
from typing import Final

from rooms.voice.sequence import to_seq16
from rooms.voice.slot import LATE_MAX_PACKETS, Forward, Slot

START_END: Final = 1 << 15
"""First sequence number that is no start. A wrap among a line's very first packets, of which some are lost,
would leave the receiver's rollover count behind ours for good (RFC 3711 section 3.3.1)."""


class Downlink:
    """The numbering of one listener's lines, one per slot of the room.

    Made when the listener can be sent to, and then told of every `Forward` in order: sent, skipped or lost.
    Out of order, a skip could give two packets one number.

    Args:
        slots: The room's slots, which count what was forwarded.
        ssrcs: One random SSRC per slot, unique among this listener's. They never change.
        starts: One random number per slot, 0 <= start < START_END. The newest packet until now has, unsent,
            the number `start + LATE_MAX_PACKETS`, so that those it overtook still fit in above start.

    Raises:
        ValueError: A start out of range, or not one SSRC and start per slot.
    """

    __slots__ = ("_octets_not_sent", "_packets_not_sent", "_slots", "bases", "ssrcs")

    def __init__(self, slots: Sequence[Slot], ssrcs: Sequence[int], starts: Sequence[int]) -> None:
        if not len(slots) == len(set(ssrcs)) == len(starts):
            raise ValueError(f"{len(slots)} slots need as many different SSRCs and starts")
        if not all(0 <= start < START_END for start in starts):
            raise ValueError(f"a line's numbers start at 0 to {START_END - 1}")
        self._slots: Final = tuple(slots)
        self.ssrcs: Final = tuple(ssrcs)
        self.bases: Final = [
            start + LATE_MAX_PACKETS - slot.newest for slot, start in zip(slots, starts, strict=True)
        ]
        self._packets_not_sent: Final = [slot.packets for slot in slots]
        self._octets_not_sent: Final = [slot.octets for slot in slots]

    def seq16(self, forward: Forward) -> int:
        """Return the packet's sequence number on this listener's wire."""
        return to_seq16(self.bases[forward.slot] + forward.counter)

    def newest(self, slot: int) -> int:
        """Return the highest counter that the room has given on one line so far."""
        return self._slots[slot].newest

    def skip(self, forward: Forward) -> None:
        """Leave out a packet that this listener must not have, so that it leaves no gap."""
        self.bases[forward.slot] -= forward.advance
        self.lose(forward)

    def lose(self, forward: Forward) -> None:
        """Note that a packet meant for this listener was not sent. It leaves a gap, as loss must."""
        self._packets_not_sent[forward.slot] += 1
        self._octets_not_sent[forward.slot] += len(forward.payload)

    def packets_sent(self, slot: int) -> int:
        """Return how many packets this listener was sent on one line, for sender reports."""
        return self._slots[slot].packets - self._packets_not_sent[slot]

    def octets_sent(self, slot: int) -> int:
        """Return the payload bytes of these packets (RFC 3550 section 6.4.1)."""
        return self._slots[slot].octets - self._octets_not_sent[slot]
