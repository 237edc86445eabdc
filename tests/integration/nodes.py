"""Real node processes on one Redis and one store: started, drained, killed, each by its own process id."""

import asyncio
import json
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.config import ClusterConfig, Config, ServerConfig
from server.place_keys import open_office
from server.tickets import TicketOffice
from tests.bots.bot import Bot
from tests.bots.ground import Ground
from tests.integration.redis_server import RedisServer, free_port, running_redis

ROOT: Final = Path(__file__).resolve().parents[2]
START_WITHIN_S: Final = 90.0  # of a machine that is busy with other tests
STOP_WITHIN_S: Final = 30.0  # 20 s to empty it, 5 s to stop, and a busy machine


class NodeProcess:
    """One node: started again under the same name it is another life of the same node.

    Attributes:
        name: what the others know it by.
        url: where bots reach this very node; the same in every life.
        child: the running process, or the last one.
        limits: further lines of `[limits]`, for its next life.
        room_members_max: members of one room whom it takes before others are asked to.
        public_url: where it tells others that it is reached; behind one address for all, nowhere.
        page_origins: further addresses that pages may come from, such as other nodes'.
        program: what Python is told to run; for a node of another version something else than this tree.
    """

    def __init__(  # noqa: PLR0913 - where it is, and what it is told
        self,
        folder: Path,
        name: str,
        redis_url: str,
        extra: str = "",
        *,
        host: str = "127.0.0.1",
        front: str = "",
        launcher: Sequence[str] = (),
    ) -> None:
        """Say where it runs; `launcher` are words before its command, such as those of `ip netns exec`."""
        self.name = name
        self.port = free_port()
        self.host = host
        self.url = f"http://{host}:{self.port}"
        self._launcher = tuple(launcher)
        self.log_path = folder / f"{name}.log"
        self.child: asyncio.subprocess.Process | None = None
        self.program: tuple[str, ...] = ("-m", "server")
        self.limits = ""
        self.room_members_max = 500
        self.public_url = "" if front else self.url
        self.page_origins: tuple[str, ...] = ()
        self.config_path = folder / f"{name}.toml"
        self._folder = folder
        self._redis_url = redis_url
        self._extra = extra
        self._front = front

    @property
    def udp_port(self) -> int:
        """The port of its sound; the kernel chose it."""
        found = re.search(r'"udp_port": ?(\d+)', self.log())
        return int(found[1]) if found else 0

    def settings(self) -> str:
        """Write the configuration file's text."""
        origins = [self.url, *([self._front] if self._front else []), *self.page_origins]
        return (
            f'[server]\nhost = "{self.host}"\nport = {self.port}\ndata_dir = "{self._folder / "data"}"\n'
            f"origins = {json.dumps(origins)}\n"
            f"trusted_proxies = {json.dumps(['127.0.0.0/8'] if self._front else [])}\n\n"
            f'[cluster]\nredis_url = "{self._redis_url}"\nkey_file = "{self._folder / "cluster.key"}"\n'
            f'node_name = "{self.name}"\npublic_url = "{self.public_url}"\n'
            f"room_max_members_per_node = {self.room_members_max}\n\n"
            f'[media]\nudp_host4 = "{self.host}"\nudp_host6 = ""\nudp_port = 0\n\n'
            "[limits]\nconnections_per_address = 5000\nconnects_per_s_per_address = 1000\n"
            f"connects_burst_per_address = 5000\n{self.limits}\n"
            f'[logs]\nlevel = "debug"\nformat = "json"\n\n{self._extra}'
        )

    async def start(self) -> None:
        """Start, and wait until new members may come.

        Raises:
            AssertionError: it did not; with what it logged.
        """
        self.config_path.write_text(self.settings(), "utf-8")
        with self.log_path.open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *(*self._launcher, sys.executable, *self.program, "serve"),
                *("--config", str(self.config_path)),
                cwd=self._folder,
                env=_environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            async with asyncio.timeout(START_WITHIN_S):
                while not await self.is_ready():  # noqa: ASYNC110 - it is another process
                    await asyncio.sleep(0.05)
        except (TimeoutError, AssertionError):
            await self.kill()
            raise AssertionError(f"node {self.name} did not start:\n{self.log()[-3_000:]}") from None

    async def is_ready(self) -> bool:
        """Whether it takes new members."""
        assert self.child is not None
        assert self.child.returncode is None, "it ended by itself"
        return await self.reasons() == ()

    async def reasons(self) -> tuple[str, ...] | None:
        """Why it takes no new members; None where it does not answer."""
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/readyz") as answer:
                return tuple((await answer.json())["reasons"])
        except (aiohttp.ClientError, OSError):
            return None

    def terminate(self) -> None:
        """Ask it to end (SIGTERM): it sends its members elsewhere first."""
        assert self.child is not None
        self.child.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end; return the exit code."""
        assert self.child is not None
        return await asyncio.wait_for(self.child.wait(), STOP_WITHIN_S)

    async def stop(self) -> int:
        """End it as an operator does."""
        self.terminate()
        return await self.ended()

    async def kill(self) -> None:
        """End it without a word (SIGKILL); harmless when it has ended."""
        if self.child is not None and self.child.returncode is None:
            self.child.kill()
            await self.child.wait()

    async def command(self, *words: str) -> tuple[int, str]:
        """Run a command of the operator's with this node's configuration."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, *self.program, *words, "--config", str(self.config_path)),
            cwd=self._folder,
            env=_environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        text, _ = await asyncio.wait_for(child.communicate(), START_WITHIN_S)
        return child.returncode or 0, text.decode()

    @property
    def has_broken(self) -> bool:
        """Whether it has ended in this life by a mistake of its own."""
        return self.child is not None and (self.child.returncode or 0) > 0

    def log(self) -> str:
        """Return what it has logged in all its lives."""
        return self.log_path.read_text("utf-8", errors="replace") if self.log_path.exists() else ""


