"""A server process that takes a crowd from one address."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.tickets import TicketOffice

ROOT: Final = Path(__file__).resolve().parents[2]
START_WITHIN_S: Final = 90.0  # of a machine that is busy with other tests
STOP_WITHIN_S: Final = 10.0  # the server promises 5; a busy machine may take longer

CROWDED: Final = (
    "connections_per_address = 5000\nconnects_per_s_per_address = 1000\nconnects_burst_per_address = 5000\n"
)

_ANNOUNCED: Final = re.compile(rb"Open (http://127\.0\.0\.1:(\d+))/ ")


class CrowdServer:
    """A real server on loopback, whose limits for one address let thousands of bots in, with the room `talk`.

    It can be stopped and started again at the same address over the same data.

    Attributes:
        url: where it is; known once it has started.
        process: the running one.
        data_dir: where its keys are.
        log_path: where it writes its log.
        program: what Python is told to run before `--config FILE`.
        extra: further tables of its settings.
    """

    def __init__(self, folder: Path, limits: str = CROWDED) -> None:
        """`limits` are the lines of `[limits]`; empty for those that every server has."""
        self.url = ""
        self.program: tuple[str, ...] = ("-m", "server", "serve")
        self.extra = ""
        self.process: asyncio.subprocess.Process | None = None
        self.data_dir = folder / "data"
        self.log_path = folder / "server.log"
        self._folder = folder
        self._limits = limits
        self._port = 0

    async def start(self) -> None:
        """Start, and wait until it says where it is.

        Raises:
            RuntimeError: if it does not; with what it logged.
        """
        config = self._folder / "lamplit.toml"
        config.write_text(self._settings(), "utf-8")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LAMPLIT_")}
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.program, "--config", str(config)),
                cwd=self._folder,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        announced = _ANNOUNCED.search(await self._first_line())
        if announced is None:
            await self.kill()
            raise RuntimeError("the server did not start: " + self.log_path.read_text("utf-8"))
        self.url, self._port = announced[1].decode("ascii"), int(announced[2])

    async def stop(self) -> int:
        """Stop as an operator does (SIGTERM). Returns the exit code."""
        if self.process is None:
            raise RuntimeError("the server was never started")
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_WITHIN_S):
            return await self.process.wait()

    async def kill(self) -> None:
        """End it without a word; harmless when it has ended."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    def host_invite(self, room: str = "talk") -> str:
        """Return what makes a host, as `lamplit host-link` would."""
        office = TicketOffice.open(self.data_dir)
        return office.issue_invite(RoomSlug(room), 1, SystemClock().wall_ms())

    def _settings(self) -> str:
        return (
            f'[server]\nport = {self._port}\ndata_dir = "{self.data_dir}"\n\n'
            '[media]\nudp_host4 = "127.0.0.1"\nudp_host6 = ""\nudp_port = 0\n\n'
            f"[limits]\n{self._limits}\n"
            f'[logs]\nlevel = "warning"\n\n{self.extra}'
        )

    async def _first_line(self) -> bytes:
        if self.process is None or self.process.stdout is None:
            return b""
        try:
            async with asyncio.timeout(START_WITHIN_S):
                return await self.process.stdout.readline()
        except TimeoutError:
            return b""


@asynccontextmanager
async def crowd_server(folder: Path, limits: str = CROWDED) -> AsyncIterator[CrowdServer]:
    """Run one; it is ended by its own process id, whatever happens."""
    server = CrowdServer(folder, limits)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
