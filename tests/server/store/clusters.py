"""A PostgreSQL server of the tests' own: a folder that goes, a socket in it, no port that others reach."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

_USER: Final = "postgres"  # the server refuses root; Debian's package makes this user
_WITHIN_S: Final = 30.0


def programs() -> Path | None:
    """Return the folder of initdb and postgres, which Debian keeps out of PATH; None where there is none."""
    found = shutil.which("initdb")
    if found and Path(found).with_name("postgres").exists():
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


class PgServer:
    """One server over a folder that `initdb` has made; it may be stopped and started again.

    Attributes:
        folder: of its socket.
    """

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.folder = folder
        self._programs = programs
        self._user = user
        self._process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            *(str(self._programs / "postgres"), "-D", str(self.folder / "db"), "-k", str(self.folder)),
            *(
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "shared_buffers=8MB",
                "-c",
                "max_wal_size=64MB",
            ),
            user=self._user,
            cwd=self.folder,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_WITHIN_S):
            await _answers(self.folder)

    async def stop(self) -> None:
        """End it, and with it every connection (the fast shutdown of postgres(1)); once is enough."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            await self._process.wait()


@asynccontextmanager
async def running_server(folder_of_programs: Path) -> AsyncIterator[PgServer]:
    """Make a server in a folder of its own and run it; both are gone when the context ends."""
    user = _USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="lamplit-pg-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        making = await asyncio.create_subprocess_exec(
            *(str(folder_of_programs / "initdb"), "-D", str(folder / "db")),
            *("-A", "trust", "-U", "lamplit", "--no-sync", "-E", "UTF8", "--locale", "C"),
            user=user,
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await making.wait() == 0
        server = PgServer(folder_of_programs, folder, user)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()


@asynccontextmanager
async def cluster(folder_of_programs: Path) -> AsyncIterator[Path]:
    """Run a server for as long as the context lasts; gives the folder of its socket."""
    async with running_server(folder_of_programs) as server:
        yield server.folder


@asynccontextmanager
async def database(folder: Path, name: str) -> AsyncIterator[str]:
    """Make an empty database, give its URL, and drop it: some tests read every file of the cluster."""
    yield await make_database(folder, name)
    await _say(folder, f'DROP DATABASE "{name}" WITH (FORCE)')


async def make_database(folder: Path, name: str) -> str:
    """Make an empty database; return its URL."""
    await _say(folder, f'CREATE DATABASE "{name}" STRATEGY FILE_COPY')
    return f"postgresql://lamplit@/{name}?host={folder}"


async def _say(folder: Path, statement: str) -> None:
    connection = await asyncpg.connect(host=str(folder), user="lamplit", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _answers(folder: Path) -> None:
    while True:
        try:
            connection = await asyncpg.connect(host=str(folder), user="lamplit", database="postgres")
        except (OSError, asyncpg.CannotConnectNowError):
            await asyncio.sleep(0.05)  # nothing tells when it is ready
        else:
            await connection.close()
            return
