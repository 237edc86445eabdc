"""A view of the room that follows the commits, as a page's store does."""

import asyncio
from collections.abc import Callable
from typing import Final

from rooms.apply import change_room
from rooms.facts import ChatPosted, Commit
from rooms.model import Member, Revision, Room
from signaling.to_browser import Commits, Snapshot
from tests.bots.chat import ChatRead

PATIENCE_S: Final = 10.0  # for what takes a few ms on a quiet machine


class RoomView:
    """What one bot knows of its room.

    Attributes:
        revision: the last one that was taken.
        chat: what was read of marked lines that came as facts.
        holes: gaps in the commits, healed by catching up.
        on_snapshot: told of each room that came whole.
    """

    def __init__(self, on_hole: Callable[[], None], *, keeps_room: bool, probes: bool) -> None:
        """`on_hole` is called when facts are missing; without `keeps_room` only chat is read."""
        self.revision = Revision(0, 0)
        self.chat = ChatRead(probes=probes)
        self.holes = 0
        self.listeners: list[Callable[[Commit], None]] = []  # told of each commit; for measurements
        self.on_snapshot: Callable[[Room], None] | None = None
        self._on_hole, self._keeps_room = on_hole, keeps_room
        self._room: Room | None = None
        self._changes: list[asyncio.Future[None]] = []

    @property
    def room(self) -> Room:
        """The room at `revision`."""
        if self._room is None:
            raise RuntimeError("this bot has no view of the room")
        return self._room

    def member(self, name: str) -> Member:
        """The member of this name.

        Raises:
            LookupError: if nobody here has it.
        """
        for member in self.room.members.values():
            if member.name == name:
                return member
        raise LookupError(name)

    async def until(self, is_so: Callable[[Room], bool], within_s: float) -> Room:
        """Wait until the room is as wanted; return it.

        Raises:
            TimeoutError: if it does not get so.
        """
        async with asyncio.timeout(within_s):
            while not is_so(self.room):
                change = asyncio.get_running_loop().create_future()
                self._changes.append(change)
                await change
        return self.room

    def take_sync(self, sync: Snapshot | Commits) -> None:
        """Take the answer to joining, resuming or catching up."""
        if isinstance(sync, Commits):
            self.take_commits(sync)
            return
        self.revision = sync.revision
        if self._keeps_room:
            self._room = sync.room
        if self.on_snapshot is not None:
            self.on_snapshot(sync.room)
        self._tell()

    def take_commits(self, commits: Commits) -> None:
        """Take facts: those known already are left out, those after a hole wait for catching up."""
        for commit in commits.commits:
            if commits.epoch == self.revision.epoch and commit.seq <= self.revision.seq:
                continue
            if commits.epoch != self.revision.epoch or commit.seq != self.revision.seq + 1:
                self.holes += 1
                self._on_hole()
                return
            self._take(commit)
        self._tell()

    def _take(self, commit: Commit) -> None:
        self.revision = Revision(self.revision.epoch, commit.seq)
        if isinstance(commit.fact, ChatPosted):
            self.chat.take(commit.fact.text)
        if self._keeps_room:
            self._room = change_room(self._room, commit)
        for listener in self.listeners:
            listener(commit)

    def _tell(self) -> None:
        changes, self._changes = self._changes, []
        for change in changes:
            if not change.done():
                change.set_result(None)
