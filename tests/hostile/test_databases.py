"""BB6 and BB7: a damaged database is one sentence at the start; one that falters later loses nothing."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from rooms.ids import RoomSlug
from rooms.model import RoomSettings
from server.cli import main
from server.ports import StoredRoom, StoreError
from server.store.engine import SQLITE_FILE
from server.store.sql_store import SqlStore, open_store
from signaling.from_browser import SetLock
from tests.bots.acts import order
from tests.bots.bot import Bot
from tests.bots.ground import open_ground
from tests.bots.served import crowd_server
from tests.server.bus.clustered import eventually
from tests.server.logs_kept import logs_kept
from tests.server.store.clusters import database
from tests.server.store.conftest import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]  # fixtures

PAGE_BYTES: Final = 4_096  # SQLite's own default
ROOM: Final = RoomSlug("talk")
LEFT: Final = RoomSettings(is_locked=True)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)

    def fail(*_: object) -> None:
        raise AssertionError("it started")

    monkeypatch.setattr("server.cli._announce", fail)
    with logs_kept():
        yield


def scribble(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[PAGE_BYTES:] = b"\xa5" * (len(content) - PAGE_BYTES)
    file.write_bytes(content)


def scribble_schema(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100:PAGE_BYTES] = b"\xa5" * (PAGE_BYTES - 100)
    file.write_bytes(content)


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 2 * PAGE_BYTES + 100])


def be_a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def be_newer(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()


def be_another_programs(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE rooms (something TEXT)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [scribble, scribble_schema, cut_short, be_a_directory, be_newer, be_another_programs],
    ids=lambda damage: damage.__name__,
)
def test_bb6_a_damaged_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None]
) -> None:
    async def make() -> None:
        async with open_store("", tmp_path / "data"):
            pass

    asyncio.run(make())
    file = tmp_path / "data" / SQLITE_FILE
    damage(file)
    assert main(["serve", "--port", "0", "--udp-port", "0"]) == 2
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-1].startswith("lamplit: ")
    assert SQLITE_FILE in shown.err
    assert "Traceback" not in shown.err


async def test_bb6_a_full_disk_costs_a_meeting_nothing(tmp_path: Path) -> None:
    """The kernel lets the server's files grow no more; it is heard on, and writes when it may."""
    async with crowd_server(tmp_path) as server, open_ground(server.url) as ground:
        assert server.process is not None
        pid = server.process.pid
        host = await Bot.enter(ground, ROOM, "Host", invite=server.host_invite())
        guest = await Bot.enter(ground, ROOM, "Guest")
        await host.speak()
        await guest.hears(host.member_id)
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
        await order(host, "set_lock", lambda n: SetLock(n=n, on=True))
        await guest.until(lambda room: room.settings.is_locked)
        await guest.say("still here")
        await guest.hears(host.member_id, 25)
        assert await locked(server.data_dir) is False
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        await eventually(lambda: locked(server.data_dir))
        await guest.hears(host.member_id)


async def locked(folder: Path) -> bool:
    """Whether the store says that the room is locked."""
    async with open_store("", folder) as store:
        settings = (await store.settings()).get(ROOM)
        return settings is not None and settings.is_locked


async def say(folder: Path, statement: str) -> None:
    connection = await asyncpg.connect(host=str(folder), user="lamplit", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def save(store: SqlStore, number: int) -> None:
    await store.add_room(StoredRoom(RoomSlug(f"room-{number}"), f"Room {number}", ""), number)


async def test_bb7_connections_that_end_and_are_not_to_be_had(postgresql: Path, postgresql_url: str) -> None:
    name = postgresql_url.partition("?")[0].rpartition("/")[2]
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
    async with open_store(postgresql_url, postgresql) as store:
        await save(store, 1)
        await say(postgresql, cut)
        await save(store, 2)  # a connection that has ended is noticed before it is used

        async def be_cut_off() -> None:
            async with store.together():
                await save(store, 3)
                await say(postgresql, cut)
                await save(store, 4)

        with pytest.raises(StoreError) as ended:
            await be_cut_off()
        await save(store, 5)
        await say(postgresql, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await say(postgresql, cut)
        with pytest.raises(StoreError) as refused:
            await save(store, 6)
        await say(postgresql, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await save(store, 7)
        with pytest.raises(StoreError) as nul:
            await store.add_room(StoredRoom(RoomSlug("nul"), "a\x00b", ""), 1)
        assert [room.slug for room in await store.open_rooms()] == [
            "room-1",
            "room-2",
            "room-5",
            "room-7",
        ]
    for error in (ended, refused, nul):
        assert "\n" not in str(error.value)
        assert "postgresql://" not in str(error.value)


async def test_bb7_transactions_that_cannot_stand_beside_each_other(postgresql: Path) -> None:
    """Under the strictest isolation one of two is refused, and tries again; nothing is lost."""
    async with database(postgresql, "strict") as url:
        await say(postgresql, "ALTER DATABASE strict SET default_transaction_isolation = 'serializable'")
        async with open_store(url, postgresql) as one, open_store(url, postgresql) as two:

            async def insist(store: SqlStore, number: int) -> None:
                settings = {RoomSlug(f"room-{number % 3}"): LEFT}
                while True:
                    with suppress(StoreError):
                        return await store.save(settings, ())

            async with asyncio.TaskGroup() as tasks:
                for number in range(20):
                    tasks.create_task(insist((one, two)[number % 2], number))
            assert await one.settings() == {f"room-{number}": LEFT for number in range(3)}
