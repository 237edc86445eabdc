"""Sound between nodes on Redis: published once per packet on the room's voice channel, and kept nowhere.

Redis' channels run over TCP, so a stall becomes a burst. What is older than 200 ms is of no use to anybody
and dropped: before it is sent, by our own clock; after it came, by how much longer it took than the
quickest packet of that node did of late, since two machines' clocks say nothing of each other.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoPermissionError

from rooms.ids import RoomSlug
from server.bus.counts import VoiceCounts
from server.bus.envelope import DropKind, Kind, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.keys import room_key
from server.bus.link import AGAIN_S, AWAY, COMMAND_S, NOWHERE, Place, RedisLink, heeding, leave_once
from server.bus.voice_frame import read_voice, write_voice
from server.ports import Clock, LogUnavailableError, SentVoice, VoiceListener

LATE_MS: Final = 200.0
QUEUE_MAX: Final = 4_000  # packets: 200 ms of 400 voices
ANSWER_S: Final = COMMAND_S  # without an answer to what was sent the connection is given up
PLACE_S: Final = 5.0  # so long it is believed where a channel's slot is, in a Cluster
ROLE_S: Final = 1.0
"""So long a server is believed to be the master. One that has become a replica takes what is published and
passes it on to nobody else, without a word: a failover would leave such a connection as it is."""
_DRIFT: Final = 0.001
"""How fast the quickest way is forgotten, in ms per ms: clocks run apart by less, and a longer way through
the network is taken for the usual one after some minutes."""


class _Waiting(NamedTuple):
    slug: RoomSlug
    voice: SentVoice
    at_ms: float


class _Way:
    """How long packets of one node's life take, beside the difference between the clocks."""

    __slots__ = ("_at_ms", "_quickest_ms", "fence")

    def __init__(self, fence: int) -> None:
        self.fence = fence
        self._quickest_ms = float("inf")
        self._at_ms = 0.0

    def delay_ms(self, sent_ms: float, now_ms: float) -> float:
        """Return how much longer this packet took than the quickest one of late."""
        took_ms = now_ms - sent_ms
        self._quickest_ms = min(took_ms, self._quickest_ms + (now_ms - self._at_ms) * _DRIFT)
        self._at_ms = now_ms
        return took_ms - self._quickest_ms


class RedisVoice:
    """The voice bus of a cluster. See `server.ports.VoiceBus`."""

    def __init__(self, link: RedisLink, hearing: Hearing, sealer: Sealer, clock: Clock) -> None:
        """Send and hear nothing yet."""
        self._link = link
        self._hearing = hearing
        self._sealer = sealer
        self._clock = clock
        self._ways: dict[str, _Way] = {}
        self._lanes: dict[Place, _Lane] = {}
        self._places: dict[RoomSlug, Place] = {}
        self._unplaced = asyncio.Event()
        self._is_astray = False
        self.counts: Final = VoiceCounts()

    def publish(self, slug: RoomSlug, voice: SentVoice) -> None:
        """See `server.ports.VoiceBus.publish`."""
        place = self._places.get(slug)
        lane = None if place is None else self._lanes.get(place)
        if lane is None:  # a packet or two, until it is known where the room's channel is
            self._places.setdefault(slug, ("?", 0))
            self._unplaced.set()
            self.counts.late_out += 1
        else:
            lane.add(_Waiting(slug, voice, self._clock.mono_ms()))

    def follow(self, slug: RoomSlug, listener: VoiceListener) -> Callable[[], None]:
        """See `server.ports.VoiceBus.follow`."""
        channel = room_key(slug, "voice")
        return self._hearing.hear(
            channel, Listener(lambda message: self._take(slug, message, listener), lambda: None)
        )

    async def run(self) -> None:
        """Send what is published, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._open_lane(NOWHERE, group)
            try:
                while True:
                    await self._find_places(group)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(PLACE_S):
                            await self._unplaced.wait()
                            await asyncio.sleep(AGAIN_S if not self._link.is_up else 0)
                    self._unplaced.clear()
            finally:
                for lane in self._lanes.values():
                    lane.stop()

    async def _find_places(self, group: asyncio.TaskGroup) -> None:
        with contextlib.suppress(LogUnavailableError):
            if self._is_astray:
                self._is_astray = False
                await self._link.relearn()
            for slug in tuple(self._places):
                place = await self._link.place_of(room_key(slug, "voice"))
                self._open_lane(place, group)
                self._places[slug] = place

    def _open_lane(self, place: Place, group: asyncio.TaskGroup) -> None:
        if place not in self._lanes:
            lane = self._lanes[place] = _Lane(
                self._link, place, self._seal, self.counts, self._clock, self._on_lost
            )
            group.create_task(lane.run())

    def _on_lost(self) -> None:
        """A connection is lost: in a Cluster its channels may be another server's by now."""
        if self._link.is_cluster:
            self._is_astray = True
            self._unplaced.set()

    def _seal(self, waiting: _Waiting) -> bytes:
        frame = write_voice(waiting.voice, waiting.at_ms)
        return self._sealer.seal(Kind.VOICE, waiting.slug, frame)

    def _take(self, slug: RoomSlug, message: bytes, listener: VoiceListener) -> None:
        opened = self._sealer.open(Kind.VOICE, slug, message)
        if isinstance(opened, DropKind) or opened.is_own:
            return
        frame = read_voice(opened.body)
        if frame is None:
            self.counts.bad += 1
            return
        way = self._ways.get(opened.node)
        if way is None or way.fence != opened.fence:
            way = self._ways[opened.node] = _Way(opened.fence)
        if way.delay_ms(frame.sent_ms, self._clock.mono_ms()) > LATE_MS:
            self.counts.late_in += 1
            return
        self.counts.heard += 1
        listener(slug, frame.voice)


