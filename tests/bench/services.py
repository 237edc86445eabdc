"""What is measured: a server with rooms in which voices speak and listeners hear, ours or another's."""

import asyncio
import random
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import msgspec

from tests.bench.legs import Leg, Voice, give_listener
from tests.bench.load import Heard, Kind, Load
from tests.bench.machine import cpu_ns_of, resident_kib_of
from tests.bots.bot import RefusedError
from tests.bots.link import LinkError
from tests.bots.media import MediaError

JOINS_AT_ONCE = 16
PACKETS_PER_S = 50


class PeerError(Exception):
    """A server said no where a yes was needed."""


FAILURES = (PeerError, RefusedError, LinkError, MediaError, OSError, ValueError)
"""What a join may fail with; TimeoutError is an OSError."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks to whom.

    Attributes:
        name: of the workload.
        voices: in each room.
        listeners: in each room, for a workload that grows by rooms; 0: one room, that grows.
        common: the size at which all are compared.
        step: sizes are multiples of it.
        most: the largest size that is tried.
    """

    name: str
    voices: int
    listeners: int
    common: int
    step: int
    most: int

    def hearing(self, size: int) -> int:
        """How many packets go out for one that each voice sends, voices hearing each other included."""
        rooms, listeners = (size, self.listeners) if self.listeners else (1, size)
        return rooms * (listeners + self.voices - 1)


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """What joining cost, each; `failed` of them did not get in."""

    joins: int
    cpu_ms: float
    per_s: float
    kib: float
    failed: int = 0


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What one turn of speaking cost: CPU time of all of the server's threads, its idle work included.

    `wanted` packets should have come, where the load cannot tell which is which; 0: it can.
    """

    heard: Heard
    cpu_ns: int
    seconds: float
    wanted: int = 0

    @property
    def lost_part(self) -> float:
        """How much of what listeners should have heard did not come."""
        if not self.wanted:
            return self.heard.lost_part
        return max(0, self.wanted - self.heard.received) / self.wanted

    @property
    def us_per_packet(self) -> float:
        """CPU time per packet that arrived."""
        return self.cpu_ns / 1_000 / max(1, self.heard.received)

    @property
    def busy(self) -> float:
        """The part of a core that it used."""
        return self.cpu_ns / 1e9 / self.seconds


class Service(ABC):
    """One server and its members. An async context manager.

    Attributes:
        name: for the tables.
        version: as its package or program says.
        remark: what the page should say beside it.
    """

    name = ""
    version = ""
    remark = ""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.size = 0
        self.rooms = 0

    @property
    @abstractmethod
    def pids(self) -> Sequence[int]:
        """The processes whose CPU time counts."""

    @property
    @abstractmethod
    def load_pids(self) -> Sequence[int]:
        """Those of its load, which are no strangers to the machine."""

    @abstractmethod
    async def grow(self, size: int) -> Grown:
        """Let members come until it has this size."""

    @abstractmethod
    async def speak(self, seconds: float) -> Turn:
        """Let all voices speak for one turn."""

    @abstractmethod
    async def close(self) -> None:
        """End it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class MediaService(Service):
    """A server whose members are WebRTC legs on one load.

    Attributes:
        voices_apart: a listener has a leg for each voice, and each voice is a group of its own.
        kind: what listeners get: the voices' own packets, or some that are only counted.
    """

    voices_apart = False
    kind = Kind.RTP

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.load = Load()
        self.joins_at_once = JOINS_AT_ONCE
        self.failed = 0
        self._voices: list[Voice] = []
        self._names = 0
        self._suffix = random.getrandbits(16)

    @abstractmethod
    async def enter(self, room: int, name: str, *, speaks: bool) -> list[Leg]:
        """Let one member in, with the sound connected: its legs, the one it speaks on first."""

    @property
    def load_pids(self) -> Sequence[int]:
        return [self.load.pid]

    async def grow(self, size: int) -> Grown:
        shape = self.shape
        if shape.listeners:
            rooms = [self.rooms + index for index in range(size - self.rooms)]
            await self._speakers([(room, index) for room in rooms for index in range(shape.voices)])
            coming = [room for room in rooms for _ in range(shape.listeners)]
            self.rooms = size
        else:
            if not self.rooms:
                self.rooms = 1
                await self._speakers([(0, index) for index in range(shape.voices)])
            coming = [0] * (size - self.size)
        self.failed = 0
        cpu_before, memory_before = cpu_ns_of(self.pids), resident_kib_of(self.pids)
        begin_s = time.monotonic()
        await self._all(self._enter_listener(room) for room in coming)
        took_s = time.monotonic() - begin_s
        self.size = size
        await asyncio.sleep(0.3)
        joins = len(coming) - self.failed
        if coming and not joins:
            raise PeerError("nobody could join")
        joins = max(1, joins)
        return Grown(
            joins=len(coming),
            cpu_ms=(cpu_ns_of(self.pids) - cpu_before) / 1e6 / joins,
            per_s=joins / took_s,
            kib=(resident_kib_of(self.pids) - memory_before) / joins,
            failed=self.failed,
        )

    async def _speakers(self, places: Sequence[tuple[int, int]]) -> None:
        for begin in range(0, len(places), JOINS_AT_ONCE):
            found = await asyncio.gather(
                *(
                    self.enter(room, self._name(), speaks=True)
                    for room, _ in places[begin : begin + JOINS_AT_ONCE]
                )
            )
            for (_, in_group), legs in zip(places[begin:], found, strict=False):
                self._voices.append(
                    Voice(legs[0], self.load, 0 if self.voices_apart else in_group, self.kind)
                )
                for leg in legs[1:]:
                    give_listener(leg, self.load, self.kind)

    async def _enter_listener(self, room: int) -> None:
        for leg in await self.enter(room, self._name(), speaks=False):
            give_listener(leg, self.load, self.kind)

    async def _all(self, steps: Any) -> None:  # noqa: ANN401 - any iterable of coroutines
        places = asyncio.Semaphore(self.joins_at_once)

        async def one(step: Any) -> None:  # noqa: ANN401
            async with places:
                try:
                    await step
                except FAILURES as error:
                    self.failed += 1
                    if self.failed == 1:
                        print(f"{self.name}: a join failed: {error!r}", file=sys.stderr)  # the first says why

        async with asyncio.TaskGroup() as tasks:
            for step in steps:
                tasks.create_task(one(step))

    def _name(self) -> str:
        self._names += 1
        return f"Member {self._suffix:04x} {self._names}"

    async def speak(self, seconds: float) -> Turn:
        count = round(seconds * PACKETS_PER_S)
        for voice in self._voices:
            voice.prepare(count)
        before_ns, begin_s = cpu_ns_of(self.pids), time.monotonic()
        self.load.begin(seconds)
        heard = await self.load.end()
        cpu_ns, took_s = cpu_ns_of(self.pids) - before_ns, time.monotonic() - begin_s
        return Turn(heard=heard, cpu_ns=cpu_ns, seconds=took_s)
