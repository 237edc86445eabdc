"""Finding a peer: by the user name in a check, by the address of anything else, and by turns."""

import secrets
from typing import Final

from server.media.addresses import Address
from server.media.ice_lite import CheckAnswer, Credentials
from server.media.peer import Peer

TURNS_PER_ROUND: Final = 10
"""One tick in ten is each peer's: for its report and its expiry, every second, spread over all ticks."""


class PeerTable:
    """All live peers of the process.

    Attributes:
        by_ufrag: user names under which checks are answered.
        by_address: addresses that a signed check vouched for. The newest check wins an address.
    """

    __slots__ = ("_turn", "_turns", "by_address", "by_ufrag")

    def __init__(self) -> None:
        self.by_ufrag: Final[dict[str, Peer]] = {}
        self.by_address: Final[dict[Address, Peer]] = {}
        self._turns: Final[tuple[dict[str, Peer], ...]] = tuple({} for _ in range(TURNS_PER_ROUND))
        self._turn = 0

    def add(self, peer: Peer) -> None:
        """Make a new peer known."""
        self.by_ufrag[peer.ice.credentials.ufrag] = peer
        self._turns[secrets.randbelow(TURNS_PER_ROUND)][peer.terms.peer_id] = peer

    def remove(self, peer: Peer) -> None:
        """Forget a peer under all its names and addresses."""
        for ufrag in peer.ice.ufrags:
            self.by_ufrag.pop(ufrag, None)
        for address in peer.ice.addresses:
            self._forget_address(peer, address)
        for turn in self._turns:
            turn.pop(peer.terms.peer_id, None)

    def restart(self, peer: Peer, credentials: Credentials) -> None:
        """Give a peer new credentials; see `IceLite.restart`."""
        unused_ufrag = peer.ice.restart(credentials)
        if unused_ufrag is not None:
            self.by_ufrag.pop(unused_ufrag, None)
        self.by_ufrag[credentials.ufrag] = peer

    def learn(self, peer: Peer, address: Address, answer: CheckAnswer) -> None:
        """Take over what a check changed: a new address, one that gave way, a user name that ended."""
        self.by_address[address] = peer
        if answer.forgotten is not None:
            self._forget_address(peer, answer.forgotten)
        if answer.released_ufrag is not None:
            self.by_ufrag.pop(answer.released_ufrag, None)

    def next_turn(self) -> tuple[Peer, ...]:
        """Return the peers whose turn it is, and pass the turn on."""
        peers = tuple(self._turns[self._turn].values())
        self._turn = (self._turn + 1) % TURNS_PER_ROUND
        return peers

    def _forget_address(self, peer: Peer, address: Address) -> None:
        if self.by_address.get(address) is peer:
            del self.by_address[address]
