"""One room's sound on this node: its forwarder, its peers, and who listens over which socket."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from rooms.ids import MemberId, RoomSlug
from rooms.voice.drops import DropReason
from rooms.voice.forwarder import Forward, Forwarder
from rooms.voice.packet import AudioPacket
from server.media.fanout import Address, Listener, Sent
from server.media.peer import Peer


class Reach(NamedTuple):
    """How far one voice's packets go over one socket.

    Attributes:
        listeners: are sent them.
        apart: hear the room, but not this voice; their numbering must skip it.
    """

    listeners: tuple[Listener, ...]
    apart: tuple[Listener, ...] = ()


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
        listeners4, listeners6: connected peers by the family of their path. Replaced as a whole, never
            changed, so that a fan-out under way keeps the one it began with.
        waiting: fan-outs to a large room that are not finished, oldest first; always finished in order.
        is_shared: whether another node has members here, so that what is forwarded must be sent there too.
        stop_following: ends what follows the room's voices on other nodes; None while nothing does.
    """

    __slots__ = (
        "_allowed",
        "_apart",
        "_reach_of_all",
        "_reaches",
        "_remote",
        "_sources",
        "forwarder",
        "is_shared",
        "listeners4",
        "listeners6",
        "peers",
        "slug",
        "stop_following",
        "waiting",
    )

    def __init__(self, slug: RoomSlug) -> None:
        self.slug: Final = slug
        self.forwarder: Final = Forwarder()
        self.peers: Final[dict[MemberId, Peer]] = {}
        self.listeners4: tuple[Listener, ...] = ()
        self.listeners6: tuple[Listener, ...] = ()
        self.waiting: Final[deque[Iterator[Sent]]] = deque()
        self.is_shared = False
        self.stop_following: Callable[[], None] | None = None
        self._remote: Final[set[MemberId]] = set()  # heard from another node; known to the forwarder for it
        self._sources: Final[dict[MemberId, _Source]] = {}
        self._allowed: Final[set[MemberId]] = set()
        self._apart: Final[dict[MemberId, set[MemberId]]] = {}  # each pair is there twice
        self._reach_of_all = (Reach(()), Reach(()))
        self._reaches: Final[dict[MemberId, tuple[Reach, Reach]]] = {}  # made when a voice needs one

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
        self._reaches.clear()

    def reach(self, voice_id: MemberId) -> tuple[Reach, Reach]:
        """Return whom a voice's packets go to, over IPv4 and over IPv6."""
        if voice_id not in self._apart:
            return self._reach_of_all
        found = self._reaches.get(voice_id)
        if found is None:
            others = self._apart[voice_id]
            found = (_part(self.listeners4, others), _part(self.listeners6, others))
            self._reaches[voice_id] = found
        return found

    def add_listener(self, listener: Listener) -> None:
        """Let a connected peer hear the room from the next packet on."""
        if len(listener.address) == 2:  # noqa: PLR2004 -- see Address
            self._set_listeners((*self.listeners4, listener), self.listeners6)
        else:
            self._set_listeners(self.listeners4, (*self.listeners6, listener))

    def move_listener(self, listener: Listener, address: Address) -> None:
        """Follow a listener to another address, of another family maybe."""
        self.remove_listener(listener)
        listener.address = address
        self.add_listener(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Send a peer nothing more."""
        self._set_listeners(
            tuple(one for one in self.listeners4 if one is not listener),
            tuple(one for one in self.listeners6 if one is not listener),
        )

    def _set_listeners(self, listeners4: tuple[Listener, ...], listeners6: tuple[Listener, ...]) -> None:
        self.listeners4, self.listeners6 = listeners4, listeners6
        self._reach_of_all = (Reach(listeners4), Reach(listeners6))
        self._reaches.clear()


def _part(listeners: tuple[Listener, ...], others: set[MemberId]) -> Reach:
    """Part the listeners of one socket into those who hear a voice and those kept apart from it."""
    return Reach(
        tuple(one for one in listeners if one.voice_id not in others),
        tuple(one for one in listeners if one.voice_id in others),
    )
