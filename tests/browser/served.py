"""A real server in a process of its own: fresh folder, free ports, everything it logs in a file."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from tests.browser.polling import until
from tests.browser.programs import stop_program

ROOT: Final = Path(__file__).resolve().parents[2]
STOP_S: Final = 5.0  # what the server promises for a graceful stop

# A room for each test of a file, so that no test hears another.
ROOM_COUNT: Final = 16


class Room:
    """One configured room: how it is called, where it is, and its weekly meetings as the file has them."""

    def __init__(self, title: str, series: str = "", slug: str = "") -> None:
        self.title = title
        self.slug = slug or title.lower().replace(" ", "-")
        self.series = series


ROOMS: Final = tuple(Room(f"Lamp {number:02d}") for number in range(1, ROOM_COUNT + 1))


def free_port(kind: socket.SocketKind, host: str) -> int:
    """Return a port that nobody listens at just now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


class LamplitServer:
    """A server that can be stopped, killed and started again at the same ports over the same data."""

    def __init__(self, folder: Path, host: str, rooms: tuple[Room, ...]) -> None:
        self.folder = folder
        self.rooms = rooms
        self.host = host
        self.port = free_port(socket.SOCK_STREAM, host)
        # Firefox never pairs its own lasting addresses with loopback: sound comes as with the defaults.
        self.udp_host = "0.0.0.0" if host.startswith("127.") else host  # noqa: S104 -- as with the defaults
        self.udp_port = free_port(socket.SOCK_DGRAM, self.udp_host)
        self.log_path = folder / "server.log"
        self.url = f"http://{host}:{self.port}"
        self.child: asyncio.subprocess.Process | None = None

    def settings(self) -> str:
        """Write the configuration file's text."""
        rooms = "\n".join(
            f'[[rooms]]\nslug = "{room.slug}"\ntitle = "{room.title}"\nabout = "Come in and sit down."\n'
            f"series = [{room.series}]\n"
            for room in self.rooms
        )
        return (
            f'[server]\nhost = "{self.host}"\nport = {self.port}\ndata_dir = "{self.folder / "data"}"\n\n'
            f'[media]\nudp_host4 = "{self.udp_host}"\nudp_host6 = ""\nudp_port = {self.udp_port}\n\n'
            f'[logs]\nlevel = "debug"\nformat = "json"\n\n'
            f"{rooms}"
        )

    async def start(self) -> None:
        """Start, and wait until it says that it is ready.

        Raises:
            AssertionError: It ended, or was not ready in time; its last lines are in the text.
        """
        config = self.folder / "lamplit.toml"
        config.write_text(self.settings(), "utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LAMPLIT_")}
        with self.log_path.open("ab") as log:
            self.child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "server", "serve", "--config", str(config)),
                cwd=self.folder,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            await until(self._is_ready, "the server is ready", within_s=45)
        except AssertionError as error:
            await self.kill()
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None

    async def _is_ready(self) -> bool:
        assert self.child is not None
        assert self.child.returncode is None, f"the server ended by itself: {self.child.returncode}"
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def stop(self) -> int:
        """Stop as an operator does (SIGTERM), within the promised time. Returns the exit code."""
        assert self.child is not None
        self.child.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.child.wait(), STOP_S)

    async def kill(self) -> None:
        """End it without a word (SIGKILL)."""
        if self.child is not None:
            await stop_program(self.child, by=signal.SIGKILL)

    async def host_link(self, room: Room) -> str:
        """Return a link that makes whoever opens it a host: what the operator's command prints."""
        child = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "server",
                "host-link",
                room.slug,
                "--config",
                str(self.folder / "lamplit.toml"),
            ),
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        words, _ = await asyncio.wait_for(child.communicate(), 45)
        assert child.returncode == 0
        return words.decode().strip()

    def kept_files(self) -> list[Path]:
        """Return every file that the server keeps."""
        return [path for path in (self.folder / "data").rglob("*") if path.is_file()]

    def log(self) -> str:
        """Return everything it has logged so far, in all its lives."""
        return self.log_path.read_text("utf-8", errors="replace") if self.log_path.exists() else ""


@asynccontextmanager
async def running_server(
    folder: Path, host: str = "127.0.0.1", rooms: tuple[Room, ...] = ROOMS
) -> AsyncIterator[LamplitServer]:
    """Run a server; it is ended by its own process id, whatever happens.

    Args:
        folder: Gets its data, configuration and log.
        host: The one address it serves at.
        rooms: What the operator has configured.
    """
    server = LamplitServer(folder, host, rooms)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
