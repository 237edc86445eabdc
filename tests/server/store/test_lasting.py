"""What a server that was killed finds again, and what nobody ever finds."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from sqlalchemy import select, text

from rooms.ids import RoomSlug
from rooms.model import ChatMode, FloorMode, RoomSettings
from rooms.roles import Role
from server.clock import SystemClock
from server.group_ports import (
    GroupSlug,
    RosterEntry,
    StoredBan,
    StoredGroup,
    StoredInvite,
    WholeGroup,
)
from server.ports import StoredRoom
from server.store.audit_chain import first_broken
from server.store.engine import make_engine
from server.store.sql_store import SqlStore, open_store
from server.store.tables import METADATA
from server.tickets import TicketOffice
from tests.server.gateway.house import Browser
from tests.server.store.conftest import Place

ROOT: Final = Path(__file__).resolve().parents[3]
WITHIN_S: Final = 30.0
TALK: Final = RoomSlug("talk")
NIGHT: Final = StoredRoom(RoomSlug("night"), "Titlecanary83152", "All night")
LEFT: Final = RoomSettings(
    floor=FloorMode.ROUND, limit_ms=60_000, chat=ChatMode.HOSTS, slow_ms=5_000, is_locked=True
)
SECRETS: Final = ("Namecanary40716", "Renamecanary59921", "Chatcanary27734", "Sharecanary66380")


class Served:
    """A server in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.url = url
        self.http = http

    async def visit(self) -> Browser:
        socket = f"{self.url}socket.io/?EIO=4&transport=websocket"
        return await Browser(await self.http.ws_connect(socket, origin=self.url.rstrip("/"))).connect()

    async def slugs(self) -> list[str]:
        async with self.http.get(f"{self.url}api/rooms") as answer:
            return [room["slug"] for room in (await answer.json())["rooms"]]

    async def end(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        await self.process.wait()


@asynccontextmanager
async def served(place: Place) -> AsyncIterator[Served]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "serve", "--port", "0", "--udp-port", "0"),
        *("--data-dir", str(place.folder)),
        cwd=place.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "LAMPLIT_STORE__URL": place.url,
            "LAMPLIT_MEDIA__UDP_HOST4": "127.0.0.1",
            "LAMPLIT_MEDIA__UDP_HOST6": "",
        },
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S), aiohttp.ClientSession() as http:
            found = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
            assert found is not None
            yield Served(process, found[0], http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def _invite(place: Place) -> str:
    return TicketOffice.open(place.folder).issue_invite(TALK, 1, SystemClock().wall_ms())


async def _asked(browser: Browser, event: str, **payload: Any) -> None:  # noqa: ANN401 - JSON
    answer = await browser.ask(event, **payload)
    assert answer["type"] == "accepted", answer


async def _saved(store: SqlStore, rows: int) -> None:
    """Wait until another process has saved it all; nothing tells when."""
    async with asyncio.timeout(WITHIN_S):
        while await store.settings() != {TALK: LEFT} or len((await store.audit(TALK))[1]) < rows:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _everything(place: Place) -> dict[str, list[tuple[object, ...]]]:
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


def _files(place: Place) -> Iterator[bytes]:
    for folder in place.kept:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes()


def _is_kept(place: Place, words: str) -> bool:
    """Whether any file of the store or the data directory holds the words, free pages and logs included."""
    forms = [words.encode(encoding) for encoding in ("utf-8", "utf-16-le")]
    return any(form in content for content in _files(place) for form in forms)


async def test_a_killed_server_finds_its_rooms_as_they_were_left(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT, 1)
        async with served(place) as first:
            assert await first.slugs() == ["talk", "night"]
            host = await first.visit()
            await host.join("Tom", _invite(place))
            await _asked(host, "set_floor", n=1, mode="round", limit_ms=60_000)
            await _asked(host, "set_chat", n=2, mode="hosts", slow_ms=5_000)
            await _asked(host, "set_lock", n=3, on=True)
            await _asked(host, "set_freeze", n=4, on=True)
            await _saved(store, rows=2)
            await first.end(signal.SIGKILL)
        async with served(place) as second:
            assert await second.slugs() == ["talk", "night"]
            stranger = await second.visit()
            assert (await stranger.join("Mallory"))["code"] == "locked"
            host = await second.visit()
            room = (await host.join("Tom", _invite(place)))["sync"]["room"]
        assert (room["floor"]["mode"], room["floor"]["limit_ms"]) == ("round", 60_000)
        order = {"is_locked": True, "is_frozen": False, "chat": "hosts", "slow_ms": 5_000}
        assert room["order"] == order
        chain, rows = await store.audit(TALK)
        assert [row.entry.action for row in rows] == ["room_locked_on", "room_frozen_on"]
        assert first_broken(chain, rows) is None


async def test_what_a_group_has_outlives_a_killed_server(place: Place) -> None:
    hall, now_ms = GroupSlug("hall"), SystemClock().wall_ms()
    soon_ms = now_ms + 3_600_000
    group = StoredGroup(hall, "The hall", "", "Ask at the door")
    entry = RosterEntry(hall, "a1", Role.HOST, "Ann", 1, now_ms)
    ban = StoredBan("b1", hall, "d" * 64, "", "flood", now_ms, soon_ms)
    invite = StoredInvite("i1", hall, "", "i1", b"i" * 32, Role.MEMBER, 3, 0, soon_ms, now_ms)
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT._replace(group_slug=hall), 1)
        async with served(place) as first:
            await store.groups.add(group, now_ms)  # by command, beside the server
            await store.rosters.put(entry)
            await store.bans.add(ban)
            await store.invites.add(invite)
            assert await store.invites.use_invite(b"i" * 32, now_ms) is not None
            await first.end(signal.SIGKILL)
    async with served(place) as second, open_store(place.url, place.folder) as store:
        assert await second.slugs() == ["talk", "night"]
        assert await store.groups.whole(hall, now_ms) == WholeGroup(
            group, (entry,), (ban,), (invite._replace(uses=1),), ()
        )


