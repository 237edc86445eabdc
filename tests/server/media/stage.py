"""A media plane on real sockets and a clock that stands still, with clients on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from rooms.voice.drops import DropReason
from server.media.counts import PeerClosed
from server.media.plane import MediaPlane
from server.media.settings import MediaSettings
from tests.server.media.client import WAIT_S, Client, FakeClock

SETTINGS = MediaSettings(udp_host4="127.0.0.1", udp_host6="::1")
ROOM = "talk"


class Stage:
    """A plane on a fake clock, its clients, and what it said about ended peers."""

    def __init__(self, settings: MediaSettings = SETTINGS) -> None:
        self.clock = FakeClock()
        self.closed: asyncio.Queue[PeerClosed] = asyncio.Queue()
        self.plane = MediaPlane(settings, self.clock, self.closed.put_nowait)
        self.clients: list[Client] = []

    def client(self, voice_id: int, room: str = ROOM, host: str = "127.0.0.1") -> Client:
        client = Client(self.plane, room, voice_id, host)
        self.clients.append(client)
        return client

    async def join(self, voice_id: int, room: str = ROOM, host: str = "127.0.0.1") -> Client:
        return await self.client(voice_id, room, host).join()

    async def speaker(self, voice_id: int, room: str = ROOM) -> Client:
        client = await self.join(voice_id, room)
        self.plane.allow_voice(client.room, voice_id, allowed=True)
        return client

    def drops(self, reason: DropReason) -> int:
        return self.plane.counts().drops[reason]

    def all_drops(self) -> int:
        return sum(self.plane.counts().drops.values())

    async def next_closed(self) -> PeerClosed:
        async with asyncio.timeout(WAIT_S):
            return await self.closed.get()

    def tick_round(self) -> None:
        """Let every peer have its turn once."""
        for _ in range(10):
            self.plane.on_tick()


@asynccontextmanager
async def open_stage(settings: MediaSettings = SETTINGS) -> AsyncIterator[Stage]:
    stage = Stage(settings)
    async with stage.plane:
        assert stage.plane._ticker is not None
        stage.plane._ticker.cancel()  # it goes by the real time: a test ticks itself, with its own
        try:
            yield stage
        finally:
            for client in stage.clients:
                client.close()


async def settle(clients: Iterable[Client]) -> None:
    """Wait until the server has read all that these sent, and they have read all that it sent them."""
    for client in (*clients, *clients):
        await client.check()