class _Lane:
    """One connection on which packets are published; in a Cluster there is one for each server."""

    def __init__(
        self,
        link: RedisLink,
        place: Place,
        seal: Callable[[_Waiting], bytes],
        counts: VoiceCounts,
        clock: Clock,
        on_lost: Callable[[], None],
    ) -> None:
        self._on_lost = on_lost
        self._link = link
        self._place = place
        self._seal = seal
        self._counts = counts
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._unanswered = 0
        self._answered_s = 0.0  # by the loop's clock; or when something was sent after all was answered
        self._word = "SPUBLISH" if link.is_cluster else "PUBLISH"
        self._asked_ms = 0.0

    def add(self, waiting: _Waiting) -> None:
        """Send a packet soon. The oldest one gives way where too many wait."""
        if len(self._queue) >= QUEUE_MAX:
            self._queue.popleft()
            self._counts.late_out += 1
        self._queue.append(waiting)
        self._wake.set()

    def stop(self) -> None:
        """Send nothing any more; for whoever cancels `run`, which may lose a connection at that very moment.

        A task group that is cancelled while one of its tasks fails tells of the failure only.
        """
        self._is_stopping = True

    async def run(self) -> None:
        """Send until cancelled; make the connection anew whenever it is lost."""
        while not self._is_stopping:
            await self._wake.wait()
            moved = self._link.moved
            try:
                connection = await self._link.dial(self._place)
            except LogUnavailableError:
                self._on_lost()
                await asyncio.sleep(AGAIN_S)
                self._drop_late()
                if not self._queue:
                    self._wake.clear()
                continue
            self._unanswered, self._asked_ms = 0, 0.0
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._send(connection))
                    group.create_task(self._read(connection))
                    group.create_task(leave_once(moved))
            except* AWAY:
                self._on_lost()
                await asyncio.sleep(AGAIN_S)
            finally:
                await connection.disconnect(nowait=True)

    async def _send(self, connection: AbstractConnection) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._drop_late()
            if not self._queue:
                continue
            batch = list(self._queue)
            self._queue.clear()
            self._counts.sent += len(batch)
            words: list[tuple[str | bytes, ...]] = [
                (self._word, room_key(waiting.slug, "voice"), self._seal(waiting)) for waiting in batch
            ]
            now_ms = self._clock.mono_ms()
            if now_ms - self._asked_ms > ROLE_S * 1_000:
                self._asked_ms = now_ms
                words.append(("ROLE",))
            if not self._unanswered:
                self._answered_s = asyncio.get_running_loop().time()
            self._unanswered += len(words)
            await heeding(connection.send_packed_command(connection.pack_commands(words)))

    async def _read(self, connection: AbstractConnection) -> None:
        """Read how many heard each packet, only to notice a lost or silent connection or the wrong server.

        On a line that was cut silently the kernel goes on taking packets, and TCP tries for minutes.

        It closes nothing by itself: redis-py would take the writer away from what is just being sent, which
        then fails with an error that names no lost connection.

        Raises:
            ConnectionError: the server has become a replica.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                answer = await connection.read_response(timeout=ANSWER_S, disconnect_on_error=False)
            except NoPermissionError:  # may not ask for the role: it goes without
                answer = b""
            if answer is not None:
                self._unanswered -= 1
                self._answered_s = loop.time()
            elif self._unanswered and loop.time() - self._answered_s >= ANSWER_S:
                raise TimeoutError
            if isinstance(answer, list) and answer[0] != b"master":
                raise ConnectionError

    def _drop_late(self) -> None:
        oldest_ms = self._clock.mono_ms() - LATE_MS
        while self._queue and self._queue[0].at_ms < oldest_ms:
            self._queue.popleft()
            self._counts.late_out += 1
