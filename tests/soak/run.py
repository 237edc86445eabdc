"""One soak from the start of the server to its end."""

import asyncio
import os
import platform
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from rooms.limits import GRACE_MS
from tests.bots.ground import open_ground
from tests.bots.served import CrowdServer
from tests.soak.crowd import Crowd, CrowdPlan
from tests.soak.samples import (
    Run,
    Sample,
    Standing,
    count_descriptors,
    count_threads,
    read_memory,
    read_ticks,
)
from tests.soak.watched import TELL_EVERY_S, Census, Look

ROOMS: Final = ("soak-one", "soak-two")
SEED: Final = 20_262
FIRST_VISITS: Final = 10  # before anything is counted: what is made once is there then
CALM_WITHIN_S: Final = GRACE_MS / 1_000 + 60.0  # held seats end, and a busy machine takes its time
_CENSUS_WITHIN_S: Final = 60.0

_TOLD: Final = msgspec.json.Decoder(Look | Census)


class Soak:
    """Notes how one server is while visitors come and go. Made by `Soak.open`."""

    def __init__(self, server: CrowdServer, crowd: Crowd, journal: Path | None = None) -> None:
        """Look at this server; what is noted is also appended to the journal, a line of JSON each."""
        self._journal = journal
        self.samples: list[Sample] = []
        self._server, self._crowd = server, crowd
        self._begin_s = time.monotonic()
        self._ticks = read_ticks()
        self._census: asyncio.Future[Census] | None = None
        self._news = asyncio.Condition()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, server: CrowdServer, crowd: Crowd, journal: Path | None = None
    ) -> AsyncIterator["Soak"]:
        """Note samples for as long as the context lasts."""
        soak = cls(server, crowd, journal)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(soak._listen())
            try:
                yield soak
            finally:
                listening.cancel()

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self._server.process is not None
        return self._server.process.pid

    def begin(self) -> None:
        """Count time from now on, and forget what was before."""
        self._begin_s = time.monotonic()
        self.samples.clear()
        self._crowd.gap_ms()

    async def standing(self, wanted: Standing | None = None) -> Standing:
        """Return what stands in calm: three samples alike, or what is wanted, or else the last one."""
        deadline_s = time.monotonic() + CALM_WITHIN_S
        seen: list[Standing] = []
        async with self._news:
            while time.monotonic() < deadline_s:
                await self._news.wait()
                last = self.samples[-1]
                seen.append(Standing(descriptors=last.descriptors, tasks=last.tasks))
                if seen[-1] == wanted or (wanted is None and len(seen) > 2 and len(set(seen[-3:])) == 1):
                    break
        return seen[-1]

    async def census(self) -> Census:
        """Ask the server which objects it has."""
        self._census = asyncio.get_running_loop().create_future()
        os.kill(self.pid, signal.SIGUSR1)
        async with asyncio.timeout(_CENSUS_WITHIN_S):
            return await self._census

    async def _listen(self) -> None:
        process = self._server.process
        assert process is not None
        assert process.stdout is not None
        while line := await process.stdout.readline():
            match _TOLD.decode(line):
                case Look() as look:
                    self._note(look)
                    async with self._news:
                        self._news.notify_all()
                case census if self._census is not None and not self._census.done():
                    self._census.set_result(census)
        raise RuntimeError("the server ended")

    def _note(self, look: Look) -> None:
        rss_bytes, private_bytes = read_memory(self.pid)
        ticks, earlier = read_ticks(), self._ticks
        self._ticks = ticks
        sample = Sample(
            at_s=time.monotonic() - self._begin_s,
            rss_bytes=rss_bytes,
            private_bytes=private_bytes,
            blocks=look.blocks,
            descriptors=count_descriptors(self.pid),
            tasks=look.tasks,
            threads=count_threads(self.pid),
            late_us=look.late_us,
            starved_us=look.starved_us,
            gap_ms=self._crowd.gap_ms(),
            visits=self._crowd.visits,
            cut=self._crowd.cut(),
            busy=1 - (ticks[1] - earlier[1]) / max(1, ticks[0] - earlier[0]),
        )
        self.samples.append(sample)
        if self._journal is not None:
            with self._journal.open("ab") as lines:
                lines.write(msgspec.json.encode(sample) + b"\n")


async def soak(
    folder: Path,
    seconds: float,
    plan: CrowdPlan,
    warm_up_s: float,
    every_s: float = TELL_EVERY_S,
    *,
    journal: Path | None = None,
) -> Run:
    """Run a server in this folder, let visitors come for so long, and return what was noted each `every_s`.

    A journal has the samples as they come, also of a run that is broken off; they begin before the visits do.

    Raises:
        RuntimeError: the server did not start, or ended by itself.
        ExceptionGroup: those who are to stay could not come in.
    """
    began, load = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), os.getloadavg()[0]
    server = CrowdServer(folder)
    server.program = ("-m", "tests.soak.watched", "--every", str(every_s))
    server.extra = "".join(f'[[rooms]]\nslug = "{slug}"\ntitle = "{slug}"\n\n' for slug in plan.rooms)
    try:
        await server.start()
        async with open_ground(server.url) as ground:
            crowd = Crowd(plan, ground, SEED)
            await crowd.settle()
            async with Soak.open(server, crowd, journal) as watch:
                await crowd.churn(FIRST_VISITS / plan.joins_per_s, all_polite=True)
                before = await watch.standing()
                watch.begin()
                first, last = await _churn(watch, crowd, seconds, warm_up_s)
                gone_s = time.monotonic()
                samples = list(watch.samples)
                after = await watch.standing(before)
            return Run(
                minutes=seconds / 60,
                warm_up_s=warm_up_s,
                steady=plan.steady,
                joins_per_s=plan.joins_per_s,
                began=began,
                machine=f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, "
                f"Python {platform.python_version()}",
                before=before,
                after=after,
                back_after_s=time.monotonic() - gone_s,
                samples=samples,
                grown=_grown(first, last),
                errors=dict(crowd.errors),
                cut=crowd.cut(),
                load=(load, os.getloadavg()[0]),
                server_log=(folder / "server.log").read_text("utf-8"),
            )
    finally:
        await server.kill()


async def _churn(watch: Soak, crowd: Crowd, seconds: float, warm_up_s: float) -> tuple[Census, Census]:
    """Let visitors come and go; return what the server held after the warm-up and at the end."""
    async with asyncio.TaskGroup() as tasks:
        coming = tasks.create_task(crowd.churn(seconds))
        await asyncio.sleep(warm_up_s)
        first = await watch.census()
        await coming
    return first, await watch.census()


def _grown(first: Census, last: Census) -> dict[str, int]:
    """Return of which objects there are more, the most grown first."""
    differences = {name: number - first.objects.get(name, 0) for name, number in last.objects.items()}
    grown = {name: number for name, number in differences.items() if number > 0}
    grown["blocks given out"] = last.blocks - first.blocks
    return dict(sorted(grown.items(), key=lambda pair: -pair[1]))


LEAST_S: Final = 3 * TELL_EVERY_S  # with less there is nothing to draw
