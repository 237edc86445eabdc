"""A server in a process of its own over a store, what is said to it, and every file that it leaves."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import aiohttp
from sqlalchemy import select, text

from rooms.ids import RoomSlug
from server.cli import main
from server.clock import SystemClock
from server.store.engine import make_engine
from server.store.tables import METADATA
from server.tickets import TicketOffice
from tests.server.gateway.house import Browser
from tests.server.store.conftest import Place

ROOT: Final = Path(__file__).resolve().parents[3]
WITHIN_S: Final = 30.0
TALK: Final = RoomSlug("talk")
LOG_FILE: Final = "server.log"


class Served:
    """A server in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.url = url
        self.http = http

    async def visit(self) -> Browser:
        socket = f"{self.url}socket.io/?EIO=4&transport=websocket"
        return await Browser(await self.http.ws_connect(socket, origin=self.url.rstrip("/"))).connect()

    async def enter(self, room: RoomSlug, name: str, invite: str = "", device: str = "") -> "Seated":
        """Take a seat, or a place at the door."""
        browser = await self.visit()
        answer = await browser.ask("join", room=room, name=name, invite=invite, device=device)
        assert answer["type"] in {"joined", "waits"}, answer
        return Seated(browser, answer)

    async def refusal(self, room: RoomSlug, name: str, invite: str = "", device: str = "") -> str:
        """Why somebody does not come in; "" where they do."""
        answer = await (await self.visit()).ask("join", room=room, name=name, invite=invite, device=device)
        return str(answer.get("code", ""))

    async def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        async with self.http.get(f"{self.url}{path}") as answer:
            return await answer.json()

    async def slugs(self) -> list[str]:
        return [room["slug"] for room in (await self.get("api/rooms"))["rooms"]]

    async def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


class Seated:
    """Somebody in a room, or at its door, whose commands have running numbers."""

    def __init__(self, browser: Browser, answer: Any) -> None:  # noqa: ANN401 - JSON
        self.browser = browser
        self.member_id = answer["member_id"]
        self.ticket = answer["ticket"]
        self.room = answer["sync"]["room"]
        self.n = 0

    async def ask(self, event: str, **payload: Any) -> Any:  # noqa: ANN401 - JSON
        self.n += 1
        return await self.browser.ask(event, n=self.n, **payload)

    async def do(self, event: str, **payload: Any) -> None:  # noqa: ANN401 - JSON
        accepted(await self.ask(event, **payload))


def accepted(answer: Any) -> None:  # noqa: ANN401 - JSON
    assert answer["type"] == "accepted", answer


@asynccontextmanager
async def served(place: Place) -> AsyncIterator[Served]:
    """Run a server that logs all it can into a file beside its data."""
    with (place.folder / LOG_FILE).open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", "serve", "--port", "0", "--udp-port", "0"),
            *("--data-dir", str(place.folder)),
            cwd=place.folder,
            env=_environment(place),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            found = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
        assert found is not None, (place.folder / LOG_FILE).read_text()
        async with aiohttp.ClientSession() as http:
            yield Served(process, found[0], http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def lamplit(place: Place, *words: str) -> str:
    """Run one command as an operator does, beside a server if one runs; return what it prints."""
    printed, complaints = StringIO(), StringIO()
    with patch.dict(os.environ, _environment(place)), redirect_stdout(printed), redirect_stderr(complaints):
        code = await asyncio.to_thread(main, [*words, "--data-dir", str(place.folder)])
    assert code == 0, complaints.getvalue()
    return printed.getvalue()


def host_link(place: Place, room: RoomSlug = TALK) -> str:
    """What makes a host of whoever comes with it."""
    return TicketOffice.open(place.folder).issue_invite(room, 1, SystemClock().wall_ms())


async def every_row(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Read all that the store has, and let PostgreSQL write all that it has into its files."""
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        found = {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in METADATA.sorted_tables
        }
    if place.url:
        async with engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
    await engine.dispose()
    return found


def kept(place: Place, words: Iterable[str]) -> list[str]:
    """Which of the words any file of the store or the data directory holds, free pages and logs included."""
    forms = {(word, word.encode(encoding)) for word in words for encoding in ("utf-8", "utf-16-le")}
    found: set[str] = set()
    for content in _files(place):
        found |= {word for word, form in forms if form in content}
    return sorted(found)


def _files(place: Place) -> Iterator[bytes]:
    for folder in place.kept:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()


def _environment(place: Place) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("LAMPLIT_")}
    return {
        **own,
        "PYTHONPATH": str(ROOT),
        "LAMPLIT_STORE__URL": place.url,
        "LAMPLIT_MEDIA__UDP_HOST4": "127.0.0.1",
        "LAMPLIT_MEDIA__UDP_HOST6": "",
        "LAMPLIT_LOGS__LEVEL": "debug",
    }
