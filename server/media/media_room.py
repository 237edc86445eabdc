"""One room's sound on this node: its forwarder, its peers, and who listens over which socket."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from rooms.ids import MemberId, RoomSlug
from rooms.voice.forwarder import Forwarder
from server.media.fanout import Address, Listener, Sent
from server.media.peer import Peer


class MediaRoom:
    """Peers of one room, and what may be heard of them.

    Attributes:
        slug: the room's.
        forwarder: decides about every packet.
        peers: by voice; at most one each.
        listeners4, listeners6: connected peers by the family of their path. Replaced as a whole, never
            changed, so that a fan-out under way keeps the one it began with.
        waiting: fan-outs to a large room that are not finished, oldest first; always finished in order.
    """

    __slots__ = ("_allowed", "forwarder", "listeners4", "listeners6", "peers", "slug", "waiting")

    def __init__(self, slug: RoomSlug) -> None:
        self.slug: Final = slug
        self.forwarder: Final = Forwarder()
        self.peers: Final[dict[MemberId, Peer]] = {}
        self.listeners4: tuple[Listener, ...] = ()
        self.listeners6: tuple[Listener, ...] = ()
        self.waiting: Final[deque[Iterator[Sent]]] = deque()
        self._allowed: Final[set[MemberId]] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is lost by forgetting the room."""
        return not self.peers and not self._allowed

    def add(self, peer: Peer) -> None:
        """Take a new peer; its voice is heard if that was allowed before."""
        voice_id = peer.terms.voice_id
        self.peers[voice_id] = peer
        self.forwarder.add_voice(voice_id)
        self.forwarder.allow(voice_id, voice_id in self._allowed)

    def remove(self, peer: Peer) -> None:
        """Forget a peer; what its voice may do is kept for the next one."""
        voice_id = peer.terms.voice_id
        del self.peers[voice_id]
        self.forwarder.remove_voice(voice_id)
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

    def add_listener(self, listener: Listener) -> None:
        """Let a connected peer hear the room from the next packet on."""
        if len(listener.address) == 2:  # noqa: PLR2004 -- see Address
            self.listeners4 += (listener,)
        else:
            self.listeners6 += (listener,)

    def move_listener(self, listener: Listener, address: Address) -> None:
        """Follow a listener to another address, of another family maybe."""
        self.remove_listener(listener)
        listener.address = address
        self.add_listener(listener)

    def remove_listener(self, listener: Listener) -> None:
        """Send a peer nothing more."""
        self.listeners4 = tuple(one for one in self.listeners4 if one is not listener)
        self.listeners6 = tuple(one for one in self.listeners6 if one is not listener)
