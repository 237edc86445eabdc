"""One slot's numbers for many listeners, and the guard that none of them comes twice.

Under AES-GCM no two packets may share a key and a nonce, ever: two that do give away the difference of what
they say, and the key of the tags (RFC 5116 section 5.1.1). A listener's nonce is his line's SSRC and the
packet's 48-bit index (RFC 7714 section 8.1); the index is one number of his plus the slot's counter
(`rooms.voice.downlink`). That no index comes twice is checked here once per packet for all rows, whatever the
room's own rules did before.
"""

from typing import Final

from rooms.ids import MemberId
from rooms.voice.downlink import START_END
from rooms.voice.slot import LATE_MAX_PACKETS
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import INDEX_END

COUNTER_END: Final = INDEX_END - START_END - LATE_MAX_PACKETS
"""No packet with this counter or a higher one is sent: some listener's index could reach INDEX_END."""

_SEEN_BITS: Final = LATE_MAX_PACKETS + 1
_SEEN_MASK: Final = (1 << _SEEN_BITS) - 1


class Line:
    """What guards one slot's numbers.

    Attributes:
        lanes: of each row SSRC and index as in a nonce, for the slot's counter 0, as one number: the first
            row's leftmost. An index may be below zero at counter 0; at the counters that are used none is.
        newest: the highest counter that was used.
        floor: no counter up to this one is used any more, except by nobody.
        seen: bit n: counter `newest - n` was used.
        left_out: who was not sent the newest packet.
    """

    __slots__ = ("floor", "lanes", "left_out", "newest", "seen")

    def __init__(self) -> None:
        self.lanes = 0
        self.newest = 0
        self.floor = 0
        self.seen = 0
        self.left_out: tuple[MemberId, ...] = ()

    def admits(self, packet: PacketOut, left_out: tuple[MemberId, ...]) -> bool:
        """Whether the packet's counter gives every row an index that it never had; then note it as used.

        A newer counter does, as long as those who are left out fall back by no more than it came forward
        (`advance`). One that was overtaken does while everybody's numbering has stayed the same since: nobody
        came, and the same ones were left out.
        """
        counter, newest = packet.counter, self.newest
        if counter > newest:
            if counter >= COUNTER_END or counter - packet.advance < newest:
                return False
            if left_out != self.left_out:
                self.left_out = left_out
                self.floor = newest
            self.seen = (
                (self.seen << counter - newest | 1) & _SEEN_MASK if counter - newest < _SEEN_BITS else 1
            )
            self.newest = counter
            return True
        bit = 1 << newest - counter if newest - counter < _SEEN_BITS else 0
        is_new = bit and not self.seen & bit and counter > self.floor
        if not is_new or packet.advance or left_out != self.left_out:
            return False
        self.seen |= bit
        return True
