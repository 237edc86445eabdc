"""Subscriptions that know whether they hear.

A connection on which nobody speaks and one that was silently cut look the same from here. So each carries a
beat that this node sends itself every second through Redis; after three seconds without it the connection
is made anew. Whenever a channel begins to be heard, and begins again, its listener is told that there may
be a gap.

One connection serves all channels; in a Cluster one for each server that has channels (sharded pub/sub),
because each server passes on what is published in its own slots.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, NamedTuple

from redis.asyncio.connection import AbstractConnection

from server.bus.envelope import DropKind, Kind, Sealer
from server.bus.keys import PREFIX
from server.bus.link import AGAIN_S, AWAY, BEAT_S, NOWHERE, Place, RedisLink, heeding, leave_once
from server.ports import LogUnavailableError

DEAF_S: Final = 3.0
_SLOT_TRIES: Final = 100_000  # a Cluster of a thousand servers needs about ten thousand
_ANSWER_PARTS: Final = 3
_MESSAGES: Final = frozenset({b"message", b"smessage"})
_SUBSCRIBED: Final = frozenset({b"subscribe", b"ssubscribe"})


class Listener(NamedTuple):
    """Who listens to a channel. Neither may raise or wait."""

    on_message: Callable[[bytes], None]
    on_gap: Callable[[], None]


class Hearing:
    """Every channel that this node listens to."""

    def __init__(self, link: RedisLink, sealer: Sealer) -> None:
        """Listen to nothing yet."""
        self._link = link
        self._sealer = sealer
        self._listeners: dict[str, Listener] = {}
        self._ears: dict[Place, _Ear] = {}
        self._changed = asyncio.Event()
        self._is_astray = False

    def hear(self, channel: str, listener: Listener) -> Callable[[], None]:
        """Listen to a channel, which nobody else here listens to; returns how to stop."""
        self._listeners[channel] = listener
        self._changed.set()

        def stop() -> None:
            self._listeners.pop(channel, None)
            self._changed.set()

        return stop

    @property
    def is_whole(self) -> bool:
        """Whether every channel is heard at this moment."""
        heard = {channel for ear in self._ears.values() for channel in ear.heard}
        return heard >= self._listeners.keys()

    async def run(self) -> None:
        """Listen until cancelled."""
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    await self._changed.wait()
                    self._changed.clear()
                    if not await self._spread(group):
                        await asyncio.sleep(AGAIN_S)
                        self._changed.set()
            finally:
                for ear in self._ears.values():
                    ear.stop()

    async def _spread(self, group: asyncio.TaskGroup) -> bool:
        """Tell each connection its channels; return whether it is known where all of them are."""
        wanted: dict[Place, set[str]] = {}
        try:
            if self._is_astray:
                await self._link.relearn()
                self._is_astray = False
            for channel in tuple(self._listeners):
                wanted.setdefault(await self._link.place_of(channel), set()).add(channel)
        except LogUnavailableError:
            return False
        for place in wanted.keys() - self._ears.keys():
            ear = self._ears[place] = _Ear(
                self._link, self._sealer, place, self._on_message, self._on_gap, self._on_lost
            )
            group.create_task(ear.run())
        for place, ear in tuple(self._ears.items()):
            ear.want(frozenset(wanted.get(place, ())))
            if self._link.is_cluster and place not in wanted:
                self._ears.pop(place).stop()
        return True

    def _on_lost(self) -> None:
        """A connection is lost: in a Cluster its channels may be another server's by now."""
        if self._link.is_cluster:
            self._is_astray = True
            self._changed.set()

    def _on_message(self, channel: str, message: bytes) -> None:
        listener = self._listeners.get(channel)
        if listener is not None:
            listener.on_message(message)

    def _on_gap(self, channel: str) -> None:
        listener = self._listeners.get(channel)
        if listener is not None:
            listener.on_gap()


