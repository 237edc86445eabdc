"""Our own server as the benchmarks meet it: a process of its own, members come as pages do."""

import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from server.version import version
from tests.bench.compiled import ROOT
from tests.bench.legs import Leg, OneCipher
from tests.bench.machine import SERVER_CORE, pin
from tests.bench.services import MediaService, Shape
from tests.bots.bot import Bot, BotOptions
from tests.bots.ground import Ground, open_ground
from tests.bots.served import CrowdServer

_OPTIONS = BotOptions(keep_room=False, probes=False)
_ROOM = "talk"
LIMITS = (
    "connections = 20000\nconnections_per_address = 20000\n"
    "connects_per_s_per_address = 1000\nconnects_burst_per_address = 20000\n"
)


def our_version() -> str:
    """The release, and the commit where this is a checkout with git."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        commit = found.stdout.strip()
    except OSError:
        commit = ""
    return " ".join(filter(None, (version(), commit)))


class Ours(MediaService):
    """The server with its crowd. Made by `Ours.open`."""

    name = "ours"

    def __init__(self, shape: Shape, server: CrowdServer, ground: Ground, closing: AsyncExitStack) -> None:
        super().__init__(shape)
        self.version = our_version()
        self.server, self.ground, self._closing = server, ground, closing
        self.bots: list[Bot] = []

    @classmethod
    async def open(cls, shape: Shape, *, core: int | None = SERVER_CORE) -> "Ours":
        """Start it."""
        async with AsyncExitStack() as opening:
            folder = opening.enter_context(tempfile.TemporaryDirectory(prefix="lamplit-bench-"))
            rooms = [_slug(number) for number in range(shape.most)] if shape.listeners else [_ROOM]
            server = CrowdServer(Path(folder), LIMITS)
            server.extra = "".join(f'[[rooms]]\nslug = "{room}"\ntitle = "{room}"\n\n' for room in rooms)
            opening.push_async_callback(server.kill)
            await server.start()
            ground = await opening.enter_async_context(open_ground(server.url))
            ground.certificate = OneCipher.generateCertificate()
            ours = cls(shape, server, ground, opening.pop_all())
        if core is not None:
            pin(ours.pids[0], core)
        return ours

    @property
    def pids(self) -> Sequence[int]:
        assert self.server.process is not None
        return [self.server.process.pid]

    async def enter(self, room: int, name: str, *, speaks: bool) -> list[Leg]:
        slug = _slug(room) if self.shape.listeners else _ROOM
        bot = await Bot.enter(self.ground, slug, name, _OPTIONS)
        self.bots.append(bot)
        if speaks:
            await bot.set_microphone(on=True)
        assert bot.media is not None
        offered = read_offered(bot)
        return [Leg(bot.media, *offered, group=room)]

    async def visit(self, name: str) -> Bot:
        """Let somebody come whom the load does not hold: to leave again."""
        return await Bot.enter(self.ground, _ROOM, name, _OPTIONS)

    async def close(self) -> None:
        await self.server.kill()  # a thousand goodbyes would take longer than they are worth
        self.load.__exit__(None, None, None)
        await self._closing.aclose()


def read_offered(bot: Bot) -> tuple[int, int]:
    """What the offer said: the payload type, and the number of the level's extension."""
    assert bot.media is not None
    return bot.media.offered.payload_type, bot.media.offered.level_id


def _slug(room: int) -> str:
    return f"room-{room}"
