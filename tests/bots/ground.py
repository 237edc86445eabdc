"""What all bots of a process share: socket reading, certificate, and who owns their tasks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

from server.media.dtls_seam import Certificate
from tests.bots.reception import Reception
from tests.bots.targets import Network, Site, read_site

_LEAVE_AT_ONCE: Final = 50  # goodbyes in flight


class Leaves(Protocol):
    """Something on the ground that must be gone before the ground is."""

    async def leave(self) -> None:
        """Go; harmless when gone already."""


class Ground:
    """The ground that bots stand on. Made by `open_ground`.

    Attributes:
        site: the server.
        nets: networks besides loopback that media may be sent to.
        tasks: owner of what bots do by themselves.
    """

    def __init__(
        self,
        site: Site,
        nets: Sequence[Network],
        reception: Reception,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.site, self.nets = site, nets
        self.reception, self.tasks = reception, tasks
        self.certificate = Certificate.generateCertificate()
        self._standing: list[Leaves] = []

    def keep(self, bot: Leaves) -> None:
        """Let this one leave when the ground goes."""
        self._standing.append(bot)

    def let_go(self, bot: Leaves) -> None:
        """Forget one that has gone: thousands may come and go on one ground."""
        self._standing.remove(bot)

    async def clear(self) -> None:
        """Let all leave, some at a time."""
        places = asyncio.Semaphore(_LEAVE_AT_ONCE)

        async def leave(bot: Leaves) -> None:
            async with places:
                await bot.leave()

        async with asyncio.TaskGroup() as tasks:
            for bot in self._standing:
                tasks.create_task(leave(bot))
        self._standing.clear()


@asynccontextmanager
async def open_ground(
    url: str, nets: Sequence[Network] = (), *, drain_ms: float = 0.0
) -> AsyncIterator[Ground]:
    """Open the ground for bots at one server; whoever is still there at the end leaves.

    Raises:
        TargetError: if the server is not one that bots may send to.
    """
    site = read_site(url, nets)
    reception = Reception(asyncio.get_running_loop(), drain_ms)
    failure: Exception | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            ground = Ground(site, nets, reception, tasks)
            try:
                yield ground
            except Exception as error:  # noqa: BLE001 -- raised again below, not wrapped into a group
                failure = error
            finally:
                await ground.clear()
    finally:
        reception.close()
    if failure is not None:
        raise failure