async def test_a_guest_leaves_no_row(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT, 1)
    before = await _everything(place)
    async with served(place) as server:
        guest = await server.visit()
        await guest.join(SECRETS[0])
        await _asked(guest, "post_chat", n=1, text=SECRETS[2])
        await _asked(guest, "leave")
        await server.end(signal.SIGTERM)
    assert await _everything(place) == before
    assert len(before["rooms"]) == 1


async def test_what_was_said_is_in_no_file(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT, 1)
    async with served(place) as server:
        guest, host = await server.visit(), await server.visit()
        await guest.join(SECRETS[0])
        await host.join("Hostcanary11873", _invite(place))
        await _asked(guest, "rename", n=1, name=SECRETS[1])
        await _asked(guest, "post_chat", n=2, text=SECRETS[2])
        await _asked(guest, "raise_hand", n=3, lane="share")
        await _asked(host, "set_floor", n=1, mode="hands", limit_ms=60_000)
        await _asked(host, "call_next", n=2)
        await _asked(guest, "write_share", n=4, text=SECRETS[3])
        await _asked(host, "mute_member", n=3, member_id=guest.member_id)
        await _asked(host, "remove_member", n=4, member_id=guest.member_id)
        async with open_store(place.url, place.folder) as store, asyncio.timeout(WITHIN_S):
            while len((await store.audit(TALK))[1]) < 2:  # noqa: ASYNC110 - another process writes
                await asyncio.sleep(0.05)
            kept = [secret for secret in (*SECRETS, "Hostcanary11873") if _is_kept(place, secret)]
        await server.end(signal.SIGTERM)
    everything = await _everything(place)
    assert [row[3] for row in everything["audit"]] == ["member_muted", "member_removed"]
    assert kept == []
    assert [secret for secret in (*SECRETS, "Hostcanary11873") if _is_kept(place, secret)] == []
    assert _is_kept(place, NIGHT.title)  # the search finds what is there
