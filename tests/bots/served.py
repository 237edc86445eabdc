"""A server process that takes a crowd from one address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.browser.served import LamplitServer


class CrowdServer(LamplitServer):
    """A real server whose limits for one address let thousands of bots in, with the room `talk` only."""

    def settings(self) -> str:
        """Write the configuration file's text."""
        return (
            f'[server]\nhost = "{self.host}"\nport = {self.port}\ndata_dir = "{self.folder / "data"}"\n\n'
            f'[media]\nudp_host4 = "{self.host}"\nudp_host6 = ""\nudp_port = {self.udp_port}\n\n'
            "[limits]\nconnections_per_address = 5000\nconnects_per_s_per_address = 1000\n"
            "connects_burst_per_address = 5000\n\n"
            '[logs]\nlevel = "warning"\n'
        )


@asynccontextmanager
async def crowd_server(folder: Path, host: str = "127.0.0.1") -> AsyncIterator[CrowdServer]:
    """Run one; it is ended by its own process id, whatever happens."""
    server = CrowdServer(folder, host)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()