class _Ear:
    """One connection's subscriptions."""

    def __init__(
        self,
        link: RedisLink,
        sealer: Sealer,
        place: Place,
        on_message: Callable[[str, bytes], None],
        on_gap: Callable[[str], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._on_lost = on_lost
        self._link = link
        self._sealer = sealer
        self._place = place
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: frozenset[str] = frozenset()
        self._asked: set[str] = set()
        self.heard: set[str] = set()
        self.is_stopping = False
        self._changed = asyncio.Event()
        self._letter = "S" if link.is_cluster else ""

    def want(self, channels: frozenset[str]) -> None:
        """Hear these from now on, and no others."""
        if channels != self._wanted:
            self._wanted = channels
            self._changed.set()

    def stop(self) -> None:
        """Hear nothing any more."""
        self.is_stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Listen until cancelled; make the connection anew whenever it is lost.

        A task group that is cancelled while one of its tasks fails tells of the failure only, and on Python
        3.11 one whose task has failed leaves its owner looking cancelled. So whoever cancels says so.
        """
        is_anew = False
        while not self.is_stopping:
            self._link.counts.resubscribes += is_anew
            is_anew = True
            with contextlib.suppress(LogUnavailableError, *AWAY, _DeafError):
                await self._attend()
            self.heard.clear()
            if not self.is_stopping:
                self._on_lost()
            await asyncio.sleep(AGAIN_S)

    async def _attend(self) -> None:
        beat = await self._beat_channel()
        moved = self._link.moved
        connection = await self._link.dial(self._place)
        try:
            self._asked.clear()
            self._changed.set()
            await heeding(connection.send_command(f"{self._letter}SUBSCRIBE", beat))
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._read(connection, beat))
                    group.create_task(self._ask(connection))
                    group.create_task(self._beat(beat))
                    group.create_task(leave_once(moved))
            except* (*AWAY, _DeafError):
                raise _DeafError from None
        finally:
            await connection.disconnect(nowait=True)

    async def _read(self, connection: AbstractConnection, beat: str) -> None:
        loop = asyncio.get_running_loop()
        deaf_at = loop.time() + DEAF_S
        while True:
            left_s = deaf_at - loop.time()
            if left_s <= 0:
                raise _DeafError
            answer = await connection.read_response(timeout=left_s, disconnect_on_error=False)
            if not isinstance(answer, list) or len(answer) != _ANSWER_PARTS:
                raise _DeafError
            what, name, content = answer
            channel = name.decode()
            if channel != beat:
                self._take(what, channel, content)
            elif what in _MESSAGES and self._is_own(content):
                deaf_at = loop.time() + DEAF_S

    def _take(self, what: bytes, channel: str, content: bytes) -> None:
        if what in _MESSAGES:
            self._on_message(channel, content)
        elif what in _SUBSCRIBED:
            self.heard.add(channel)
            self._on_gap(channel)
        elif channel in self._asked:  # in a Cluster: its slot has moved elsewhere
            raise _DeafError

    def _is_own(self, content: bytes) -> bool:
        opened = self._sealer.open(Kind.BEAT, "", content)
        return not isinstance(opened, DropKind) and opened.is_own

    async def _ask(self, connection: AbstractConnection) -> None:
        """Subscribe to what is wanted, and to nothing else."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self.is_stopping:
                raise _DeafError
            more, less = sorted(self._wanted - self._asked), sorted(self._asked - self._wanted)
            self._asked = set(self._wanted)
            self.heard -= set(less)
            for channel in more:  # one by one: in a Cluster they have different slots
                await heeding(connection.send_command(f"{self._letter}SUBSCRIBE", channel))
            for channel in less:
                await heeding(connection.send_command(f"{self._letter}UNSUBSCRIBE", channel))

    async def _beat(self, beat: str) -> None:
        while True:
            with contextlib.suppress(LogUnavailableError):  # what is not heard is noticed where it is read
                await self._link.command(
                    f"{self._letter}PUBLISH", beat, self._sealer.seal(Kind.BEAT, "", b"")
                )
            await asyncio.sleep(BEAT_S)

    async def _beat_channel(self) -> str:
        """Return a channel of our own at this server."""
        name = f"{PREFIX}beat:{self._sealer.node}"
        if self._place == NOWHERE:
            return name
        for number in range(_SLOT_TRIES):
            channel = f"{name}:{number}"
            if await self._link.place_of(channel) == self._place:
                return channel
        raise LogUnavailableError


class _DeafError(Exception):
    """Nothing is heard by this connection any more."""
