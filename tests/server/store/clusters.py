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


@asynccontextmanager
async def cluster(folder_of_programs: Path) -> AsyncIterator[Path]:
    """Run a server for as long as the context lasts; gives the folder of its socket."""
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
        server = await asyncio.create_subprocess_exec(
            *(str(folder_of_programs / "postgres"), "-D", str(folder / "db"), "-k", str(folder)),
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
            user=user,
            cwd=folder,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(_WITHIN_S):
                await _answers(folder)
            yield folder
        finally:
            server.send_signal(signal.SIGINT)
            await server.wait()


@asynccontextmanager
async def database(folder: Path, name: str) -> AsyncIterator[str]:
    """Make an empty database, give its URL, and drop it: some tests read every file of the cluster."""
    connection = await asyncpg.connect(host=str(folder), user="lamplit", database="postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}" STRATEGY FILE_COPY')
        yield f"postgresql://lamplit@/{name}?host={folder}"
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
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
