"""Sending one packet to many listeners: the innermost loop of the server.

Nothing else is done here, so that the way of sending can be replaced without touching anything around it.
What it costs beside a bare protect + sendto loop is measured by `python -m tests.bench fanout`.
"""

from collections.abc import Iterator, Sequence
from struct import Struct as Layout
from typing import Final, NamedTuple, Protocol

from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.packet import LEVEL_EXTENSION_ID, OPUS_PAYLOAD_TYPE
from rooms.voice.slot import Forward

CHUNK_LISTENERS: Final = 256
"""Sends between two breaths of the loop: about 1.5 ms. A thousand at once would delay every other packet,
check and timer of the process by 6 ms, which is heard as jitter by all rooms."""

Address = tuple[str, int] | tuple[str, int, int, int]
"""Where to send: as `socket.sendto` takes it, IPv4 or IPv6."""

_HEADER: Final = Layout("!BBHII")  # RFC 3550 section 5.1
_CSRC: Final = Layout("!I")
_CSRC_LEVEL: Final = Layout("!IHHBBxx")  # CSRC; RFC 8285 one-byte block of one word
_PLAIN: Final = 0x81  # version 2, one CSRC
_EXTENDED: Final = 0x91  # the same with an extension block
_MARKER: Final = 0x80
_ONE_BYTE_PROFILE: Final = 0xBEDE
_LEVEL_HEAD: Final = LEVEL_EXTENSION_ID << 4  # length field 0: one byte follows (RFC 6464 section 3)
_VOICE: Final = 0x80
_SEQ16_MASK: Final = 0xFFFF


class DatagramSender(Protocol):
    """The one thing needed of a non-blocking UDP socket."""

    def sendto(self, packet: bytes, address: Address, /) -> int:
        """Send now or raise BlockingIOError."""
        ...


class Listener:
    """One peer that is sent a room's slots. The owner changes `address` when the peer's path moves.

    Args:
        voice_id: The peer's own voice, which it never gets back.
        downlink: Its numbering.
        tx: Its outgoing SRTP session.
        address: Where it is at present.
    """

    __slots__ = ("address", "downlink", "tx", "voice_id")

    def __init__(self, voice_id: MemberId, downlink: Downlink, tx: Session, address: Address) -> None:
        self.voice_id: Final = voice_id
        self.downlink: Final = downlink
        self.tx: Final = tx
        self.address = address


_Target = tuple[Listener, Address]


class Sent(NamedTuple):
    """What became of one packet's copies: sent, DropReason.KERNEL_REFUSED, DropReason.NOT_KEYED."""

    sent: int
    refused: int
    not_keyed: int


def fan_out(
    forward: Forward, listeners: Sequence[Listener], sock: DatagramSender, apart: Sequence[Listener] = ()
) -> Sent:
    """Send a packet to all listeners but its speaker. Those `apart` get nothing and see no gap.

    All listeners of one call share a socket, thus an address family. A send that the kernel refuses is
    counted and forgotten: voice that waits in a buffer is late voice.
    """
    for listener in apart:
        listener.downlink.skip(forward)
    return _send(forward, _write_tail(forward), [(one, one.address) for one in listeners], sock)


def fan_out_in_chunks(
    forward: Forward, listeners: Sequence[Listener], sock: DatagramSender, apart: Sequence[Listener] = ()
) -> Iterator[Sent]:
    """Do the same, CHUNK_LISTENERS at a time, so that the caller can let the loop breathe in between.

    The packets of one room must be worked off in order, each to its end: a listener's numbering and its SRTP
    rollover count follow the order of sending. Everybody is sent to where he was when this began, for a later
    address may need another socket; who joins or leaves meanwhile must change another tuple, not this one.
    """
    for listener in apart:
        listener.downlink.skip(forward)
    tail = _write_tail(forward)
    targets = [(one, one.address) for one in listeners]
    for start in range(0, len(targets), CHUNK_LISTENERS):
        yield _send(forward, tail, targets[start : start + CHUNK_LISTENERS], sock)


def _write_tail(forward: Forward) -> bytes:
    """Return all that follows the first twelve bytes: the same for every listener."""
    if forward.level_dbov is None:
        return _CSRC.pack(forward.voice_id) + forward.payload
    level = forward.level_dbov | (_VOICE if forward.voice_flag else 0)
    return _CSRC_LEVEL.pack(forward.voice_id, _ONE_BYTE_PROFILE, 1, _LEVEL_HEAD, level) + forward.payload


def _send(forward: Forward, tail: bytes, targets: list[_Target], sock: DatagramSender) -> Sent:
    sendto, pack = sock.sendto, _HEADER.pack
    slot, counter, timestamp_48k = forward.slot, forward.counter, forward.timestamp_48k
    speaker = forward.voice_id
    flags = _PLAIN if forward.level_dbov is None else _EXTENDED
    kind = OPUS_PAYLOAD_TYPE | (_MARKER if forward.marker else 0)
    refused = not_keyed = own = 0
    for listener, address in targets:
        downlink = listener.downlink
        if listener.voice_id == speaker:
            downlink.skip(forward)
            own += 1
            continue
        seq16 = downlink.bases[slot] + counter & _SEQ16_MASK
        header = pack(flags, kind, seq16, timestamp_48k, downlink.ssrcs[slot])
        try:
            sendto(listener.tx.protect(header + tail), address)
        except OSError:
            downlink.lose(forward)
            refused += 1
        except SrtpError:
            downlink.lose(forward)
            not_keyed += 1
    return Sent(len(targets) - own - refused - not_keyed, refused, not_keyed)