class Cluster:
    """Nodes, and the Redis between them."""

    def __init__(self, folder: Path, redis: RedisServer, nodes: Sequence[NodeProcess]) -> None:
        self.folder = folder
        self.redis = redis
        self.nodes = tuple(nodes)

    def node_at(self, url: str) -> NodeProcess:
        """Return the node that is reached there."""
        return next(node for node in self.nodes if node.url == url)

    def office(self) -> TicketOffice:
        """Return what writes the place's tickets."""
        key = str(self.folder / "cluster.key")
        return open_office(
            Config(
                server=ServerConfig(data_dir=str(self.folder / "data")),
                cluster=ClusterConfig(redis_url=self.redis.url, key_file=key),
            )
        )

    def host_invite(self, room: str = "talk") -> str:
        """Return what makes a host, on any node."""
        return self.office().issue_invite(RoomSlug(room), 1, SystemClock().wall_ms())


@asynccontextmanager
async def running_nodes(  # noqa: PLR0913 - each says something else of the place
    folder: Path,
    count: int = 2,
    *,
    redis_url: str = "",
    extra: str = "",
    programs: Sequence[tuple[str, ...]] = (),
    redis_settings: Sequence[str] = (),
    front: str = "",
    limits: str = "",
    room_members_max: int = 500,
) -> AsyncIterator[Cluster]:
    """Run nodes `n1`, `n2`... on a Redis of their own; all end by their process ids, whatever happens.

    Args:
        folder: gets configurations, logs, the cluster's key and the data.
        count: of nodes.
        redis_url: where the nodes find Redis, if that is not the one started here.
        extra: further text for each node's configuration file.
        programs: what the first nodes are, if not this tree's server.
        redis_settings: further arguments of redis-server.
        front: the one address at which pages reach any node; empty: each node has its own.
        limits: further lines of each node's `[limits]`.
        room_members_max: members of one room whom each node takes before others are asked to.
    """
    async with running_redis(*redis_settings) as redis:
        nodes = [
            NodeProcess(folder, f"n{number}", redis_url or redis.url, extra, front=front)
            for number in range(1, count + 1)
        ]
        for node, program in zip(nodes, programs, strict=False):
            node.program = program
        for node in nodes:
            node.limits = limits
            node.room_members_max = room_members_max
        async with running_cluster(folder, redis, nodes) as cluster:
            yield cluster


@asynccontextmanager
async def running_cluster(
    folder: Path, redis: RedisServer, nodes: Sequence[NodeProcess]
) -> AsyncIterator[Cluster]:
    """Run nodes that were made for a Redis that runs; see `running_nodes`."""
    key = folder / "cluster.key"
    key.write_bytes(secrets.token_bytes(48))
    key.chmod(0o600)
    async with AsyncExitStack() as stack:
        for node in nodes:
            stack.push_async_callback(node.kill)
        await nodes[0].start()  # the store is made by one
        await asyncio.gather(*(node.start() for node in nodes[1:]))
        yield Cluster(folder, redis, nodes)


async def move_when_asked(bots: Sequence[Bot]) -> None:
    """Let bots go where they are asked to, as pages do, until cancelled."""
    async with asyncio.TaskGroup() as group:
        while True:
            for bot in bots:
                move, bot.move = bot.move, None
                if move is not None:
                    group.create_task(bot.go_to(move.url))
            await asyncio.sleep(0.01)


async def enter_at(ground: Ground, name: str, room: str = "talk", invite: str = "") -> Bot:
    """Return a new member at the ground's node."""
    return await Bot.enter(ground, room, name, invite=invite)


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LAMPLIT_")}
    return {**kept, "PYTHONPATH": str(ROOT)}
