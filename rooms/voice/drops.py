"""Every reason why a datagram or packet goes no further, and the counters of them.

This is the whole list, for the transport as for the forwarder: a drop without a name here cannot be
counted, and a drop that is not counted cannot be explained to an operator. Nothing else is kept of a
dropped packet.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, Self


class DropReason(StrEnum):
    """Why something received or about to be sent was dropped. The value is its name in metrics."""

    position: int
    """Its place in the list; counters are indexed by it, since hashing an enum costs more than a list."""
    meaning: str
    """One sentence for operators."""

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make one member from its name in metrics and its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.position = len(cls.__members__)
        member.meaning = meaning
        return member

    # Any datagram, before anything is known about it.
    TOO_SHORT = "too_short", "Shorter than the shortest thing it could be."
    TOO_LARGE = "too_large", "Longer than an audio packet may be."
    NOT_ROUTABLE = "not_routable", "The first byte belongs to no protocol spoken here (RFC 7983)."
    STRANGER = "stranger", "Not a check, from an address that no signed check has vouched for."
    QUEUE_FULL = "queue_full", "More waits already than the queue for it may hold."

    # Connectivity checks (STUN).
    BAD_STUN = "bad_stun", "Looks like STUN and is malformed."
    NOT_A_CHECK = "not_a_check", "Sound STUN, but no binding request."
    UNKNOWN_UFRAG = "unknown_ufrag", "A check for a peer that is not here."
    BAD_INTEGRITY = "bad_integrity", "A check that is not signed with the peer's password."
    ROLE_CONFLICT = "role_conflict", "A check by a peer that wants to be the controlled side."
    TOO_MANY_ADDRESSES = "too_many_addresses", "A check from more addresses than one peer may have."

    # Keys and their use (DTLS, SRTP).
    NOT_KEYED = "not_keyed", "There are no usable keys for this packet, not yet or no longer."
    RATE = "rate", "More packets a second than one voice may send."
    UNKNOWN_SSRC = "unknown_ssrc", "A second source where each peer has one."
    NOT_AUTHENTIC = "not_authentic", "The authentication tag does not fit."
    REPLAYED = "replayed", "Received before, or older than the replay window."

    # The header of an RTP packet.
    BAD_VERSION = "bad_version", "Not RTP version 2."
    BAD_HEADER = "bad_header", "The header contradicts itself or the packet's length."
    PAYLOAD_TYPE = "payload_type", "Not the payload type that was agreed."
    EMPTY = "empty", "Nothing but header and padding."

    # The forwarder.
    UNKNOWN_VOICE = "unknown_voice", "The voice is not, or no longer, part of the room."
    MUTED = "muted", "The voice may not be heard at present."
    NOT_IN_SLOT = "not_in_slot", "Others are louder, or this voice is silent."
    SILENT = "silent", "Unbroken silence from a sender that does not pause by itself."
    DUPLICATE = "duplicate", "Forwarded before."
    TOO_LATE = "too_late", "Overtaken by too many packets, or by a change in its slot."
    TOO_EARLY = "too_early", "The sender's clock runs ahead of time."

    SUPERSEDED = "superseded", "The member speaks by a newer transport, here or on another node."

    # Reports (RTCP).
    RTCP_MALFORMED = "rtcp_malformed", "A report that contradicts itself or its length."
    RTCP_UNUSED = "rtcp_unused", "A sound report of a kind that nobody reads here."

    # Sending.
    KERNEL_REFUSED = "kernel_refused", "The kernel would not take it now; voice is never kept for later."


class DropCounts(Mapping[DropReason, int]):
    """How often each reason struck. Reads as a mapping in which every reason is present."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Final = [0] * len(DropReason)

    def add(self, reason: DropReason, count: int = 1) -> None:
        """Count one drop, or `count` of them."""
        self._counts[reason.position] += count

    def __getitem__(self, reason: DropReason) -> int:
        return self._counts[reason.position]

    def __iter__(self) -> Iterator[DropReason]:
        return iter(DropReason)

    def __len__(self) -> int:
        return len(self._counts)
