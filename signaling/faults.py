"""What a peer did against the protocol. Raised in `signaling` only, caught once, in the gateway."""

from enum import StrEnum


class FaultCode(StrEnum):
    """The kinds of fault; each is a label of one counter."""

    BAD_FRAME = "bad_frame"  # not an Engine.IO packet, or one that browsers never send
    BAD_PACKET = "bad_packet"  # not a Socket.IO packet that we take
    UNKNOWN_EVENT = "unknown_event"
    NOT_CONNECTED = "not_connected"  # an event before CONNECT
    CONNECTED_TWICE = "connected_twice"
    UNWANTED_ACK = "unwanted_ack"  # we ask for none
    OTHER_PROTOCOL = "other_protocol"  # an older or newer page
    TOO_LATE = "too_late"  # a deadline passed
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    READS_NOTHING = "reads_nothing"  # it asked for more than it read


class Fault(Exception):  # noqa: N818 - the glossary's word: the peer is at fault, not we
    """A peer broke the protocol: it is counted and the connection ends."""

    def __init__(self, code: FaultCode) -> None:
        """Name the kind; nothing of what was sent goes with it."""
        super().__init__(code.value)
        self.code = code
