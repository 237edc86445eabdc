"""A listener, and what the parts of sending to many of them agree on."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from pylibsrtp import Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from rooms.voice.slot import Forward
from server.media.addresses import Address
from server.media.copies import Copies
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import SessionKeys


class Span(NamedTuple):
    """Rows from `start` to before `end`."""

    start: int
    end: int


class Sent(NamedTuple):
    """What became of one packet's copies: sent, KERNEL_REFUSED, NOT_KEYED, TOO_LATE (see `DropReason`)."""

    sent: int = 0
    refused: int = 0
    not_keyed: int = 0
    too_late: int = 0


class CopySender(Protocol):
    """One non-blocking socket and what is written to it. Nothing is ever kept for later."""

    @property
    def copies(self) -> Copies:
        """Where to make the copies."""
        ...

    def send_copies(
        self, spans: list[Span], listeners: "Sequence[Listener]", forward: Forward, turn: int
    ) -> int:
        """Send these rows of `copies` to these listeners; return how many are known to be refused by now.

        Whose copy was refused has lost the packet (`Downlink.lose`). What is sent with the same `turn` stays
        in order.
        """
        ...

    def collect(self) -> int:
        """Return how many copies the kernel has refused that nobody knew of when they were sent."""
        ...

    def close(self) -> None:
        """Send what waits in threads and end them; the socket may be closed after this."""
        ...

    @property
    def sendto(self) -> Callable[[bytes | memoryview, Address], int]:
        """Sends one datagram now, or raises OSError."""
        ...


class Listener:
    """One peer that is sent a room's slots. `Rows` change `address` when the peer's path moves.

    Args:
        voice_id: The peer's own voice, which it never gets back.
        downlink: Its numbering.
        keys: Those of its outgoing SRTP, or a session of libsrtp where the cipher is another one.
        address: Where it is at present.

    Attributes:
        rows: Where it stands in the room, None outside.
        since: Each slot's newest counter when it came there.
    """

    __slots__ = ("address", "downlink", "keys", "rows", "since", "voice_id")

    def __init__(
        self, voice_id: MemberId, downlink: Downlink, keys: SessionKeys | Session, address: Address
    ) -> None:
        self.voice_id: Final = voice_id
        self.downlink: Final = downlink
        self.keys: Final = keys
        self.address = address
        self.rows: Rows | None = None
        self.since: tuple[int, ...] = ()


class Rows(Protocol):
    """Some listeners over one socket."""

    @property
    def is_full(self) -> bool:
        """Whether there is no place for another one."""
        ...

    def __len__(self) -> int: ...

    def add(self, listener: Listener) -> None:
        """Send a listener the packets that the room forwards from now on."""
        ...

    def remove(self, listener: Listener) -> None:
        """Send a listener nothing more."""
        ...

    def move(self, listener: Listener, address: Address) -> None:
        """Send a listener what follows to another address of the same family."""
        ...

    def send(self, packet: PacketOut, sender: CopySender) -> Sent:
        """Send a packet to all but those who are not to have it."""
        ...

    def lose(self, packet: PacketOut) -> int:
        """Send a packet to nobody; return how many would have got it."""
        ...


def lose_rows(rows: list[int], listeners: Sequence[Listener], forward: Forward) -> int:
    """Note for each of these rows' listeners that the packet was lost; return how many."""
    for row in rows:
        listeners[row].downlink.lose(forward)
    return len(rows)
