"""The small interfaces between the rules and the shell. A new reader starts here.

In-memory implementations (`server.bus.memory`) serve one node and the simulation; a cluster's
live behind the same names. Every method says what it means for the room log to have answered.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from rooms.facts import Commit, Fact
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Revision, RoomSettings
from rooms.private import LettersNews
from rooms.voice.packet import AudioPacket
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


class Kept(NamedTuple):
    """A record, and the last commits that led to it, oldest first; all are of the record's epoch."""

    record: Record
    commits: tuple[Commit, ...]


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

    async def kept(self, slug: RoomSlug) -> Kept:
        """Return the record at its newest revision, and every commit that led to it and is still there."""
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

    def on_lost(self, callback: Callable[[RoomSlug], None]) -> None:
        """Call back whenever commits of a room may have been missed. It must not wait."""
        ...


class NodePhase(StrEnum):
    """What a node does with members."""

    SERVING = "serving"
    DRAINING = "draining"


class NodeLoad(msgspec.Struct, frozen=True, kw_only=True):
    """How busy a node is and how well its packets travel, in numbers that are about nobody.

    Attributes:
        packets_in_per_s, packets_out_per_s: voices received, copies sent.
        loss: share of packets (0 to 1) that browsers miss, on the average.
        round_trip_ms: to browsers and back, on the average.
        lag_ms: how late the node's loop was at worst in the last ten seconds.
    """

    packets_in_per_s: int = 0
    packets_out_per_s: int = 0
    loss: float = 0.0
    round_trip_ms: float = 0.0
    lag_ms: float = 0.0


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """What a node says of itself. Fields that a neighbour does not know are passed over.

    Attributes:
        name: its own; two nodes never share one at a time.
        epoch: the fence: of two nodes that say the same name the one with the higher epoch is meant.
        public_url: where clients reach this very node; empty: where they reach all of them.
        phase: whether it takes new members.
        rooms: for each room with members here, each member and since when (wall ms) the seat is held here.
            Of two nodes that hold the same seat the one that took it later is right.
        capacity: how many members it takes at most.
        version: of the server.
        started_ms: wall clock.
        load: at the time of saying so.
    """

    name: str
    epoch: int
    public_url: str = ""
    phase: NodePhase = NodePhase.SERVING
    rooms: dict[RoomSlug, dict[MemberId, int]] = {}
    capacity: int = 0
    version: str = ""
    started_ms: int = 0
    load: NodeLoad = NodeLoad()

    @property
    def members(self) -> int:
        """How many seats are held here."""
        return sum(map(len, self.rooms.values()))


class FencedError(Exception):
    """Another node has taken the name over, with a newer epoch: this one must say no more under it."""


class Announced(NamedTuple):
    """What a node learns by announcing itself: the other nodes, and how soon it must be empty if asked to."""

    others: tuple[NodeState, ...]
    drain_within_ms: int | None = None


class NodeDirectory(Protocol):
    """Which nodes there are. Whoever does not announce itself for three seconds is gone.

    Every method raises `LogUnavailableError` where the directory does not answer.
    """

    async def claim(self, name: str) -> int:
        """Take a name, also from a node that has it; returns the fence epoch, higher than any before."""
        ...

    async def announce(self, state: NodeState) -> Announced:
        """Say what this node is, for three seconds from now, and learn of the others.

        Raises:
            FencedError: the name is another node's now; nothing was said.
        """
        ...

    async def withdraw(self, state: NodeState) -> None:
        """Be gone at once, unless the name is another node's already."""
        ...

    async def nodes(self) -> tuple[NodeState, ...]:
        """Return every node there is, by name."""
        ...

    def on_change(
        self, on_news: Callable[[tuple[NodeState, ...]], None], on_call: Callable[[], None]
    ) -> Callable[[], None]:
        """Call back when another node says something new; returns how to stop. Neither may wait.

        `on_news` is given the other nodes as they are known now. `on_call` asks for an announcement soon:
        this node is to be drained, or news may have been missed. Any of it may be missed; the next
        announcement tells.
        """
        ...

    async def ask_drain(self, name: str, within_ms: int) -> None:
        """Ask a node to send its members elsewhere. It hears of it when it announces itself next."""
        ...


class SentVoice(NamedTuple):
    """One packet of a voice as it travels between nodes.

    Attributes:
        voice_id: the member's.
        since_ms: when the member's transport was opened (wall ms): of two of one voice the later is heard.
        packet: as it came from the member's browser.
    """

    voice_id: MemberId
    since_ms: int
    packet: AudioPacket


class VoiceListener(Protocol):
    """What wants the voices of a room that other nodes send."""

    def __call__(self, slug: RoomSlug, voice: SentVoice) -> None:
        """Take one packet. Must not raise and must not wait."""
        ...


class VoiceBus(Protocol):
    """Carries sound between nodes. It may lose anything, and keeps nothing: late sound is dropped."""

    def publish(self, slug: RoomSlug, voice: SentVoice) -> None:
        """Send a packet to every other node that follows the room. Never waits."""
        ...

    def follow(self, slug: RoomSlug, listener: VoiceListener) -> Callable[[], None]:
        """Call the listener for what other nodes send from now on; returns how to stop."""
        ...


class SharedLetters(msgspec.Struct, frozen=True, kw_only=True, tag="letters"):
    """Who may write privately to whom, as another node knows it.

    Attributes:
        sitting: what the meeting is called: what was agreed ends with it.
        news: what is to be known.
        asks_back: the others are to say what they know.
    """

    sitting: str
    news: LettersNews
    asks_back: bool = False


class SentWords(msgspec.Struct, frozen=True, kw_only=True, tag="words"):
    """A private line on its way to the node that `to` is connected with. `word_id` is drawn for this try."""

    sitting: str
    word_id: str
    by: MemberId
    to: MemberId
    text: str
    sent_ms: int


class PassedOn(msgspec.Struct, frozen=True, kw_only=True, tag="passed_on"):
    """The line was told to a connection of its receiver."""

    word_id: str


LetterMessage = SharedLetters | SentWords | PassedOn


class LetterListener(NamedTuple):
    """What wants the private words of a room that other nodes send. Neither may raise or wait."""

    on_message: Callable[[LetterMessage], None]
    on_gap: Callable[[], None]
    """Messages may have been missed; called too when the room begins to be heard."""


class LetterBus(Protocol):
    """Carries private words, and who may write to whom, between nodes; keeps nothing, may lose anything.

    Whoever reads what the nodes share cannot read any of it.
    """

    def publish(self, slug: RoomSlug, message: LetterMessage) -> None:
        """Send to every other node that follows the room's private words. Never waits."""
        ...

    def follow(self, slug: RoomSlug, listener: LetterListener) -> Callable[[], None]:
        """Call the listener for what other nodes send from now on; returns how to stop."""
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


class AuditFrom(NamedTuple):
    """An entry, and the commit that it is of, if any: of all nodes that bring it one makes a row."""

    entry: AuditEntry
    revision: Revision | None


class SettingsFrom(NamedTuple):
    """How a room is set, and since which commit: older settings never take the place of newer ones."""

    settings: RoomSettings
    revision: Revision


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

    async def keep(self, settings: Mapping[RoomSlug, SettingsFrom], audit: Sequence[AuditFrom]) -> None:
        """Keep all of it, or none; what another node has brought is passed over.

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
