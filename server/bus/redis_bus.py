"""Tells a node of the commits of its rooms, wherever they were made: one channel for each room."""

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from rooms.facts import Commit
from rooms.ids import RoomSlug
from server.bus.envelope import UNREADABLE, DropKind, Kind, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.keys import room_key
from server.ports import CommitListener


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A commit as the log holds it.

    `mark` is a random name of this commit and `prev` that of the one before, so that two logs which went
    apart after a failover are not taken for one. `snapshot_seq` is where the newest
    snapshot stood after it.
    """

    commit: Commit
    mark: bytes
    prev: bytes
    snapshot_seq: int


class News(msgspec.Struct, frozen=True, array_like=True):
    """What is told on a room's channel. No entries: look at the log, a new epoch begins."""

    epoch: int
    entries: tuple[Entry, ...]


class EntryListener(Protocol):
    """Who wants to hear of entries, before those who follow commits."""

    def __call__(self, slug: RoomSlug, epoch: int, entries: tuple[Entry, ...]) -> None:
        """Take new entries, in order. Must not raise and must not wait."""
        ...


_decoder = msgspec.msgpack.Decoder(News)
_LATER_READ: Final = frozenset({DropKind.STALE, DropKind.TWIN})
"""A node whose name was taken over is not believed what it says; what the log took from it stands there."""


class RedisBus:
    """The fact bus of a cluster. See `server.ports.FactBus`."""

    def __init__(self, hearing: Hearing, sealer: Sealer) -> None:
        """Follow nothing yet."""
        self._hearing = hearing
        self._sealer = sealer
        self._listeners: dict[RoomSlug, list[CommitListener]] = {}
        self._stops: dict[RoomSlug, Callable[[], None]] = {}
        self._entry_listener: EntryListener | None = None
        self._lost_callbacks: list[Callable[[RoomSlug], None]] = []

    def on_lost(self, callback: Callable[[RoomSlug], None]) -> None:
        """Call back whenever commits of a room may have been missed. It must not wait."""
        self._lost_callbacks.append(callback)

    def on_entries(self, listener: EntryListener) -> None:
        """Let the log of this node hear first."""
        self._entry_listener = listener

    def follow(self, slug: RoomSlug, listener: CommitListener) -> Callable[[], None]:
        """See `server.ports.FactBus.follow`."""
        listeners = self._listeners.setdefault(slug, [])
        listeners.append(listener)
        if slug not in self._stops:
            self._stops[slug] = self._hearing.hear(
                room_key(slug, "facts"),
                Listener(lambda message: self._take(slug, message), lambda: self.lose(slug)),
            )

        def stop() -> None:
            listeners.remove(listener)
            if not listeners:
                self._stops.pop(slug)()

        return stop

    def lose(self, slug: RoomSlug) -> None:
        """Say that commits of a room may have been missed."""
        for callback in tuple(self._lost_callbacks):
            callback(slug)

    def lose_all(self) -> None:
        """Say that commits of any room may have been missed."""
        for slug in tuple(self._stops):
            self.lose(slug)

    def _take(self, slug: RoomSlug, message: bytes) -> None:
        opened = self._sealer.open(Kind.FACTS, slug, message)
        if isinstance(opened, DropKind):
            if opened in _LATER_READ:
                self.lose(slug)
            return
        try:
            news = _decoder.decode(opened.body)
        except UNREADABLE:
            self._sealer.drops[DropKind.SHAPE] += 1
            self.lose(slug)  # a neighbour of a later release wrote it: the log will tell
            return
        if not news.entries:
            self.lose(slug)
            return
        if self._entry_listener is not None:
            self._entry_listener(slug, news.epoch, news.entries)
        commits = tuple(entry.commit for entry in news.entries)
        for listener in tuple(self._listeners.get(slug, ())):
            listener(slug, news.epoch, commits)
