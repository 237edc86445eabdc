"""Carries a ban from the room where it was placed to the store and to the group's other rooms.

What is new in a room's commits is put aside; one task writes it, another tells the other rooms beside that.
See `server.lasting` for where it comes from, `server.store_writer` for how it is written.
"""

import asyncio
from collections import deque
from collections.abc import Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from rooms.facts import BanLifted, BanPlaced, Commit
from rooms.host_commands import ForgetBan, LearnBan
from rooms.ids import RoomSlug
from rooms.model import Ban, Record
from server.group_ports import Bans, GroupSlug, Invites, StoredBan
from server.groups import GroupBook
from server.ports import Clock
from server.room_service import RoomService
from server.store_writer import WAITING_MAX, StoreWriter


class BanStore(Protocol):
    """What this file needs of the store."""

    @property
    def bans(self) -> Bans:
        """Who may not come."""
        ...

    @property
    def invites(self) -> Invites:
        """Who let whom in."""
        ...

    def together(self) -> AbstractAsyncContextManager[None]:
        """Make one transaction of what is asked for within."""
        ...


class _Change(NamedTuple):
    """A ban that was placed, or the id of one that was lifted; heard, or found in the log later."""

    group: GroupSlug
    room: RoomSlug
    ban: Ban | None
    ban_id: str
    is_found: bool = False


class BanKeeper(StoreWriter):
    """One for each node."""

    def __init__(self, book: GroupBook, rooms: RoomService, store: BanStore, clock: Clock) -> None:
        """Take the parts; nothing happens before the context is entered."""
        super().__init__()
        self._book = book
        self._rooms = rooms
        self._store = store
        self._clock = clock
        self._untold: deque[_Change] = deque()
        self._unwritten: deque[_Change] = deque(maxlen=WAITING_MAX)
        self._news = asyncio.Event()

    def hear(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.lasting.Keeps`."""
        del record
        for change in self._changes(slug, commits):
            if (
                self._book.forget_ban(change.group, change.ban_id)
                if change.ban is None
                else self._book.note_ban(change.group, change.ban)
            ):
                self._untold.append(change)
                self._news.set()
                self._put(change)

    def find(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.lasting.Keeps`.

        What is found counts only where it is new to the store, which then tells all nodes: a ban may have
        been lifted since by a command.
        """
        del record
        for change in self._changes(slug, commits):
            self._put(change._replace(is_found=True))

    def _changes(self, slug: RoomSlug, commits: tuple[Commit, ...]) -> list[_Change]:
        group = self._book.group_of(slug)
        changes: list[_Change] = []
        for commit in commits:
            match commit.fact:
                case BanPlaced(ban=ban):
                    changes.append(_Change(group, slug, ban, ban.ban_id))
                case BanLifted(ban_id=ban_id):
                    changes.append(_Change(group, slug, None, ban_id))
                case _:
                    pass
        return changes

    def _put(self, change: _Change) -> None:
        self._unwritten.append(change)
        self.wake()

    async def take_up(self) -> None:
        """Bring the rooms to the bans that the book has now, after the store was read anew."""
        for change in self._unwritten:  # what the store does not have yet counts all the same
            if change.is_found:
                continue
            if change.ban is None:
                self._book.forget_ban(change.group, change.ban_id)
            else:
                self._book.note_ban(change.group, change.ban)
        for slug in self._rooms.slugs():
            room = self._rooms.open_room(slug)
            if room is None:
                continue
            known = {ban.ban_id for ban in room.bans}
            wanted = {ban.ban_id: ban for ban in self._book.bans_of(slug)}
            for ban_id in wanted.keys() - known:
                await self._rooms.carry_out(slug, LearnBan(ban=wanted[ban_id]))
            waiting = {change.ban_id for change in self._unwritten}
            for ban_id in known - wanted.keys() - waiting:
                await self._rooms.carry_out(slug, ForgetBan(ban_id=ban_id))

    def besides(self) -> tuple[Coroutine[None, None, None], ...]:
        """Tell the other rooms, too."""
        return (self._tell(),)

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._untold:
                await self._tell_one(self._untold.popleft())

    async def _tell_one(self, change: _Change) -> None:
        for slug in self._book.rooms_of(change.group):
            if slug == change.room or self._rooms.open_room(slug) is None:
                continue
            told = LearnBan(ban=change.ban) if change.ban else ForgetBan(ban_id=change.ban_id)
            await self._rooms.carry_out(slug, told)

    def waiting(self) -> Mapping[str, int]:
        """See `StoreWriter.waiting`."""
        return {"bans": len(self._unwritten)}

    async def write(self) -> None:
        """See `StoreWriter.write`: one by one, in order."""
        while self._unwritten:
            change = self._unwritten[0]
            await self._write_one(change)
            if self._unwritten[0] is change:  # else it was one too many meanwhile
                self._unwritten.popleft()

    async def _write_one(self, change: _Change) -> None:
        ban = change.ban
        if ban is None:
            await self._store.bans.lift(change.ban_id, self._clock.wall_ms())
        elif ban.device or ban.branch:
            async with self._store.together():
                is_new = await self._store.bans.add(_stored(change.group, ban))
                if is_new and ban.branch:  # to be looked at: who else came by this invite is not to blame
                    await self._store.invites.pause(change.group, ban.branch, on=True)


def _stored(group: GroupSlug, ban: Ban) -> StoredBan:
    return StoredBan(
        ban_id=ban.ban_id,
        group_slug=group,
        device=ban.device,
        branch=ban.branch,
        reason=ban.reason.value,
        placed_ms=ban.placed_ms,
        until_ms=ban.until_ms,
    )
