"""Takes up rooms that were made, closed or renamed by command while the server runs.

A room that was made opens. Nobody is cut off by a command: a room that was closed is no longer listed, and
its meeting ends once nobody is in it and nobody waits at its door; until then its address still works. A room
round the clock that was renamed begins anew under its other title at such a moment too; one with a schedule
has it at its next meeting.
"""

from collections.abc import Awaitable, Callable

from rooms.commands import CloseRoom
from rooms.ids import RoomSlug
from rooms.model import Room
from server.room_service import RoomPlan, RoomService


class RoomList:
    """Which rooms the operator wants, as this node knows them."""

    def __init__(
        self,
        rooms: RoomService,
        plan: Callable[[], Awaitable[tuple[RoomPlan, ...]]],
        open_rooms: Callable[[tuple[RoomPlan, ...]], Awaitable[None]],
    ) -> None:
        """Take the rooms, how to learn which are wanted, and how to open some.

        Args:
            rooms: where they are.
            plan: reads the configuration and the store.
            open_rooms: opens rooms, also such as were withdrawn, and lets everybody follow them.
        """
        self._rooms = rooms
        self._plan = plan
        self._open_rooms = open_rooms
        self._ending: frozenset[RoomSlug] = frozenset()
        self._renamed: dict[RoomSlug, RoomPlan] = {}

    async def take_up(self) -> None:
        """Compare what is wanted with what there is.

        Raises:
            StoreError: the store does not answer; nothing was changed.
        """
        plans = await self._plan()
        there = self._rooms.slugs()
        wanted = {plan.slug for plan in plans}
        await self._open_rooms(tuple(plan for plan in plans if plan.slug not in there))
        for slug in there:
            if slug not in wanted:
                self._rooms.withdraw(slug)
                self._ending |= {slug}
        self._ending -= wanted
        self._renamed = {plan.slug: plan for plan in plans if self._has_other_words(plan)}

    async def settle(self) -> None:
        """End the meetings of closed rooms, and begin those of renamed ones anew, where nobody is there."""
        for slug in self._ending:
            room = self._rooms.open_room(slug)
            if room is not None and _is_empty(room):
                await self._rooms.carry_out(slug, CloseRoom())
        self._ending = frozenset(slug for slug in self._ending if self._rooms.open_room(slug))
        for slug, plan in tuple(self._renamed.items()):
            room = self._rooms.open_room(slug)
            if room is None or room.starts_ms:
                del self._renamed[slug]
            elif _is_empty(room):
                await self._rooms.carry_out(slug, CloseRoom())
                await self._open_rooms((plan._replace(settings=room.settings),))
                del self._renamed[slug]

    def _has_other_words(self, plan: RoomPlan) -> bool:
        room = self._rooms.open_room(plan.slug)
        return room is not None and (room.title, room.about) != (plan.title, plan.about)


def _is_empty(room: Room) -> bool:
    return not (room.members or room.guests)
