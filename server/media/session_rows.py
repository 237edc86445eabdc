"""Listeners who agreed on another cipher than ours: libsrtp encrypts for them, one by one."""

from typing import Final

from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from rooms.ids import MemberId
from server.media.addresses import Address
from server.media.kernel_lists import ROWS
from server.media.listener import CopySender, Listener, Sent
from server.media.packet_out import PacketOut


class SessionRows:
    """Up to ROWS listeners with a session of libsrtp each."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: Final[dict[MemberId, Listener]] = {}

    def __len__(self) -> int:
        return len(self._listeners)

    @property
    def is_full(self) -> bool:
        """Whether there is no place for another one."""
        return len(self._listeners) >= ROWS

    def add(self, listener: Listener) -> None:
        """Send a listener what the room forwards from now on.

        Raises:
            ValueError: his voice is here already, his keys are not libsrtp's, or there is no place.
        """
        if not isinstance(listener.keys, Session) or self.is_full or listener.voice_id in self._listeners:
            raise ValueError("no place for this listener here")
        self._listeners[listener.voice_id] = listener

    def remove(self, listener: Listener) -> None:
        """Send a listener nothing more."""
        del self._listeners[listener.voice_id]

    def move(self, listener: Listener, address: Address) -> None:
        """Send a listener what follows to another address of the same family."""
        listener.address = address

    def send(self, packet: PacketOut, sender: CopySender) -> Sent:
        """Send a packet to all but those who are not to have it."""
        forward = packet.forward
        sent = refused = not_keyed = 0
        for voice_id, listener in self._listeners.items():
            if voice_id in packet.absent:
                continue
            if voice_id in packet.skipped:
                listener.downlink.skip(forward)
                continue
            try:
                sender.sendto(self._protect(packet, listener), listener.address)
                sent += 1
            except OSError:
                listener.downlink.lose(forward)
                refused += 1
            except SrtpError:
                listener.downlink.lose(forward)
                not_keyed += 1
        return Sent(sent, refused, not_keyed)

    def lose(self, packet: PacketOut) -> int:
        """Send a packet to nobody; return how many would have got it."""
        left_out = 0
        for voice_id, listener in self._listeners.items():
            if voice_id not in packet.absent:
                listener.downlink.lose(packet.forward)
            left_out += voice_id in packet.absent or voice_id in packet.skipped
        return len(self._listeners) - left_out

    def _protect(self, packet: PacketOut, listener: Listener) -> bytes:
        downlink, slot = listener.downlink, packet.slot
        session = listener.keys
        assert isinstance(session, Session)  # noqa: S101 -- `add` took no other
        return session.protect(packet.write(downlink.seq16(packet.forward), downlink.ssrcs[slot]))
