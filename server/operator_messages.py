"""What the operator's page and the server say to each other, in numbers that are about nobody."""

from enum import StrEnum

import msgspec

from rooms.ids import RoomSlug
from server.ports import NodeLoad


class OperatorNode(msgspec.Struct, frozen=True, kw_only=True):
    """One node. `is_this`: the one that answers. `capacity` 0: no limit is known."""

    name: str
    phase: str
    is_this: bool
    members: int
    rooms: int
    capacity: int
    version: str
    started_ms: int
    load: NodeLoad


class OperatorRoom(msgspec.Struct, frozen=True, kw_only=True):
    """One room: how many are in it, and on how many nodes."""

    slug: RoomSlug
    title: str
    members: int
    nodes: int


class AlertKind(StrEnum):
    """What somebody should look at; the page says what to do."""

    REDIS_AWAY = "redis_away"
    NO_NODE_SERVES = "no_node_serves"
    LATE = "late"  # `number`: ms that the loop was late
    LOSS = "loss"  # `number`: packets in a hundred that browsers miss
    FULL = "full"  # `number`: members in a hundred of what the node takes
    RELEASES = "releases"  # `number`: how many different ones run side by side


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One of them; `node` is empty where it is about the place."""

    kind: AlertKind
    node: str = ""
    number: int = 0


class OperatorView(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="operator_view"):
    """Everything that the page shows.

    Attributes:
        nodes: by name.
        rooms: those with members, the largest first.
        rooms_open: how many have a meeting now.
        alerts: the worst first.
        may_drain: whether whoever asks may.
        is_cluster: whether there can be other nodes.
        now_ms: wall clock of the server.
    """

    nodes: tuple[OperatorNode, ...]
    rooms: tuple[OperatorRoom, ...]
    rooms_open: int
    alerts: tuple[Alert, ...]
    may_drain: bool
    is_cluster: bool
    now_ms: int


class DrainPreview(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="drain_preview"):
    """What draining a node would do, in counts.

    Attributes:
        node: which.
        members: whose browsers are asked to move; they are told nothing.
        rooms: that they are in.
        sharing: rooms among these in which somebody shares: they wait for its end, half the time at most.
        takers: other nodes that take members; 0: nobody can be moved.
        free: how many more those take; 0 where they name no limit.
        within_ms: the deadline.
        pause_ms: how long those rooms wait at most.
    """

    node: str
    members: int
    rooms: int
    sharing: int
    takers: int
    free: int
    within_ms: int
    pause_ms: int


class DrainAsked(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="drain_asked"):
    """The node was asked; it begins within a second."""

    node: str


class OperatorRefusal(StrEnum):
    """Why not."""

    NO_SUCH_NODE = "no_such_node"
    ALREADY_DRAINING = "already_draining"
    STANDS_ALONE = "stands_alone"  # there is no cluster
    REDIS_AWAY = "redis_away"
    NEEDS_LINK = "needs_link"  # an address may look; draining needs the operator's link


class OperatorRefused(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="refused"):
    """Nothing was done."""

    code: OperatorRefusal


class OperatorLook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Show how everything is."""


class AskDrain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask about one node."""

    node: str


OperatorAnswer = OperatorView | DrainPreview | DrainAsked | OperatorRefused
OPERATOR_ASKS: dict[str, type[msgspec.Struct]] = {
    "look": OperatorLook,
    "preview": AskDrain,
    "drain": AskDrain,
}
