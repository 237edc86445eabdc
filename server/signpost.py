"""Where somebody who comes in is served best: here, or by another node under an address of its own.

It is asked before a seat is taken and before sound is set up. Whoever was sent on once is taken wherever they
come next, so two nodes that know different things cannot send anybody to and fro.
"""

from collections.abc import Callable, Sequence

from rooms.ids import NO_MEMBER, MemberId, RoomSlug
from server.placement import place
from server.ports import NodeState


class Signpost:
    """One for each node."""

    def __init__(
        self,
        own: Callable[[], NodeState],
        others: Callable[[], Sequence[NodeState]],
        room_members_max: int,
    ) -> None:
        """Take what tells of this node and of the others; see `server.placement.place` for the limit."""
        self._own = own
        self._others = others
        self._room_members_max = room_members_max

    def url_for(self, slug: RoomSlug, returning: MemberId = NO_MEMBER) -> str:
        """Return the address of the node that a member of the room should come to; empty: to stay here.

        A node without an address of its own is never named: browsers reach it by the load balancer only.
        """
        others = self._others()
        if not others:
            return ""
        own = self._own()
        node = place(slug, (own, *others), self._room_members_max, returning)
        if node is None or node.name == own.name or node.public_url == own.public_url:
            return ""
        return node.public_url
