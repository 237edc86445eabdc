"""Hears every room for what must last, and reads in the log what was not heard.

Every node that follows a room hears each of its facts, and each brings to the store what lasts of it; the
store takes it once. So nothing hangs on one node: a fact whose author dies right after it is brought by the
others, and where none of them followed the room, by the next one that does, from the log.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final, Protocol

from rooms.facts import Commit
from rooms.ids import RoomSlug
from rooms.model import Record
from server.ports import Clock, LogUnavailableError
from server.room_service import RoomService

AGAIN_S: Final = 1.0
FOUND_WITHIN_MS: Final = 24 * 60 * 60 * 1_000  # older facts were written long ago, and may be forgotten since


class Keeps(Protocol):
    """Who brings something to the store. Must not raise and must not wait."""

    def hear(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits, in order; `record` holds them already."""
        ...

    def find(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take what the log still has, in order: most of it was heard, here or on another node."""
        ...


class Lasting:
    """One for each node."""

    def __init__(self, rooms: RoomService, clock: Clock, keepers: Iterable[Keeps]) -> None:
        """Follow no room yet."""
        self._rooms = rooms
        self._clock = clock
        self._keepers = tuple(keepers)
        self._followed: set[RoomSlug] = set()
        self._missed: set[RoomSlug] = set()
        self._wake = asyncio.Event()

    def follow(self) -> None:
        """Follow every room there is; those that are followed already only once."""
        for slug in self._rooms.slugs():
            if slug not in self._followed:
                self._followed.add(slug)
                self._rooms.follow(slug, partial(self._take, slug))
                self._miss(slug)

    def _take(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        if not commits:
            self._miss(slug)
            return
        for keeper in self._keepers:
            keeper.hear(slug, record, commits)

    def _miss(self, slug: RoomSlug) -> None:
        self._missed.add(slug)
        self._wake.set()

    async def run(self) -> None:
        """Look for what was missed, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self.look():
                await asyncio.sleep(AGAIN_S)
                self._wake.set()

    async def look(self) -> bool:
        """Read what was missed; False where the log does not answer for some of it."""
        for slug in tuple(self._missed):
            self._missed.discard(slug)
            try:
                record, commits = await self._rooms.kept(slug)
            except LogUnavailableError:
                self._missed.add(slug)
                continue
            since_ms = self._clock.wall_ms() - FOUND_WITHIN_MS
            late = tuple(commit for commit in commits if commit.at_ms >= since_ms)
            for keeper in self._keepers:
                keeper.find(slug, record, late)
            await asyncio.sleep(0)  # a room after the other: sound goes first
        return not self._missed
