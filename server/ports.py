"""The small interfaces between the rules and the shell. A new reader starts here.

In-memory implementations (`server.bus.memory`) serve one node and the simulation; a cluster's
live behind the same names. Every method says what it means for the room log to have answered.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from rooms.facts import Commit, Fact
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Revision, RoomSettings
from server.group_ports import GroupSlug


class Clock(Protocol):
    """Where the time comes from."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 in UTC: for stamps that people see."""
        ...

    def mono_ms(self) -> float:
        """Milliseconds that never go back: for deadlines and paces."""
        ...


class Draft(NamedTuple):
    """Facts that were decided and are not yet committed."""

    facts: tuple[Fact, ...]
    by: MemberId
    n: int
    at_ms: int
    ruling_seq: int
    """The last ruling fact that the decision knew of."""


class Clash(NamedTuple):
    """The append was refused: the record moved on. Decide again on what it is now."""


class Missing(NamedTuple):
    """The log no longer reaches back that far, or is of another epoch: take a snapshot."""


class RoomLog(Protocol):
    """One truth for each room. An append is one atomic step, or it did not happen."""

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
        """Commit all facts of the draft, or none where a newer ruling fact is there.

        By the time it returns, the fact bus has been told.

        Raises:
            LogUnavailableError: if it is not known whether the facts were committed.
        """
        ...

    async def read(self, slug: RoomSlug) -> Record:
        """Return the record at its newest revision; an empty one starts a new epoch."""
        ...

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        """Return every commit after the revision, in order."""
        ...


class LogUnavailableError(Exception):
    """The room log does not answer."""


class CommitListener(Protocol):
    """What wants to hear of a room's commits on this node."""

    def __call__(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        """Take new commits, in order. Must not raise and must not wait."""
        ...


class FactBus(Protocol):
    """Wakes up those who follow a room. It may lose anything: revisions tell, the log heals."""

    def follow(self, slug: RoomSlug, listener: CommitListener) -> Callable[[], None]:
        """Call the listener for every commit of the room from now on; returns how to stop."""
        ...


class StoredRoom(NamedTuple):
    """A room that an operator made by command; without a `group_slug` it is a group by itself."""

    slug: RoomSlug
    title: str
    about: str
    group_slug: GroupSlug | None = None


class AuditEntry(NamedTuple):
    """One act of those who keep order, for the audit: never a name, never a text.

    `actor` and `target` are member numbers of that sitting, 0 for nobody. `at_min` is wall-clock
    time in whole minutes since 1970.
    """

    slug: RoomSlug
    at_min: int
    action: str
    actor: MemberId
    target: MemberId


class StoreError(Exception):
    """The store cannot be used, or does not answer; the text says why."""


class Store(Protocol):
    """What outlives the process. Nothing about a visit is in it."""

    async def open_rooms(self) -> tuple[StoredRoom, ...]:
        """Return the rooms that were made by command and not closed, oldest first.

        Raises:
            StoreError: the store does not answer.
        """
        ...

    async def settings(self) -> dict[RoomSlug, RoomSettings]:
        """Return how each room was left.

        Raises:
            StoreError: the store does not answer.
        """
        ...

    async def save(self, settings: Mapping[RoomSlug, RoomSettings], audit: Sequence[AuditEntry]) -> None:
        """Keep all of it, or none.

        Raises:
            StoreError: nothing was kept, as far as is known.
        """
        ...

    async def drop_audit(self, before_min: int) -> None:
        """Forget the rows of the audit from before that minute.

        Raises:
            StoreError: the store does not answer.
        """
        ...

    async def drop_old(self, now_ms: int) -> None:
        """Forget bans, invites, reports and hosts' acts that are as old as `server.group_ports` says.

        Raises:
            StoreError: the store does not answer.
        """
        ...
