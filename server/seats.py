"""Which node holds which seat: the own ones as they are, those of other nodes as last heard of.

This is no part of a room's record: the record says who is a member, this says to which node the member's
connection leads. A node alone holds every seat there is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
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
        is_pressing: set besides where somebody would hear nothing, or be told wrong things, until other nodes
            know: the first seat of a room here, the last one, and a member who comes from another node.
        look: reads anew what the other nodes hold.
    """

    def __init__(self, clock: Clock, *, is_alone: bool = False) -> None:
        """Start without a seat. A node that stays alone does not keep who left: nobody would ask."""
        self._clock = clock
        self._is_alone = is_alone
        self._own: dict[RoomSlug, dict[MemberId, int]] = {}
        self._others: tuple[NodeState, ...] = ()
        self._homes: dict[RoomSlug, dict[str, dict[MemberId, int]]] = {}
        self._shared: frozenset[RoomSlug] = frozenset()
        self._left_ms: dict[tuple[RoomSlug, MemberId], float] = {}
        self.changed = asyncio.Event()
        self.is_pressing = asyncio.Event()
        self.look: Callable[[], Awaitable[None]] = _nothing

    def take(self, slug: RoomSlug, member_id: MemberId) -> None:
        """Hold a seat from now on; whichever node held it before holds it no longer."""
        before_ms = max((held.get(member_id, 0) for held in self._held_elsewhere(slug)), default=0)
        if before_ms or slug not in self._own:
            self.is_pressing.set()
        self._own.setdefault(slug, {})[member_id] = max(self._clock.wall_ms(), before_ms + 1)
        self._left_ms.pop((slug, member_id), None)
        self.changed.set()

    def drop(self, slug: RoomSlug, member_id: MemberId) -> None:
        """Hold a seat no longer."""
        held = self._own.get(slug, {})
        if held.pop(member_id, None) is None:
            return
        if not held:
            del self._own[slug]
            self.is_pressing.set()
        if not self._is_alone:
            self._left_ms[slug, member_id] = self._clock.mono_ms()
        self.changed.set()

    def see(self, others: tuple[NodeState, ...]) -> None:
        """Know what the other nodes say now. What is the same object as before is not looked at again."""
        before = {other.name: other for other in self._others}
        self._others = others
        for other in others:
            old = before.pop(other.name, None)
            if old is not other:
                self._see_rooms(other.name, old.rooms if old else {}, other.rooms)
        for name, gone in before.items():
            self._see_rooms(name, gone.rooms, {})
        if self._shared != self._homes.keys():
            self._shared = frozenset(self._homes)

    def _see_rooms(
        self, name: str, old: Mapping[RoomSlug, dict[MemberId, int]], now: dict[RoomSlug, dict[MemberId, int]]
    ) -> None:
        for slug in old.keys() | now.keys():
            held = now.get(slug)
            if held:
                self._homes.setdefault(slug, {})[name] = held
            elif slug in self._homes:
                self._homes[slug].pop(name, None)
                if not self._homes[slug]:
                    del self._homes[slug]

    @property
    def others(self) -> tuple[NodeState, ...]:
        """The other nodes, as last heard of."""
        return self._others

    def own(self) -> dict[RoomSlug, dict[MemberId, int]]:
        """Return the own seats, each with since when (wall ms); later changes do not show in it."""
        return {slug: dict(held) for slug, held in self._own.items()}

    def own_shared(self) -> dict[RoomSlug, dict[MemberId, int]]:
        """Return the own seats in rooms in which other nodes hold some too."""
        return {slug: dict(held) for slug, held in self._own.items() if slug in self._homes}

    def holds(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether the seat is held here, and nobody has taken it later."""
        return member_id in self._own.get(slug, {}) and not self.is_elsewhere(slug, member_id)

    def is_elsewhere(self, slug: RoomSlug, member_id: MemberId) -> bool:
        """Whether another node holds the seat, and has taken it later than this one."""
        own_ms = self._own.get(slug, {}).get(member_id, 0)
        return any(held.get(member_id, 0) > own_ms for held in self._held_elsewhere(slug))

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

    def shared_rooms(self) -> frozenset[RoomSlug]:
        """Return the rooms in which other nodes hold seats; the same object until there are others."""
        return self._shared

    def watches(self, slug: RoomSlug, name: str) -> bool:
        """Whether it is for the node called `name`, this one, to see to seats that nobody holds.

        That is each node with members in the room; where none has any, the first node by name.
        """
        if self._own.get(slug):
            return True
        return slug not in self._homes and all(name < other.name for other in self._others)

    def left_before(self, mono_ms: float) -> list[tuple[RoomSlug, MemberId]]:
        """Return seats that were dropped before a time and are another node's now; each is returned once."""
        gone = [key for key, left_ms in self._left_ms.items() if left_ms <= mono_ms]
        for key in gone:
            del self._left_ms[key]
        return [(slug, member_id) for slug, member_id in gone if self.is_elsewhere(slug, member_id)]

    def _held_elsewhere(self, slug: RoomSlug) -> Iterable[dict[MemberId, int]]:
        return self._homes.get(slug, {}).values()
