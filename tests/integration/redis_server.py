"""A Redis server of the tests' own: a free port of loopback, nothing on a disk unless asked.

    async with running_redis() as redis:
        config = ClusterConfig(redis_url=redis.url, ...)
        await redis.kill()      # SIGKILL: connections are reset, memory is lost
        await redis.start()     # at the same port; empty, unless it was asked to be persistent
        redis.freeze()          # SIGSTOP: connections stay and nothing answers
        redis.resume()
        await redis.command("CLIENT", "KILL", "TYPE", "pubsub")

Where there is no redis-server the test is skipped with the reason.
"""

import asyncio
import shutil
import signal
import socket
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

_PROGRAM: Final = "redis-server"
_WITHIN_S: Final = 20.0  # a busy machine takes its time to start a program
_SLOTS: Final = 16_384  # of a Redis Cluster


def missing_for_redis() -> str:
    """Name the program that these tests need and this machine lacks."""
    return "" if shutil.which(_PROGRAM) else _PROGRAM


def free_port() -> int:
    """Return a TCP port of loopback that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class RedisServer:
    """One server process, which may die and come back at the same port."""

    def __init__(self, folder: Path, port: int, settings: tuple[str, ...], *, is_cluster: bool) -> None:
        self.folder = folder
        self._is_cluster = is_cluster
        self.port = port
        self.is_cluster = "--cluster-enabled" in settings
        self.bus_port = int(settings[settings.index("--cluster-port") + 1]) if self.is_cluster else 0
        self._settings = settings
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which(_PROGRAM)
        assert program is not None
        self._process = await asyncio.create_subprocess_exec(
            *(program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *self._settings,
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await _until(self._runs)
        if self._is_cluster:
            await self.command("CLUSTER", "ADDSLOTSRANGE", "0", str(_SLOTS - 1))  # refused where it has them
            await _until(self._is_whole)

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def restart(self) -> None:
        """Kill it and start it anew."""
        await self.kill()
        await self.start()

    def freeze(self) -> None:
        """Let it answer nothing any more; its connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def command(self, *words: str | bytes) -> bytes:
        """Send one command by a connection of its own; return the answer as it came."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            sent = [word.encode() if isinstance(word, str) else word for word in words]
            parts = [b"$%d\r\n%b\r\n" % (len(word), word) for word in sent]
            writer.write(b"*%d\r\n" % len(sent) + b"".join(parts))
            writer.write_eof()
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()

    async def _runs(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, "redis-server ended by itself"
        return await self.answers()

    async def answers(self) -> bool:
        """Whether it does, perhaps only to say that it wants a password."""
        try:
            return (await self.command("PING")).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    async def _is_whole(self) -> bool:
        return b"cluster_state:ok" in await self.command("CLUSTER", "INFO")


@asynccontextmanager
async def running_redis(
    *settings: str, is_persistent: bool = False, is_cluster: bool = False, has_bus_port: bool = False
) -> AsyncIterator[RedisServer]:
    """Run a server for as long as the context lasts.

    Args:
        settings: further arguments of redis-server, such as `"--requirepass", "secret"`.
        is_persistent: every write is on the disk before it is answered, and found again after a start.
        is_cluster: it is a Redis Cluster of one node, which has all slots.
        has_bus_port: it gets a free port for other servers of its Cluster.
    """
    lack = missing_for_redis()
    if lack:
        pytest.skip(f"needs {lack}: see tools/system_packages.sh")
    kept = ("--appendonly", "yes", "--appendfsync", "always") if is_persistent else ("--appendonly", "no")
    bus = ("--cluster-port", str(free_port())) if is_cluster or has_bus_port else ()
    kind = ("--cluster-enabled", "yes", *bus) if is_cluster else bus
    with tempfile.TemporaryDirectory(prefix="lamplit-redis-") as name:
        arguments = ("--save", "", *kept, *kind, *settings)
        server = RedisServer(Path(name), free_port(), arguments, is_cluster=is_cluster)
        try:
            await server.start()
            yield server
        finally:
            await server.kill()


async def _until(asked: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_WITHIN_S):
        while True:  # nothing tells when it is so
            if await asked():
                return
            await asyncio.sleep(0.02)
