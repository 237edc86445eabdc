"""Which node holds which seat: the own ones as they are, those of other nodes as last heard of.

This is no part of a room's record: the record says who is a member, this says to which node the member's
connection leads. A node alone holds every seat there is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from rooms.ids import MemberId, RoomSlug
from server.ports import Clock, LogUnavailableError, NodeState

LOOK_S: Final = (0.0, 0.1, 0.4)
"""When a node that lost a member looks whether another has them: it says so within some 30 ms, more where a
machine is busy. The room hears of the loss that much later."""


async def _nothing() -> None:
    """A node alone has nobody to ask."""


class Seats:
    """The seats of this node, and what is known of the others'.

    Attributes:
        changed: set when the own seats are others than before; whoever announces them clears it.
        look: reads anew what the other nodes hold.
    """

    def __init__(self, clock: Clock) -> None:
        """Start alone, without a seat."""
        self._clock = clock
        self._own: dict[RoomSlug, dict[MemberId, int]] = {}
        self._others: tuple[NodeState, ...] = ()
        self._left_ms: dict[tuple[RoomSlug, MemberId], float] = {}
        self._strayed: set[tuple[RoomSlug, MemberId]] = set()
        self.changed = asyncio.Event()
        self.look: Callable[[], Awaitable[None]] = _nothing

    def take(self, slug: RoomSlug, member_id: MemberId) -> None:
        """Hold a seat from now on; whichever node held it before holds it no longer."""
        before_ms = max((held.get(member_id, 0) for held in self._held_elsewhere(slug)), default=0)
        self._own.setdefault(slug, {})[member_id] = max(self._clock.wall_ms(), before_ms + 1)
        self._left_ms.pop((slug, member_id), None)
        self._strayed.discard((slug, member_id))
        self.changed.set()

    def drop(self, slug: RoomSlug, member_id: MemberId) -> None:
        """Hold a seat no longer."""
        held = self._own.get(slug, {})
        if held.pop(member_id, None) is None:
            return
        if not held:
            del self._own[slug]
        self._left_ms[slug, member_id] = self._clock.mono_ms()
        self.changed.set()

    def see(self, others: tuple[NodeState, ...]) -> None:
        """Know what the other nodes say now."""
        self._others = others
        known = {(slug, member_id) for slug, held in self._own.items() for member_id in held}
        self._strayed.update(key for key in known.union(self._left_ms) if self.is_elsewhere(*key))

    @property
    def others(self) -> tuple[NodeState, ...]:
        """The other nodes, as last heard of."""
        return self._others

    def own(self) -> dict[RoomSlug, dict[MemberId, int]]:
        """Return the own seats, each with since when (wall ms); later changes do not show in it."""
        return {slug: dict(held) for slug, held in self._own.items()}

    def holds(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether the seat is held here, and nobody has taken it later."""
        return member_id in self._own.get(slug, {}) and not self.is_elsewhere(slug, member_id)

    def is_elsewhere(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether another node holds the seat, and has taken it later than this one."""
        own_ms = self._own.get(slug, {}).get(member_id, 0)
        return any(held.get(member_id, 0) > own_ms for held in self._held_elsewhere(slug))

    def was_elsewhere(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether another node holds the seat, or has held it since this one did.

        A transport that is still here then is not the one that the member's page speaks by.
        """
        return (slug, member_id) in self._strayed or self.is_elsewhere(slug, member_id)

    def is_held(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether any node holds the seat."""
        return member_id in self._own.get(slug, {}) or self.is_elsewhere(slug, member_id)

    async def went_elsewhere(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether a seat that was just dropped is another node's by now; asks the others, for a moment."""
        for wait_s in LOOK_S if self._others else ():
            if self.is_elsewhere(slug, member_id):
                return True
            await asyncio.sleep(wait_s)
            try:
                await self.look()
            except LogUnavailableError:
                return False  # nobody can tell; a node that does hold it will say so
        return self.is_elsewhere(slug, member_id)

    def shared_rooms(self) -> Collection[RoomSlug]:
        """Return the rooms in which other nodes hold seats."""
        return {slug for other in self._others for slug, held in other.rooms.items() if held}

    def watches(self, slug: RoomSlug, name: str) -> bool:
        """Whether it is for the node called `name`, this one, to see to seats that nobody holds.

        That is each node with members in the room; where none has any, the first node by name.
        """
        if self._own.get(slug):
            return True
        is_theirs = any(True for held in self._held_elsewhere(slug) if held)
        return not is_theirs and all(name < other.name for other in self._others)

    def left_before(self, mono_ms: float) -> list[tuple[RoomSlug, MemberId]]:
        """Return seats that were dropped before a time and are another node's now; each is returned once."""
        gone = [key for key, left_ms in self._left_ms.items() if left_ms <= mono_ms]
        for key in gone:
            del self._left_ms[key]
            self._strayed.discard(key)
        return [(slug, member_id) for slug, member_id in gone if self.is_elsewhere(slug, member_id)]

    def _held_elsewhere(self, slug: RoomSlug) -> list[dict[MemberId, int]]:
        return [other.rooms[slug] for other in self._others if slug in other.rooms]
