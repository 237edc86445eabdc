"""The embedded room log and fact bus: one node, nothing to install, nothing on a disk."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from rooms.apply import apply
from rooms.facts import Commit, ShareWritten, is_ruling
from rooms.forget import shown_share, withdrawn_lines, withdrawn_words, without_words
from rooms.ids import RoomSlug
from rooms.limits import LOG_MAX_COMMITS
from rooms.model import Record, Revision, empty_record
from server.ports import (
    Announced,
    Clash,
    Clock,
    CommitListener,
    Draft,
    FencedError,
    Missing,
    NodeState,
    SentVoice,
    VoiceListener,
)

LEASE_MS: Final = 3_000.0


class MemoryBus:
    """Calls the listeners of a room at once, in the order in which they came."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: dict[RoomSlug, list[CommitListener]] = {}

    def follow(self, slug: RoomSlug, listener: CommitListener) -> Callable[[], None]:
        """See `server.ports.FactBus.follow`."""
        self._listeners.setdefault(slug, []).append(listener)

        def stop() -> None:
            self._listeners[slug].remove(listener)

        return stop

    def publish(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        """Tell everybody who follows the room."""
        for listener in tuple(self._listeners.get(slug, ())):
            listener(slug, epoch, commits)


class _RoomTail:
    """One room's record and its last commits."""

    __slots__ = ("_share_seq", "commits", "record")

    def __init__(self, epoch: int) -> None:
        self.record: Record = empty_record(epoch)
        self.commits: deque[Commit] = deque(maxlen=LOG_MAX_COMMITS)
        self._share_seq = 0  # the commit whose words of a share in writing are shown now

    def forget(self, before: Record, after: Record, commit: Commit) -> None:
        """Take words that are no longer shown out of what late readers are given.

        Of a meeting that is over nothing is kept but that it is: whoever missed more takes a snapshot.
        """
        if before.room is None:
            return
        if after.room is None:
            while self.commits[0].seq < commit.seq:
                self.commits.popleft()
            self._share_seq = 0
            return
        first = self.commits[0].seq
        written = {self._share_seq, commit.seq if isinstance(commit.fact, ShareWritten) else 0}
        self._share_seq = shown_share(after.room, commit, self._share_seq)
        withdrawn = withdrawn_lines(before.room, after.room, commit) | (written - {self._share_seq})
        known = (old for old in self.commits if old.seq <= commit.seq)
        for seq in withdrawn | withdrawn_words(before.room, after.room, commit, known):
            if seq >= first:
                self.commits[seq - first] = without_words(self.commits[seq - first], after.room)


class MemoryLog:
    """Keeps every room's record and its last `LOG_MAX_COMMITS` commits, for as long as the process lives.

    A snapshot is the record itself, kept up to date at each append, so replay is always bounded.
    """

    def __init__(self, bus: MemoryBus, clock: Clock) -> None:
        """Tell `bus` of every commit; epochs are the wall time of a room's first use."""
        self._bus = bus
        self._clock = clock
        self._rooms: dict[RoomSlug, _RoomTail] = {}

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
        """See `server.ports.RoomLog.append`."""
        tail = self._tail(slug)
        record = tail.record
        moved_on = draft.ruling_seq != record.ruling_seq and any(map(is_ruling, draft.facts))
        if epoch != record.revision.epoch or moved_on:
            return Clash()
        commits = tuple(
            Commit(
                seq=record.revision.seq + place,
                at_ms=draft.at_ms,
                by=draft.by,
                n=draft.n,
                fact=fact,
            )
            for place, fact in enumerate(draft.facts, start=1)
        )
        steps = [record]
        for commit in commits:
            steps.append(apply(steps[-1], commit))
        tail.commits.extend(commits)
        tail.record = steps[-1]
        for commit, before, after in zip(commits, steps, steps[1:], strict=False):
            tail.forget(before, after, commit)
        self._bus.publish(slug, epoch, commits)
        return commits

    async def read(self, slug: RoomSlug) -> Record:
        """See `server.ports.RoomLog.read`."""
        return self._tail(slug).record

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        """See `server.ports.RoomLog.since`."""
        tail = self._tail(slug)
        newest = tail.record.revision
        first = tail.commits[0].seq if tail.commits else newest.seq + 1
        known = first - 1 <= revision.seq <= newest.seq
        if revision.epoch != newest.epoch or not known:
            return Missing()
        return tuple(_after(tail.commits, revision.seq))

    def _tail(self, slug: RoomSlug) -> _RoomTail:
        tail = self._rooms.get(slug)
        if tail is None:
            tail = self._rooms[slug] = _RoomTail(self._clock.wall_ms())
        return tail


def _after(commits: Iterable[Commit], seq: int) -> Iterable[Commit]:
    return (commit for commit in commits if commit.seq > seq)


class MemoryDirectory:
    """The nodes of one process: the only one there is, or those of a simulation."""

    def __init__(self, clock: Clock) -> None:
        """Start with no node; leases run by `clock`."""
        self._clock = clock
        self._epochs: dict[str, int] = {}
        self._leases: dict[str, tuple[NodeState, float]] = {}
        self._drains: dict[str, int] = {}

    async def claim(self, name: str) -> int:
        """See `server.ports.NodeDirectory.claim`."""
        self._epochs[name] = max(self._epochs.get(name, 0) + 1, self._clock.wall_ms())
        self._drains.pop(name, None)
        return self._epochs[name]

    async def announce(self, state: NodeState) -> Announced:
        """See `server.ports.NodeDirectory.announce`."""
        if self._epochs.get(state.name, 0) > state.epoch:
            raise FencedError
        self._leases[state.name] = (state, self._clock.mono_ms() + LEASE_MS)
        others = tuple(other for other in await self.nodes() if other.name != state.name)
        return Announced(others, self._drains.get(state.name))

    async def withdraw(self, state: NodeState) -> None:
        """See `server.ports.NodeDirectory.withdraw`."""
        if self._epochs.get(state.name, 0) <= state.epoch:
            self._leases.pop(state.name, None)

    async def nodes(self) -> tuple[NodeState, ...]:
        """See `server.ports.NodeDirectory.nodes`."""
        now_ms = self._clock.mono_ms()
        return tuple(state for _, (state, until_ms) in sorted(self._leases.items()) if until_ms > now_ms)

    async def ask_drain(self, name: str, within_ms: int) -> None:
        """See `server.ports.NodeDirectory.ask_drain`."""
        self._drains[name] = within_ms


class MemoryVoice:
    """The voice bus of a node that is alone: nobody else is there to send to, or to hear from."""

    def publish(self, slug: RoomSlug, voice: SentVoice) -> None:
        """See `server.ports.VoiceBus.publish`."""

    def follow(self, slug: RoomSlug, listener: VoiceListener) -> Callable[[], None]:
        """See `server.ports.VoiceBus.follow`."""
        del slug, listener
        return lambda: None
