"""What an operator is shown and may do: nodes, rooms and members as numbers, and to empty a node."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from rooms.ids import RoomSlug
from server.drain import PAUSE_SHARE
from server.operator_messages import (
    Alert,
    AlertKind,
    DrainAsked,
    DrainPreview,
    OperatorAnswer,
    OperatorNode,
    OperatorRefusal,
    OperatorRefused,
    OperatorRoom,
    OperatorView,
)
from server.ports import Clock, LogUnavailableError, NodePhase, NodeState
from server.room_service import RoomService
from server.top import FULL_ALARM, LAG_ALARM_MS, LOSS_ALARM

_ORDER: Final = tuple(AlertKind)


class Sources(NamedTuple):
    """Where the desk takes from what it shows.

    Attributes:
        own: this node as it is now.
        others: the other nodes as last heard of.
        rooms: every room.
        title_of: what a room is called.
        troubles: what of the place is away, in the fixed words of /readyz.
        ask_drain: asks a node to empty itself within so many ms; None where there is no cluster.
    """

    own: Callable[[], NodeState]
    others: Callable[[], Sequence[NodeState]]
    rooms: RoomService
    title_of: Callable[[RoomSlug], str]
    troubles: Callable[[], Sequence[str]]
    ask_drain: Callable[[str, int], Awaitable[None]] | None


class OperatorDesk:
    """Answers the operator's page."""

    def __init__(self, sources: Sources, clock: Clock, within_ms: int) -> None:
        """Take the sources; `within_ms` is the deadline of a drain."""
        self._sources = sources
        self._clock = clock
        self._within_ms = within_ms

    def look(self, *, may_drain: bool) -> OperatorView:
        """Return everything there is to see."""
        own, nodes = self._nodes()
        members = Counter(self._seats())
        spans = Counter(slug for node in nodes for slug, seats in node.rooms.items() if seats)
        rooms = [
            OperatorRoom(
                slug=slug,
                title=self._sources.title_of(slug),
                members=count,
                nodes=max(1, spans[slug]),
            )
            for slug, count in members.items()
            if count
        ]
        return OperatorView(
            nodes=tuple(_show(node, is_this=node is own) for node in nodes),
            rooms=tuple(sorted(rooms, key=lambda room: (-room.members, room.slug))),
            rooms_open=sum(1 for slug in self._slugs() if self._sources.rooms.open_room(slug)),
            alerts=self._alerts(nodes),
            may_drain=may_drain and self._sources.ask_drain is not None,
            is_cluster=self._sources.ask_drain is not None,
            now_ms=self._clock.wall_ms(),
        )

    def preview(self, name: str) -> OperatorAnswer:
        """Return what draining a node would do."""
        found = self._drainable(name)
        if isinstance(found, OperatorRefused):
            return found
        takers = [node for node in self._nodes()[1] if node.name != name and _serves(node)]
        held = [slug for slug, seats in found.rooms.items() if seats]
        is_limited = all(node.capacity for node in takers)
        return DrainPreview(
            node=name,
            members=found.members,
            rooms=len(held),
            sharing=sum(map(self._is_sharing, held)),
            takers=len(takers),
            free=sum(max(0, node.capacity - node.members) for node in takers) if is_limited else 0,
            within_ms=self._within_ms,
            pause_ms=round(self._within_ms * PAUSE_SHARE),
        )

    async def drain(self, name: str) -> OperatorAnswer:
        """Ask a node to send its members elsewhere."""
        found = self._drainable(name)
        if isinstance(found, OperatorRefused):
            return found
        if self._sources.ask_drain is None:
            return OperatorRefused(code=OperatorRefusal.STANDS_ALONE)
        try:
            await self._sources.ask_drain(name, self._within_ms)
        except LogUnavailableError:
            return OperatorRefused(code=OperatorRefusal.REDIS_AWAY)
        return DrainAsked(node=name)

    def _nodes(self) -> tuple[NodeState, tuple[NodeState, ...]]:
        own = self._sources.own()
        return own, tuple(sorted((own, *self._sources.others()), key=lambda node: node.name))

    def _drainable(self, name: str) -> NodeState | OperatorRefused:
        if self._sources.ask_drain is None:
            return OperatorRefused(code=OperatorRefusal.STANDS_ALONE)
        node = next((node for node in self._nodes()[1] if node.name == name), None)
        if node is None:
            return OperatorRefused(code=OperatorRefusal.NO_SUCH_NODE)
        if not _serves(node):
            return OperatorRefused(code=OperatorRefusal.ALREADY_DRAINING)
        return node

    def _slugs(self) -> tuple[RoomSlug, ...]:
        return self._sources.rooms.slugs()

    def _seats(self) -> dict[RoomSlug, int]:
        """Members of each room by its record, which is the same on every node."""
        found = {}
        for slug in self._slugs():
            room = self._sources.rooms.open_room(slug)
            if room is not None:
                found[slug] = len(room.members)
        return found

    def _is_sharing(self, slug: RoomSlug) -> bool:
        room = self._sources.rooms.open_room(slug)
        return room is not None and room.floor.share is not None

    def _alerts(self, nodes: Sequence[NodeState]) -> tuple[Alert, ...]:
        found = []
        if "redis" in self._sources.troubles():
            found.append(Alert(kind=AlertKind.REDIS_AWAY))
        if not any(map(_serves, nodes)):
            found.append(Alert(kind=AlertKind.NO_NODE_SERVES))
        for node in nodes:
            load = node.load
            if load.lag_ms >= LAG_ALARM_MS:
                found.append(Alert(kind=AlertKind.LATE, node=node.name, number=round(load.lag_ms)))
            if load.loss >= LOSS_ALARM:
                found.append(Alert(kind=AlertKind.LOSS, node=node.name, number=round(load.loss * 100)))
            if node.capacity and node.members >= FULL_ALARM * node.capacity:
                part = round(node.members / node.capacity * 100)
                found.append(Alert(kind=AlertKind.FULL, node=node.name, number=part))
        releases = {node.version for node in nodes}
        if len(releases) > 1:
            found.append(Alert(kind=AlertKind.RELEASES, number=len(releases)))
        return tuple(sorted(found, key=lambda alert: _ORDER.index(alert.kind)))


def _serves(node: NodeState) -> bool:
    return node.phase is NodePhase.SERVING


def _show(node: NodeState, *, is_this: bool) -> OperatorNode:
    return OperatorNode(
        name=node.name,
        phase=node.phase.value,
        is_this=is_this,
        members=node.members,
        rooms=sum(map(bool, node.rooms.values())),
        capacity=node.capacity,
        version=node.version,
        started_ms=node.started_ms,
        load=node.load,
    )
