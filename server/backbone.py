"""What a node's rooms stand on: parts in its own memory, or a Redis that it shares with other nodes."""

from collections.abc import Mapping
from typing import Protocol

from server.bus.counts import BusCounts, VoiceCounts
from server.bus.envelope import DropKind
from server.bus.memory import MemoryBus, MemoryDirectory, MemoryLetters, MemoryLog, MemoryVoice
from server.config import Config
from server.metrics import Series
from server.place_keys import open_cluster_key
from server.ports import Clock, FactBus, LetterBus, NodeDirectory, RoomLog, VoiceBus


class Backbone(Protocol):
    """The parts behind the ports, and their life."""

    @property
    def log(self) -> RoomLog:
        """Where rooms are written."""
        ...

    @property
    def bus(self) -> FactBus:
        """What tells of them."""
        ...

    @property
    def name(self) -> str:
        """What this node is called among the others."""
        ...

    @property
    def directory(self) -> NodeDirectory:
        """Which nodes there are."""
        ...

    @property
    def voices(self) -> VoiceBus:
        """What carries sound between them."""
        ...

    @property
    def letters(self) -> LetterBus:
        """What carries private words between them."""
        ...

    @property
    def troubles(self) -> tuple[str, ...]:
        """What new members of this node wait for now, in fixed words for /readyz; none: they come in."""
        ...

    @property
    def drops(self) -> Mapping[DropKind, int]:
        """How many messages of other nodes went no further, by reason."""
        ...

    @property
    def is_up(self) -> bool:
        """Whether what the nodes share answered last time; alone, always."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether every channel that this node wants is heard at this moment; alone, always."""
        ...

    @property
    def counts(self) -> BusCounts:
        """Running totals of outages and what they led to."""
        ...

    @property
    def voice_counts(self) -> VoiceCounts:
        """Running totals of packets of sound to and from other nodes."""
        ...

    async def open(self) -> None:
        """See that everything is there.

        Raises:
            LogUnavailableError: it is not.
        """
        ...

    async def run(self) -> None:
        """Keep connections alive, until cancelled."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


class MemoryBackbone:
    """One node alone: nothing is outside of it, so nothing of it can be away."""

    def __init__(self, clock: Clock) -> None:
        """Start with no room."""
        self.bus = MemoryBus()
        self.log = MemoryLog(self.bus, clock)
        self.name = "alone"
        self.directory = MemoryDirectory(clock)
        self.voices = MemoryVoice()
        self.letters = MemoryLetters()
        self.troubles: tuple[str, ...] = ()
        self.drops: Mapping[DropKind, int] = {}
        self.is_up = True
        self.is_whole = True
        self.counts = BusCounts()
        self.voice_counts = VoiceCounts()

    async def open(self) -> None:
        """See `Backbone.open`."""

    async def run(self) -> None:
        """See `Backbone.run`."""

    async def close(self) -> None:
        """See `Backbone.close`."""


def make_backbone(config: Config, clock: Clock, name: str | None = None) -> Backbone:
    """Make what the configuration asks for; connects to nothing. `name` stands above the configuration's.

    Raises:
        ConfigError: the cluster's key cannot be used.
        OSError: the file with Redis' password cannot be read.
    """
    if not config.cluster.is_on:
        return MemoryBackbone(clock)
    from server.bus.cluster import make_cluster, make_node_name  # noqa: PLC0415 - a node alone needs no Redis

    if name is None:
        name = config.cluster.node_name or make_node_name()
    return make_cluster(config.cluster, open_cluster_key(config), name, clock)


def backbone_series(backbone: Backbone) -> tuple[Series, ...]:
    """Return what /metrics shows of it."""
    return (
        Series(
            name="log_up",
            kind="gauge",
            text="Whether the rooms' log answers: 1 or 0. Alone, a node is its own log.",
            read=lambda: 0 if backbone.troubles else 1,
        ),
        Series(
            name="bus_up",
            kind="gauge",
            text="Whether this node hears all that it wants of the others: 1 or 0. Alone, always.",
            read=lambda: int(backbone.is_up and backbone.is_whole),
        ),
        *_bus_counts(backbone),
        Series(
            name="bus_drops",
            kind="counter",
            text="Messages between nodes that went no further.",
            read=lambda: {kind.value: backbone.drops.get(kind, 0) for kind in DropKind},
            label="kind",
        ),
    )


def _bus_counts(backbone: Backbone) -> tuple[Series, ...]:
    counts, voice = backbone.counts, backbone.voice_counts
    return (
        Series(
            name="bus_outages",
            kind="counter",
            text="Times that Redis was there and then answered no more.",
            read=lambda: counts.outages,
        ),
        Series(
            name="bus_refused",
            kind="counter",
            text="Commands that Redis answered with a refusal.",
            read=lambda: counts.refused,
        ),
        Series(
            name="bus_resubscribes",
            kind="counter",
            text="Connections for subscriptions that were made anew, lost or deaf for three seconds.",
            read=lambda: counts.resubscribes,
        ),
        Series(
            name="bus_epochs",
            kind="counter",
            text="Rooms that began anew because their log was lost, went back or was damaged.",
            read=lambda: counts.epochs,
        ),
        Series(
            name="bus_set_aside",
            kind="counter",
            text="Damaged logs of rooms that were set aside; the room went on from what was known elsewhere.",
            read=lambda: counts.set_aside,
        ),
        Series(
            name="bus_uncopied",
            kind="counter",
            text="Appends with rulings that no replica of Redis had in time; asked where it may fail over.",
            read=lambda: counts.uncopied,
        ),
        Series(
            name="bus_voice_late",
            kind="counter",
            text="Packets of sound dropped since they were too long on the way to other nodes, or from them.",
            read=lambda: {"out": voice.late_out, "in": voice.late_in},
            label="way",
        ),
        Series(
            name="bus_voice_bad",
            kind="counter",
            text="Packets of sound signed by a node that are none.",
            read=lambda: voice.bad,
        ),
    )
