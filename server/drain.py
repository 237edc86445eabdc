"""Emptying a node before it stops: every member goes to another node, and nobody hears of it.

New connections are sent away, browsers are asked room by room to come to another node, and each opens its
new connection and transport before it leaves the old ones. A room in which somebody shares is left alone
until the share ends, as long as the deadline allows.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from rooms.ids import MemberId, RoomSlug
from server.gateway.connection import Connection
from server.logs import log_for
from server.placement import place
from server.ports import Clock, NodePhase, NodeState
from server.room_service import RoomService
from signaling.to_browser import Move

WITHIN_MS: Final = 20_000  # unless whoever asks says otherwise
PAUSE_SHARE: Final = 0.5  # of the time: so long a room waits for its share to end
SPREAD_S: Final = 0.05  # between two members: a transport costs about 2 ms of one core, here and there
SPREAD_MAX_S: Final = 4.0  # for everybody together
LOOK_S: Final = 0.05
OTHERS_MS: Final = 2_500
"""So long another node is waited for that serves. In a rolling restart one has said so just now, and is heard
of within the second between two looks at the directory."""

_log = log_for("drain")


class Doors(Protocol):
    """What this file needs of the gateway."""

    is_draining: bool

    def connections_in(self, slug: RoomSlug) -> tuple[Connection, ...]:
        """Return every connection that follows a room here."""
        ...


class Place(Protocol):
    """What this file needs of the node's presence."""

    def say(self, phase: NodePhase) -> None:
        """Tell the other nodes."""
        ...


class Drain:
    """One node's way out."""

    def __init__(  # noqa: PLR0913 - the parts of a node, each given once, at start
        self,
        rooms: RoomService,
        *,
        doors: Doors,
        place: Place,
        others: Callable[[], Sequence[NodeState]],
        room_members_max: int,
        transports: Callable[[], int],
        say_not_ready: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """Take the parts. `others` are the other nodes, `transports` says how many peers there are here.

        `room_members_max` of one room are sent to one node, as long as there is another.
        """
        self._rooms = rooms
        self._doors = doors
        self._place = place
        self._others = others
        self._transports = transports
        self._say_not_ready = say_not_ready
        self._clock = clock
        self._room_members_max = room_members_max
        self._asked: dict[str, dict[RoomSlug, dict[MemberId, int]]] = {}
        self._is_over = asyncio.Event()

    async def run(self, within_ms: int = WITHIN_MS) -> bool:
        """Send everybody elsewhere; returns whether the node is empty. Ends at the deadline at the latest.

        Asked again, it waits for the end of the first time.
        """
        if self._doors.is_draining:
            await self._is_over.wait()
            return not self._left()
        try:
            return await self._run(within_ms)
        finally:
            self._is_over.set()

    async def _run(self, within_ms: int) -> bool:
        until_ms = self._clock.mono_ms() + within_ms
        pause_until_ms = until_ms - within_ms * (1 - PAUSE_SHARE)
        self._doors.is_draining = True
        self._say_not_ready("draining")
        self._place.say(NodePhase.DRAINING)
        await self._until_another(min(until_ms, self._clock.mono_ms() + OTHERS_MS))
        if not self._serving():
            _log.warning("nowhere_to_go")
            return False
        _log.info("draining", members=self._left(), within_ms=within_ms)
        slugs = list(self._rooms.slugs())
        while slugs and self._clock.mono_ms() < until_ms:
            is_late = self._clock.mono_ms() >= pause_until_ms
            for slug in tuple(slugs):
                if is_late or not self._is_sharing(slug):
                    slugs.remove(slug)
                    await self._move_room(slug, until_ms)
            await asyncio.sleep(LOOK_S)
        while (self._left() or self._transports()) and self._clock.mono_ms() < until_ms:  # noqa: ASYNC110 - of many
            await asyncio.sleep(LOOK_S)
        is_empty = not self._left()
        _log.info("drained", left=self._left(), is_empty=is_empty)
        return is_empty

    async def _until_another(self, until_ms: float) -> None:
        while self._left() and not self._serving() and self._clock.mono_ms() < until_ms:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)

    async def _move_room(self, slug: RoomSlug, until_ms: float) -> None:
        seated = [(one, one.seat) for one in self._doors.connections_in(slug) if one.seat is not None]
        spread_s = min(SPREAD_S, SPREAD_MAX_S / max(1, self._left()))
        for connection, seat in seated:
            node = self._next_node(slug, seat.member_id)
            if node is None:
                return
            connection.is_moving = True
            left_ms = max(0, round(until_ms - self._clock.mono_ms()))
            connection.tell(Move(url=node.public_url, within_ms=left_ms))
            await asyncio.sleep(spread_s)

    def _next_node(self, slug: RoomSlug, member_id: MemberId) -> NodeState | None:
        """Return where a newcomer to the room would be sent; those whom we sent there count as there."""
        serving = [self._with_asked(node) for node in self._serving()]
        if not serving:
            return None
        node = place(slug, serving, self._room_members_max) or min(serving, key=lambda one: one.members)
        self._asked.setdefault(node.name, {}).setdefault(slug, {})[member_id] = 0
        return node

    def _with_asked(self, node: NodeState) -> NodeState:
        asked = self._asked.get(node.name, {})
        return replace(
            node, rooms=node.rooms | {slug: sent | node.rooms.get(slug, {}) for slug, sent in asked.items()}
        )

    def _serving(self) -> list[NodeState]:
        return [node for node in self._others() if node.phase is NodePhase.SERVING]

    def _is_sharing(self, slug: RoomSlug) -> bool:
        room = self._rooms.open_room(slug)
        return room is not None and room.floor.share is not None

    def _left(self) -> int:
        return sum(len(self._doors.connections_in(slug)) for slug in self._rooms.slugs())
