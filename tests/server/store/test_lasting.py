"""What a server that was killed finds again, and what a guest leaves behind."""

import asyncio
import signal
from typing import Final

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
from server.store.sql_store import SqlStore, open_store
from tests.server.store.conftest import Place
from tests.server.store.served import TALK, WITHIN_S, accepted, every_row, host_link, served

NIGHT: Final = StoredRoom(RoomSlug("night"), "Night", "All night")
LEFT: Final = RoomSettings(
    floor=FloorMode.ROUND, limit_ms=60_000, chat=ChatMode.HOSTS, slow_ms=5_000, is_locked=True
)


async def _saved(store: SqlStore, rows: int) -> None:
    """Wait until another process has saved it all; nothing tells when."""
    async with asyncio.timeout(WITHIN_S):
        while await store.settings() != {TALK: LEFT} or len((await store.audit(TALK))[1]) < rows:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_killed_server_finds_its_rooms_as_they_were_left(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.add_room(NIGHT, 1)
        async with served(place) as first:
            assert await first.slugs() == ["talk", "night"]
            host = await first.visit()
            await host.join("Tom", host_link(place))
            accepted(await host.ask("set_floor", n=1, mode="round", limit_ms=60_000))
            accepted(await host.ask("set_chat", n=2, mode="hosts", slow_ms=5_000))
            accepted(await host.ask("set_lock", n=3, on=True))
            accepted(await host.ask("set_freeze", n=4, on=True))
            await _saved(store, rows=2)
            await first.end(signal.SIGKILL)
        async with served(place) as second:
            assert await second.slugs() == ["talk", "night"]
            stranger = await second.visit()
            assert (await stranger.join("Mallory"))["code"] == "locked"
            host = await second.visit()
            room = (await host.join("Tom", host_link(place)))["sync"]["room"]
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
    before = await every_row(place)
    async with served(place) as server:
        guest = await server.visit()
        await guest.join("Maya")
        accepted(await guest.ask("post_chat", n=1, text="Hello"))
        accepted(await guest.ask("leave"))
        await server.end(signal.SIGTERM)
    assert await every_row(place) == before
    assert len(before["rooms"]) == 1
