"""Which node a member is pointed to: a room stays on one node while it fits, and spills when it is full.

Pure: what the directory says goes in, a node comes out. The directory is up to a second old and every node
asks for itself, so all that matter agree without talking: among nodes that are about equally full, the
room's name decides (rendezvous hashing, Thaler and Ravishankar 1998), and two members who open an empty
room by different nodes in the same second meet on one. Nobody depends on the answer: a member who stays
where the load balancer has put them is served as well, and the room then spans one node more.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from rooms.ids import NO_MEMBER, MemberId, RoomSlug
from server.ports import NodePhase, NodeState

LOAD_STEPS: Final = 20
"""Nodes within the same twentieth of their capacity count as equally full; else each second's newest would
all be sent to the one node that was the emptiest a second ago."""


def place(
    slug: RoomSlug, nodes: Iterable[NodeState], room_members_max: int, returning: MemberId = NO_MEMBER
) -> NodeState | None:
    """Return where a member of the room is served best, None where no node takes anybody.

    Args:
        slug: the room.
        nodes: all that the directory has.
        room_members_max: members of one room on one node, for newcomers.
        returning: whose seat waits: the node that holds it, or else the one with most of the room, takes them
            back even if the room is full there for newcomers, so that a restart does not scatter a room.
    """
    takers = [node for node in nodes if node.phase is NodePhase.SERVING and _has_place(node)]
    homes = [node for node in takers if node.rooms.get(slug)]
    if returning != NO_MEMBER and homes:
        return max(homes, key=lambda node: (returning in node.rooms[slug], *_pull(slug, node)))
    open_homes = [node for node in homes if len(node.rooms[slug]) < room_members_max]
    if open_homes:
        return max(open_homes, key=lambda node: _pull(slug, node))
    fresh = [node for node in takers if node not in homes] or homes
    return min(fresh, key=lambda node: (_step(node), _rank(slug, node)), default=None)


def _has_place(node: NodeState) -> bool:
    return not node.capacity or node.members < node.capacity


def _pull(slug: RoomSlug, node: NodeState) -> tuple[int, bytes]:
    """How much a room draws its members to a node: the most of it first."""
    return len(node.rooms[slug]), _rank(slug, node)


def _step(node: NodeState) -> int:
    """How full a node is, roughly; one that names no capacity by its members alone."""
    return node.members * LOAD_STEPS // (node.capacity or 1_000)


def _rank(slug: RoomSlug, node: NodeState) -> bytes:
    """Return a number that is the same everywhere and favours no node over all rooms."""
    return blake2b(f"{slug}\n{node.name}".encode(), digest_size=8).digest()
