"""What the media plane counts, and what it says of a peer that ended. Plain numbers for metrics."""

from enum import StrEnum
from typing import Final, NamedTuple

from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropCounts


class CloseReason(StrEnum):
    """Why a peer ended without being told to."""

    GOODBYE = "goodbye"  # the browser closed its transport
    EXPIRED = "expired"  # no connectivity check for too long
    HANDSHAKE_FAILED = (
        "handshake_failed"  # another certificate than the answer's, no common keys, or too slow
    )
    NEVER_CONNECTED = "never_connected"  # no check, or no answer, in time


class PeerClosed(NamedTuple):
    """A peer that ended. `peer_id` tells it from a newer one of the same voice."""

    room: RoomSlug
    voice_id: MemberId
    peer_id: str
    reason: CloseReason


class MediaCounts:
    """Running totals since the start, and `peers` that are there now. Read them; only the plane writes.

    Attributes:
        datagrams_in: of any kind, from anybody.
        packets_in: authentic packets of voices.
        packets_out: copies given to the kernel for listeners.
        packets_shared: packets of voices here that were sent to other nodes.
        packets_from_nodes: packets of voices elsewhere that came from other nodes.
        reports_in, reports_out: RTCP compounds.
        peers: open now, connected or not.
        joins: handshakes that went well.
        join_ms_total: time from offer to keys, summed over `joins`.
        handshake_failures: handshakes that did not.
        closed: peers that ended on their own, by reason.
        drops: everything received or to be sent that went no further, by reason.
    """

    __slots__ = (
        "closed",
        "datagrams_in",
        "drops",
        "handshake_failures",
        "join_ms_total",
        "joins",
        "packets_from_nodes",
        "packets_in",
        "packets_out",
        "packets_shared",
        "peers",
        "reports_in",
        "reports_out",
    )

    def __init__(self) -> None:
        self.datagrams_in = 0
        self.packets_in = 0
        self.packets_out = 0
        self.packets_shared = 0
        self.packets_from_nodes = 0
        self.reports_in = 0
        self.reports_out = 0
        self.peers = 0
        self.joins = 0
        self.join_ms_total = 0.0
        self.handshake_failures = 0
        self.closed: Final = dict.fromkeys(CloseReason, 0)
        self.drops: Final = DropCounts()
