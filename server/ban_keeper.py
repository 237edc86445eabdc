"""Carries a ban from the room where it was placed to the store and to the group's other rooms.

A follower of every room puts what is new aside; one task writes it and tells the other rooms. Where the store
does not answer, writing is tried again each second; the rooms know at once in any case.
"""

import asyncio
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

from rooms.facts import BanLifted, BanPlaced, Commit
from rooms.host_commands import ForgetBan, LearnBan
from rooms.ids import RoomSlug
from rooms.model import Ban, Record
from server.group_ports import Bans, GroupSlug, Invites, StoredBan
from server.groups import GroupBook
from server.logs import log_for
from server.ports import Clock, StoreError
from server.room_service import RoomService

AGAIN_S: Final = 1.0
STOP_WITHIN_S: Final = 1.0
WAITING_MAX: Final = 10_000

_log = log_for("store")


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


class _Change(NamedTuple):
    """A ban that was placed, or the id of one that was lifted."""

    group: GroupSlug
    room: RoomSlug
    ban: Ban | None
    ban_id: str


class BanKeeper:
    """One for each node."""

    def __init__(self, book: GroupBook, rooms: RoomService, store: BanStore, clock: Clock) -> None:
        """Take the parts; nothing happens before the context is entered."""
        self._book = book
        self._rooms = rooms
        self._store = store
        self._clock = clock
        self._untold: deque[_Change] = deque()
        self._unwritten: deque[_Change] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()
        self._followed: set[RoomSlug] = set()
        self._tasks = asyncio.TaskGroup()
        self._work: asyncio.Task[None]

    def follow(self) -> None:
        """Follow every room there is; those that are followed already only once."""
        for slug in self._rooms.slugs():
            if slug not in self._followed:
                self._followed.add(slug)
                self._rooms.follow(slug, _Follower(self, slug))

    def take(self, slug: RoomSlug, commits: tuple[Commit, ...]) -> None:
        """Put aside what is new in a room's commits."""
        group = self._book.group_of(slug)
        for commit in commits:
            match commit.fact:
                case BanPlaced(ban=ban) if self._book.note_ban(group, ban):
                    self._put(_Change(group, slug, ban, ban.ban_id))
                case BanLifted(ban_id=ban_id) if self._book.forget_ban(group, ban_id):
                    self._put(_Change(group, slug, None, ban_id))
                case _:
                    pass

    def _put(self, change: _Change) -> None:
        self._untold.append(change)
        self._unwritten.append(change)
        self._wake.set()

    async def take_up(self) -> None:
        """Bring the rooms to the bans that the book has now, after the store was read anew."""
        for change in self._unwritten:  # what the store does not have yet counts all the same
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

    async def __aenter__(self) -> Self:
        """Start to tell and to write."""
        await self._tasks.__aenter__()
        self._work = self._tasks.create_task(self._run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what waits, for at most `STOP_WITHIN_S`; then say what could not be."""
        self._work.cancel()
        await self._tasks.__aexit__(None, None, None)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.write(), STOP_WITHIN_S)
        if self._unwritten:
            _log.error("not_saved", bans=len(self._unwritten))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._tell()
            if not await self.write():
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    async def _tell(self) -> None:
        while self._untold:
            change = self._untold.popleft()
            for slug in self._book.rooms_of(change.group):
                if slug == change.room or self._rooms.open_room(slug) is None:
                    continue
                told = LearnBan(ban=change.ban) if change.ban else ForgetBan(ban_id=change.ban_id)
                await self._rooms.carry_out(slug, told)

    async def write(self) -> bool:
        """Write what waits; False where the store does not answer."""
        while self._unwritten:
            change = self._unwritten[0]
            try:
                await self._write_one(change)
            except StoreError as error:
                _log.error("save_failed", exc_info=error)
                return False
            with suppress(IndexError):
                self._unwritten.popleft()
        return True

    async def _write_one(self, change: _Change) -> None:
        ban = change.ban
        if ban is None:
            await self._store.bans.lift(change.ban_id, self._clock.wall_ms())
            return
        if ban.branch:  # for somebody to look at: who else came by this invite is not to blame
            await self._store.invites.pause(change.group, ban.branch, on=True)
        if ban.device or ban.branch:
            await self._store.bans.add(
                StoredBan(
                    ban_id=ban.ban_id,
                    group_slug=change.group,
                    device=ban.device,
                    branch=ban.branch,
                    reason=ban.reason.value,
                    placed_ms=ban.placed_ms,
                    until_ms=ban.until_ms,
                )
            )


class _Follower:
    """One room's, since a follower is not told which room it follows once the meeting is over."""

    def __init__(self, keeper: BanKeeper, slug: RoomSlug) -> None:
        self._keeper = keeper
        self._slug = slug

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.room_service.Follower`."""
        del record
        self._keeper.take(self._slug, commits)
