"""The embedded room log and fact bus: one node, nothing to install, nothing on a disk."""

from collections.abc import Callable
from typing import Final

from rooms.facts import Commit, is_ruling
from rooms.ids import RoomSlug
from rooms.model import Record, Revision, empty_record
from server.bus.tail import RoomTail
from server.ports import (
    Announced,
    Clash,
    Clock,
    CommitListener,
    Draft,
    FencedError,
    Kept,
    LetterListener,
    LetterMessage,
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

    def on_lost(self, callback: Callable[[RoomSlug], None]) -> None:
        """See `server.ports.FactBus.on_lost`: within one process nothing is missed."""

    def publish(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        """Tell everybody who follows the room."""
        for listener in tuple(self._listeners.get(slug, ())):
            listener(slug, epoch, commits)


class MemoryLog:
    """Keeps every room's record and its last `LOG_MAX_COMMITS` commits, for as long as the process lives.

    A snapshot is the record itself, kept up to date at each append, so replay is always bounded.
    """

    def __init__(self, bus: MemoryBus, clock: Clock) -> None:
        """Tell `bus` of every commit; epochs are the wall time of a room's first use."""
        self._bus = bus
        self._clock = clock
        self._rooms: dict[RoomSlug, RoomTail] = {}

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
        tail.grow(commits)
        self._bus.publish(slug, epoch, commits)
        return commits

    async def read(self, slug: RoomSlug) -> Record:
        """See `server.ports.RoomLog.read`."""
        return self._tail(slug).record

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        """See `server.ports.RoomLog.since`."""
        return self._tail(slug).since(revision)

    async def kept(self, slug: RoomSlug) -> Kept:
        """See `server.ports.RoomLog.kept`."""
        tail = self._tail(slug)
        return Kept(tail.record, tuple(tail.commits))

    def _tail(self, slug: RoomSlug) -> RoomTail:
        tail = self._rooms.get(slug)
        if tail is None:
            tail = self._rooms[slug] = RoomTail(empty_record(self._clock.wall_ms()))
        return tail


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

    def on_change(
        self, on_news: Callable[[tuple[NodeState, ...]], None], on_call: Callable[[], None]
    ) -> Callable[[], None]:
        """See `server.ports.NodeDirectory.on_change`. It misses all of it."""
        del on_news, on_call
        return lambda: None

    async def ask_drain(self, name: str, within_ms: int) -> None:
        """See `server.ports.NodeDirectory.ask_drain`."""
        self._drains[name] = within_ms


class MemoryLetters:
    """Carries private words within one process: a node that is alone hears nobody, several hear each other.

    Each node has its own; `peers` holds those of all of them.
    """

    def __init__(self, peers: "list[MemoryLetters] | None" = None) -> None:
        """Join the others, if there are any."""
        self._peers = [] if peers is None else peers
        self._peers.append(self)
        self._listeners: dict[RoomSlug, LetterListener] = {}

    def publish(self, slug: RoomSlug, message: LetterMessage) -> None:
        """See `server.ports.LetterBus.publish`."""
        for peer in self._peers:
            listener = peer._listeners.get(slug)
            if peer is not self and listener is not None:
                listener.on_message(message)

    def follow(self, slug: RoomSlug, listener: LetterListener) -> Callable[[], None]:
        """See `server.ports.LetterBus.follow`."""
        self._listeners[slug] = listener
        listener.on_gap()

        def stop() -> None:
            self._listeners.pop(slug, None)

        return stop


class MemoryVoice:
    """The voice bus of a node that is alone: nobody else is there to send to, or to hear from."""

    def publish(self, slug: RoomSlug, voice: SentVoice) -> None:
        """See `server.ports.VoiceBus.publish`."""

    def follow(self, slug: RoomSlug, listener: VoiceListener) -> Callable[[], None]:
        """See `server.ports.VoiceBus.follow`."""
        del slug, listener
        return lambda: None
