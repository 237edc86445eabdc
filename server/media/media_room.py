"""One room's sound on this node: its forwarder, its peers, and who listens over which socket."""

import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import Forward, Forwarder
from rooms.voice.packet import AudioPacket
from server.media.addresses import Address
from server.media.copies import family_of
from server.media.fanout import Listeners
from server.media.listener import CopySender, Listener, Sent
from server.media.packet_out import PacketOut
from server.media.peer import Peer


class FanOut(NamedTuple):
    """One packet to a large room that is not with everybody yet."""

    packet: PacketOut
    rest: Iterator[Sent]


SOURCE_SILENCE_MS: Final = 2_000.0
"""After this long without a packet the newest transport of a voice gives way to an older one that sends.
Longer than the 400 ms between packets of a silent sender (DTX)."""


class _Source:
    """Which of a voice's transports is heard. `since_ms` by the wall clock, `heard_ms` monotonic."""

    __slots__ = ("heard_ms", "since_ms")

    def __init__(self) -> None:
        self.since_ms = 0
        self.heard_ms = 0.0


class MediaRoom:
    """Peers of one room, and what may be heard of them.

    Attributes:
        slug: the room's.
        forwarder: decides about every packet.
        peers: by voice; at most one each.
        listeners: connected peers by the family of their path, IPv4 first.
        waiting: fan-outs to a large room that are not finished, oldest first; always finished in order.
        is_shared: whether another node has members here, so that what is forwarded must be sent there too.
        stop_following: ends what follows the room's voices on other nodes; None while nothing does.
    """

    __slots__ = (
        "_allowed",
        "_apart",
        "_remote",
        "_skipped",
        "_sources",
        "forwarder",
        "is_shared",
        "listeners",
        "peers",
        "slug",
        "stop_following",
        "waiting",
    )

    def __init__(self, slug: RoomSlug) -> None:
        self.slug: Final = slug
        self.forwarder: Final = Forwarder()
        self.peers: Final[dict[MemberId, Peer]] = {}
        self.listeners: Final = (Listeners(), Listeners())
        self.waiting: Final[deque[FanOut]] = deque()
        self.is_shared = False
        self.stop_following: Callable[[], None] | None = None
        self._remote: Final[set[MemberId]] = set()  # heard from another node; known to the forwarder for it
        self._sources: Final[dict[MemberId, _Source]] = {}
        self._allowed: Final[set[MemberId]] = set()
        self._apart: Final[dict[MemberId, set[MemberId]]] = {}  # each pair is there twice
        self._skipped: Final[dict[MemberId, frozenset[MemberId]]] = {}  # made when a voice needs one

    @property
    def is_empty(self) -> bool:
        """Whether nothing is lost by forgetting the room."""
        return not (self.peers or self._allowed or self._apart)

    def add(self, peer: Peer) -> None:
        """Take a new peer; its voice is heard if that was allowed before."""
        voice_id = peer.terms.voice_id
        self.peers[voice_id] = peer
        if voice_id not in self._remote:
            self.forwarder.add_voice(voice_id)
            self.forwarder.allow(voice_id, voice_id in self._allowed)

    def remove(self, peer: Peer) -> None:
        """Forget a peer; what its voice may do is kept for the next one."""
        voice_id = peer.terms.voice_id
        del self.peers[voice_id]
        if voice_id not in self._remote:  # otherwise the member speaks on, by another node
            self.forwarder.remove_voice(voice_id)
            self._sources.pop(voice_id, None)
        if peer.listener is not None:
            self.remove_listener(peer.listener)

    def allow(self, voice_id: MemberId, allowed: bool) -> None:  # noqa: FBT001 -- the value is the message
        """Let a voice be heard or mute it, also before it has a peer."""
        if allowed:
            self._allowed.add(voice_id)
        else:
            self._allowed.discard(voice_id)
        if voice_id in self.peers:
            self.forwarder.allow(voice_id, allowed)
        elif voice_id in self._remote and not allowed:
            self.forwarder.remove_voice(voice_id)
        if not allowed:
            self._remote.discard(voice_id)
            self._sources.pop(voice_id, None)

    def next_since_ms(self, voice_id: MemberId, wall_ms: int) -> int:
        """Return since when a new transport of the voice counts: later than every other that was heard."""
        source = self._sources.get(voice_id)
        return wall_ms if source is None else max(wall_ms, source.since_ms + 1)

    def receive(
        self, voice_id: MemberId, since_ms: int, packet: AudioPacket, now_ms: float
    ) -> Forward | DropReason:
        """Decide what becomes of one packet of a member's transport, here or on another node.

        While a member moves there are two, with the same words on both: the later one is heard from its first
        packet on, and the older one again only once that was silent for `SOURCE_SILENCE_MS`.
        """
        source = self._sources.get(voice_id)
        if source is None:
            source = self._sources[voice_id] = _Source()
        if since_ms != source.since_ms:
            if since_ms < source.since_ms and now_ms - source.heard_ms < SOURCE_SILENCE_MS:
                return DropReason.SUPERSEDED
            source.since_ms = since_ms
        source.heard_ms = now_ms
        return self.forwarder.receive(voice_id, packet, now_ms)

    def receive_remote(
        self, voice_id: MemberId, since_ms: int, packet: AudioPacket, now_ms: float
    ) -> Forward | DropReason:
        """Do the same with a packet that came from another node. The room's record decides here too."""
        if voice_id not in self._remote:
            if voice_id not in self._allowed:
                return DropReason.MUTED
            self._remote.add(voice_id)
            if voice_id not in self.peers:
                self.forwarder.add_voice(voice_id)
                self.forwarder.allow(voice_id, allowed=True)
        return self.receive(voice_id, since_ms, packet, now_ms)

    def set_apart(self, one: MemberId, other: MemberId, apart: bool) -> None:  # noqa: FBT001 -- as above
        """Keep two voices from each other, both ways, or let them hear each other; also before they come.

        Raises:
            ValueError: one and the same voice.
        """
        if one == other:
            raise ValueError("a voice cannot be kept apart from itself")
        if apart == (other in self._apart.get(one, ())):
            return
        for voice_id, its_other in ((one, other), (other, one)):
            if apart:
                self._apart.setdefault(voice_id, set()).add(its_other)
                continue
            self.forwarder.close_past(voice_id)
            others = self._apart[voice_id]
            others.remove(its_other)
            if not others:
                del self._apart[voice_id]
        self._skipped.clear()

    @property
    def listener_count(self) -> int:
        """How many connected peers there are."""
        return sum(listeners.count for listeners in self.listeners)

    def skipped_by(self, voice_id: MemberId) -> frozenset[MemberId]:
        """Return who must not hear a voice: itself, and those kept apart from it."""
        found = self._skipped.get(voice_id)
        if found is None:
            found = self._skipped[voice_id] = frozenset({voice_id, *self._apart.get(voice_id, ())})
        return found

    def send(self, packet: PacketOut, senders: Sequence[CopySender | None]) -> Iterator[Sent]:
        """Send a packet to everybody, a part of them each time that the caller asks for more."""
        return chain.from_iterable(
            listeners.send(packet, sender)
            for listeners, sender in zip(self.listeners, senders, strict=True)
            if sender is not None and listeners.count
        )

    def lose(self, packet: PacketOut) -> int:
        """Send a packet to nobody; return how many would have got it."""
        return sum(listeners.lose(packet) for listeners in self.listeners)

    def add_listener(self, listener: Listener) -> None:
        """Let a connected peer hear the room from the next packet on."""
        self._listeners_at(listener.address).add(listener)
        for fan_out in self.waiting:
            fan_out.packet.absent.add(listener.voice_id)

    def move_listener(self, listener: Listener, address: Address) -> None:
        """Follow a listener to another address, of another family maybe."""
        if self._listeners_at(listener.address) is self._listeners_at(address):
            self._listeners_at(address).move(listener, address)
            return
        self.remove_listener(listener)
        listener.address = address
        self.add_listener(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Send a peer nothing more."""
        self._listeners_at(listener.address).remove(listener)
        self._skipped.pop(listener.voice_id, None)

    def _listeners_at(self, address: Address) -> Listeners:
        return self.listeners[family_of(address) == socket.AF_INET6]
