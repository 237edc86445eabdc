"""How a group holds its meetings, chosen by its hosts before anybody is in the room."""

from typing import Protocol

from rooms.ids import RoomSlug
from rooms.model import RoomSettings
from server.accounts.group_messages import GroupRefusal, SetRoom, SettingsShown
from server.accounts.group_rights import DeclinedError, Own
from server.chosen import Chosen, is_possible, with_chosen
from server.store.sql_store import SqlStore


class Held(Protocol):
    """The rooms of a running node. `server.schedule.keeper.Keeper` is it."""

    def settings_of(self, slug: RoomSlug) -> RoomSettings | None:
        """Return how a room is set, or was left; None where the node does not know."""
        ...

    def is_open(self, slug: RoomSlug) -> bool:
        """Whether a meeting is open in the room."""
        ...

    async def settle(self, slug: RoomSlug, chosen: Chosen, kept: RoomSettings) -> bool:
        """Let a room be held so from now on; False where that is not sure."""
        ...


class GroupHolding:
    """Shows and changes how meetings are held.

    A choice is kept in the store together with the record of it, then taken up by the node, which has the
    last word: whatever is changed in the room at the same time is kept by `server.recorder` as ever.
    """

    def __init__(self, store: SqlStore, held: Held) -> None:
        """Keep them there, and let these rooms be held so."""
        self._store = store
        self._held = held

    async def shown(self, own: Own, slug: str) -> SettingsShown:
        """Return how meetings are held in a room of the group.

        Raises:
            DeclinedError: it has none of that slug.
        """
        room = own.room(slug).slug
        settings = await self._settings(room)
        return SettingsShown(
            room=room,
            is_open=self._held.is_open(room),
            floor=settings.floor,
            limit_ms=settings.limit_ms,
            chat=settings.chat,
            slow_ms=settings.slow_ms,
            rules=settings.rules,
        )

    async def keep(self, own: Own, asked: SetRoom) -> str:
        """Keep a choice; returns which room it is about, for the record.

        Raises:
            DeclinedError: the group has no such room, or it cannot be held so.
        """
        room, chosen = own.room(asked.room).slug, _chosen(asked)
        if not is_possible(chosen):
            raise DeclinedError(GroupRefusal.SHARE_TOO_SHORT)
        await self._store.save({room: with_chosen(await self._settings(room), chosen)}, ())
        return asked.room

    async def take_up(self, asked: SetRoom) -> bool:
        """Let the node hold the room as was chosen; False where that is not sure. After `keep`."""
        room = RoomSlug(asked.room)
        kept = (await self._store.settings()).get(room, RoomSettings())
        return await self._held.settle(room, _chosen(asked), kept)

    async def _settings(self, room: RoomSlug) -> RoomSettings:
        known = self._held.settings_of(room)
        return known or (await self._store.settings()).get(room, RoomSettings())


def _chosen(asked: SetRoom) -> Chosen:
    return Chosen(asked.floor, asked.limit_ms, asked.chat, asked.slow_ms, asked.rules)
