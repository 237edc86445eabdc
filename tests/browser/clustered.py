"""Nodes on one Redis behind one address, as a load balancer has them, and a test that says who goes where."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import aiohttp
from aiohttp import web

from tests.browser.served import Room
from tests.integration.nodes import NodeProcess, running_nodes
from tests.integration.redis_server import RedisServer, free_port
from tools.nodes import Proxy

LOOK_S: Final = 0.1  # between two looks at each node's readiness: load balancers take a second or more
TALK: Final = Room("The talk room", slug="talk")  # the one that a configuration without rooms has


class Stand:
    """One node as the front sees it.

    Attributes:
        is_chosen: whether the test lets pages go there.
    """

    def __init__(self, node: NodeProcess) -> None:
        self.node = node
        self.url = node.url
        self.is_chosen = True
        self._takes = True

    @property
    def is_ready(self) -> bool:
        return self._takes and self.is_chosen

    async def look(self, http: aiohttp.ClientSession) -> None:
        """Ask again and again, until cancelled."""
        while True:
            try:
                async with http.get(f"{self.url}/readyz") as answer:
                    self._takes = answer.ok
            except (aiohttp.ClientError, OSError):
                self._takes = False
            await asyncio.sleep(LOOK_S)


class Front:
    """The one address of the place."""

    def __init__(self, port: int, stands: list[Stand], redis: RedisServer) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.stands = stands
        self.redis = redis

    @property
    def nodes(self) -> tuple[NodeProcess, ...]:
        return tuple(stand.node for stand in self.stands)

    async def host_link(self, room: Room) -> str:
        """Return a link that makes whoever opens it a host: what the operator's command prints."""
        code, words = await self.nodes[0].command("host-link", room.slug, "--url", self.url)
        assert code == 0, words
        return words.strip()

    async def operator_link(self) -> str:
        """Return a link to the operator's page."""
        code, words = await self.nodes[0].command("operator-link", "--url", self.url)
        assert code == 0, words
        return words.strip()

    @contextmanager
    def only(self, number: int) -> Iterator[None]:
        """Let everybody who comes meanwhile go to this node."""
        for place, stand in enumerate(self.stands, start=1):
            stand.is_chosen = place == number
        try:
            yield
        finally:
            for stand in self.stands:
                stand.is_chosen = True


@asynccontextmanager
async def running_front(folder: Path, count: int = 2) -> AsyncIterator[Front]:
    """Run nodes on a Redis behind one address; everything ends with the context."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    async with (
        running_nodes(folder, count, front=address) as cluster,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        stands = [Stand(node) for node in cluster.nodes]
        app = web.Application(client_max_size=1024**2)
        app.router.add_route("*", "/{path:.*}", Proxy(stands, http).serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            async with asyncio.TaskGroup() as group:
                looks = [group.create_task(stand.look(http)) for stand in stands]
                yield Front(port, stands, cluster.redis)
                for look in looks:
                    look.cancel()
        finally:
            await runner.cleanup()
