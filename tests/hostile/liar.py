"""Somebody between a node and its Redis, who passes everything on until told to lie.

async with a_liar(redis) as liar:
    config = ClusterConfig(redis_url=liar.url, ...)
    liar.answer = b"-LOADING Redis is loading the dataset in memory"     # to each command
    liar.mute = True                # nothing is answered any more; connections stay
    liar.drips = True               # one byte a second
    liar.mute_listeners = True      # nothing is heard on connections that have subscribed
    liar.tell_the_truth()
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from hiredis import Reader

from tests.integration.redis_server import RedisServer

DRIP_S: Final = 1.0
_READ_BYTES: Final = 65_536


class Liar:
    """Made by `a_liar`.

    Attributes:
        answer: what each command is answered with instead of being carried out; empty: it is carried out.
        lies: how many commands were.
    """

    def __init__(self, redis: RedisServer) -> None:
        self.answer = b""
        self.mute = self.drips = self.mute_listeners = False
        self.lies = 0
        self.port = 0
        self._redis = redis
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where nodes are to look for Redis."""
        return f"redis://127.0.0.1:{self.port}"

    def tell_the_truth(self) -> None:
        """Pass on everything that comes from now on."""
        self.answer = b""
        self.mute = self.drips = self.mute_listeners = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stand between one connection and Redis, until either of them ends."""
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._redis.port)
        except OSError:
            writer.close()
            return
        line = _Line(self, (reader, writer), upstream)
        self._ends |= {writer, upstream[1]}
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            async with asyncio.TaskGroup() as tasks:
                ways = [tasks.create_task(line.ask()), tasks.create_task(line.tell())]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        for end in (writer, upstream[1]):
            end.close()
        self._ends -= {writer, upstream[1]}

    def hang_up(self) -> None:
        """End every connection."""
        for end in self._ends:
            end.transport.abort()


class _Line:
    """One connection."""

    def __init__(
        self,
        liar: Liar,
        node: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        redis: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._liar = liar
        self._from_node, self._to_node = node
        self._from_redis, self._to_redis = redis
        self._listens = False

    async def ask(self) -> None:
        """Pass on what the node asks, or lie about it."""
        commands = Reader()
        while taken := await self._from_node.read(_READ_BYTES):
            commands.feed(taken)
            asked = 0
            while (command := commands.gets()) is not False:
                asked += 1
                self._listens = self._listens or b"SUBSCRIBE" in bytes(command[0]).upper()
            if self._liar.answer:
                self._liar.lies += asked
                self._to_node.write((self._liar.answer + b"\r\n") * asked)
            else:
                self._to_redis.write(taken)

    async def tell(self) -> None:
        """Pass on what Redis answers, at once, a byte a second, or never."""
        while taken := await self._from_redis.read(_READ_BYTES):
            for at in range(len(taken)):
                if not self._liar.drips:
                    if not self._liar.mute and not (self._listens and self._liar.mute_listeners):
                        self._to_node.write(taken[at:])
                    break
                self._to_node.write(taken[at : at + 1])
                await asyncio.sleep(DRIP_S)


@asynccontextmanager
async def a_liar(redis: RedisServer) -> AsyncIterator[Liar]:
    """Stand in front of this Redis."""
    liar = Liar(redis)
    server = await asyncio.start_server(liar.serve, "127.0.0.1", 0)
    liar.port = server.sockets[0].getsockname()[1]
    try:
        yield liar
    finally:
        server.close()
        liar.hang_up()
