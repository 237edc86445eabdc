"""What hosts do about the group itself and its rooms."""

from server.accounts.group_messages import (
    AddRoom,
    ChangeGroup,
    ChangeRoom,
    CloseGroupRoom,
    GroupRefusal,
    RoomLine,
)
from server.accounts.group_rights import DeclinedError, Own
from server.accounts.group_texts import read_appeal, read_slug, read_words
from server.group_ports import GROUP_ROOMS_MAX, GroupSlug, StoredGroup
from server.ports import StoredRoom
from server.store.sql_store import SqlStore
from server.wanted_rooms import group_of

WordsAsk = ChangeGroup | AddRoom | ChangeRoom | CloseGroupRoom


class GroupWords:
    """Changes the words of a group, and its rooms."""

    def __init__(self, store: SqlStore) -> None:
        """Keep them here."""
        self._store = store

    async def change(self, own: Own, asked: WordsAsk) -> str:
        """Do what is asked; returns to what it was done, for the record.

        Raises:
            DeclinedError: it cannot be done.
        """
        match asked:
            case ChangeGroup():
                title, about = read_words(asked.title, asked.about)
                await self._name(own)
                await self._store.groups.set_words(
                    StoredGroup(own.group, title, about, read_appeal(asked.appeal))
                )
                return ""
            case AddRoom():
                await self._add(own, asked)
            case ChangeRoom():
                title, about = read_words(asked.title, asked.about)
                room = _changeable(own, asked.room)
                await self._store.set_room_words(room.slug, title, about)
            case CloseGroupRoom():
                room = _changeable(own, asked.room)
                await self._name(own)  # a group of one room is there by that room alone
                await self._store.close_room(room.slug, own.now_ms)
        return asked.room

    async def shown(self, own: Own) -> StoredGroup:
        """Return the group, under its first room's title where nobody has named it."""
        return await self._store.groups.open_group(own.group) or _unnamed(own)

    async def _name(self, own: Own) -> None:
        """Give a group that nobody has named a row of its own."""
        if await self._store.groups.open_group(own.group) is None:
            await self._store.groups.add(_unnamed(own), own.now_ms)

    async def _add(self, own: Own, asked: AddRoom) -> None:
        title, about = read_words(asked.title, asked.about)
        slug = read_slug(asked.room)
        if len(own.rooms) >= GROUP_ROOMS_MAX:
            raise DeclinedError(GroupRefusal.FULL)
        if not await self._is_free(own, slug):
            raise DeclinedError(GroupRefusal.SLUG_TAKEN)
        await self._name(own)
        group = None if str(slug) == own.group else own.group
        if not await self._store.add_room(StoredRoom(slug, title, about, group), own.now_ms):
            raise DeclinedError(GroupRefusal.SLUG_TAKEN)

    async def _is_free(self, own: Own, slug: str) -> bool:
        """Whether the group may have a room of this slug: nothing of another group is found under it.

        A room that was closed is opened again by its own group alone. Behind a slug without a room there may
        still be a roster, or the audit of a room that was once in the configuration.
        """
        if slug in own.configured:
            return False
        room = await self._store.closed_room(read_slug(slug))
        if room is not None:
            return group_of(room) == own.group
        if slug == own.group:
            return True
        chain, _ = await self._store.audit(read_slug(slug))
        return not (
            chain.end_number
            or slug in await self._store.settings()
            or await self._store.groups.open_group(GroupSlug(slug))
            or await self._store.rosters.of_group(GroupSlug(slug))
        )


def room_lines(own: Own) -> tuple[RoomLine, ...]:
    """Return the group's rooms as its page shows them."""
    return tuple(
        RoomLine(
            slug=room.slug, title=room.title, about=room.about, may_change=room.slug not in own.configured
        )
        for room in own.rooms
    )


def _changeable(own: Own, slug: str) -> StoredRoom:
    room = own.room(slug)
    if room.slug in own.configured:
        raise DeclinedError(GroupRefusal.CONFIGURED)
    return room


def _unnamed(own: Own) -> StoredGroup:
    title = own.rooms[0].title if own.rooms else own.group
    return StoredGroup(own.group, title, "", "")
