"""A real server with nine well-behaved members in its room: what every hostile input is sent beside.

    async def test_bh1(beside: Beside) -> None:
        async with beside.trial("BH1", "stranger") as trial:
            ...                                              # the attack
            await trial.counted("http_refused", status="431")

At the end of a trial the nine must still hear, read and be seated, and the log must hold no traceback. Times,
lost packets and memory are only reported, and judged in a full run: see `tests.hostile.report`.
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
import msgspec

from tests.bots.served import ROOT, CrowdServer, crowd_server
from tests.hostile.nine import WITHIN_S, Look, Present
from tests.hostile.report import IS_FULL, Entry, write_entries

ROOM: Final = "talk"
COUNTED_WITHIN_S: Final = 10.0
MEMORY_SLACK_BYTES: Final = 1_000_000
GAP_MAX_MS: Final = 60.0
FLOOD_GAP_MAX_MS: Final = 100.0

_READY_WITHIN_S: Final = 120.0  # of a machine that is busy with other tests
_SETTLES_WITHIN_S: Final = 20.0
_SERIES: Final = re.compile(r"^lamplit_(\w+?)(?:_total)?(?:\{(.*)\})? (\S+)$", re.MULTILINE)
_LABEL: Final = re.compile(r'\w+="([^"]*)"')
_OURS: Final = re.compile(
    r"Traceback|level=error|connection_bug|Task exception|never retrieved", re.IGNORECASE
)

Told = TypeVar("Told", Look, Present)

Counts = dict[tuple[str, str], float]
"""What /metrics shows: by name (without `lamplit_` and `_total`) and the value of its label, or ""."""


class Beside:
    """The server and the nine.

    Attributes:
        server: the server; strangers and bots of the test's own reach it at `url`.
        voice_id: whose voice the nine hear.
    """

    def __init__(
        self, server: CrowdServer, nine: asyncio.subprocess.Process, http: aiohttp.ClientSession
    ) -> None:
        self.server = server
        self.voice_id = 0
        self.entries: list[Entry] = []
        self._nine = nine
        self._http = http
        self._log_bytes = 0

    @property
    def url(self) -> str:
        """Where the server is, such as http://127.0.0.1:12345."""
        return self.server.url

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.server.process is not None
        return self.server.process.pid

    @asynccontextmanager
    async def trial(
        self, entry: str, who: str, what: str = "", *, is_flood: bool = False
    ) -> AsyncIterator["Trial"]:
        """Send something hostile inside; then see that the nine are well and the log is clean.

        Args:
            entry: the id, such as BH1.
            who: "stranger" or "member".
            what: in a word or two, where an entry has several tests.
            is_flood: more comes than a socket's queue holds: packets may be lost, in gaps of 100 ms at most.

        Raises:
            AssertionError: they are not, or it is not.
        """
        trial = Trial(self, await self.counts(), self.rss_bytes())
        begun_s = time.monotonic()
        yield trial
        took_s = time.monotonic() - begun_s
        look = await self.look()
        assert not look.wrong, f"{entry}: {'; '.join(look.wrong)}"
        assert not (words := self.news_of_log()), f"{entry}: the log has {len(words)} such as {words[0]}"
        counts = await self.counts()
        rose = {
            key: counts[key] - before for key, before in trial.before.items() if counts.get(key, 0) > before
        }
        assert not rose.get(("connection_bugs", "")), entry
        self._keep(
            Entry(
                entry=entry,
                who=who,
                what=what,
                seconds=took_s,
                gap_ms=look.gap_ms,
                packets=look.packets,
                lost=look.lost,
                line_ms=look.line_ms,
                grown_bytes=await self._growth(trial),
                counters={_words(key): int(number) for key, number in rose.items() if _is_telling(key)},
            ),
            is_flood=is_flood,
        )

    async def look(self) -> Look:
        """Ask the nine how they are."""
        assert self._nine.stdin is not None
        self._nine.stdin.write(b"\n")
        return await self._read(Look, 2 * WITHIN_S)

    async def counts(self) -> Counts:
        """Read /metrics."""
        async with self._http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        return {
            (name, "".join(_LABEL.findall(labels))): float(number)
            for name, labels, number in _SERIES.findall(text)
        }

    def rss_bytes(self) -> int:
        """The server's resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    def news_of_log(self) -> list[str]:
        """Return lines of the log about mistakes of ours that came since the last call."""
        with self.server.log_path.open("rb") as log:
            log.seek(self._log_bytes)
            lines = log.read().decode("utf-8", "replace").splitlines()
            self._log_bytes = log.tell()
        return [line for line in lines if _OURS.search(line)]

    def _keep(self, entry: Entry, *, is_flood: bool) -> None:
        """Note it; the second time that a full run tries it, judge it."""
        name = (entry.entry, entry.who, entry.what)
        is_second = any((before.entry, before.who, before.what) == name for before in self.entries)
        self.entries.append(entry)
        if IS_FULL and is_second:
            assert entry.lost == 0 or is_flood, name
            assert entry.gap_ms <= (FLOOD_GAP_MAX_MS if is_flood else GAP_MAX_MS), name
            assert entry.grown_bytes <= MEMORY_SLACK_BYTES, name

    async def _begin(self) -> None:
        self.voice_id = (await self._read(Present, _READY_WITHIN_S)).voice_id

    async def _read(self, kind: type[Told], within_s: float) -> Told:
        assert self._nine.stdout is not None
        async with asyncio.timeout(within_s):
            line = await self._nine.stdout.readline()
        assert line, "the nine are gone"
        return msgspec.json.decode(line, type=kind)

    async def _growth(self, trial: "Trial") -> int:
        """Return how much memory is not given back; a full run waits for it."""
        grown_bytes = self.rss_bytes() - trial.rss_bytes
        waited_s = 0.0
        while IS_FULL and grown_bytes > MEMORY_SLACK_BYTES and waited_s < _SETTLES_WITHIN_S:
            await asyncio.sleep(0.5)  # memory is given back by whoever has it, and tells nobody
            waited_s += 0.5
            grown_bytes = self.rss_bytes() - trial.rss_bytes
        return grown_bytes


class Trial:
    """One attack.

    Attributes:
        before: every count before it.
        rss_bytes: the server's memory before it.
    """

    def __init__(self, beside: Beside, before: Counts, rss_bytes: int) -> None:
        self.before = before
        self.rss_bytes = rss_bytes
        self._beside = beside

    async def counted(self, name: str, label: str = "", *, at_least: int = 1) -> None:
        """Wait until a counter has risen by so much.

        Args:
            name: without `lamplit_` and `_total`.
            label: the value of its label, where it has one; "*" for all together.
            at_least: by how much.

        Raises:
            AssertionError: it does not; with those that did.
        """
        counts = self.before
        with suppress(TimeoutError):
            async with asyncio.timeout(COUNTED_WITHIN_S):
                while True:
                    counts = await self._beside.counts()
                    if _sum(counts, name, label) - _sum(self.before, name, label) >= at_least:
                        return
                    await asyncio.sleep(0.01)  # it is another process
        rose = {_words(key): counts[key] - self.before.get(key, 0) for key in counts if _is_telling(key)}
        raise AssertionError(f"{name} {label}: { ({key: n for key, n in rose.items() if n}) }")

    async def back(self, name: str) -> None:
        """Wait until a gauge is no higher than before.

        Raises:
            AssertionError: it stays so.
        """
        number = self.before[name, ""]
        with suppress(TimeoutError):
            async with asyncio.timeout(COUNTED_WITHIN_S):
                while True:
                    number = (await self._beside.counts())[name, ""]
                    if number <= self.before[name, ""]:
                        return
                    await asyncio.sleep(0.01)  # it is another process
        raise AssertionError(f"{name}: {number}, and {self.before[name, '']} before")


def _sum(counts: Counts, name: str, label: str) -> float:
    if label == "*":
        return sum(number for (named, _), number in counts.items() if named == name)
    return counts[name, label]


def _words(key: tuple[str, str]) -> str:
    return f"{key[0]}{{{key[1]}}}" if key[1] else key[0]


def _is_telling(key: tuple[str, str]) -> bool:
    return key[0].startswith(
        ("faults", "http_", "media_drops", "slow_readers", "connections_turned", "refusals")
    )


@asynccontextmanager
async def open_beside(folder: Path, limits: str = "") -> AsyncIterator[Beside]:
    """Start a server with the limits that every server has (or others), and let the nine come."""
    async with crowd_server(folder, limits) as server, aiohttp.ClientSession() as http:
        with (folder / "nine.log").open("ab") as log:
            nine = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.hostile.nine", server.url, ROOM),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        beside = Beside(server, nine, http)
        try:
            await beside._begin()
            yield beside
            assert nine.stdin is not None
            nine.stdin.close()
            async with asyncio.timeout(WITHIN_S):
                await nine.wait()
        finally:
            if nine.returncode is None:
                nine.kill()
                await nine.wait()
            write_entries(beside.entries)
