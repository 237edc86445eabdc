import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from rooms.model import ChatMode, FloorMode, RoomSettings
from server.ports import StoreError
from server.store.engine import make_engine
from server.store.schema import bring_up_to_date
from server.store.sql_store import open_store
from server.store.tables import METADATA
from tests.server.store.conftest import Place


def _differences(connection: Connection) -> list[object]:
    found: list[object] = compare_metadata(MigrationContext.configure(connection), METADATA)
    return found


async def test_the_steps_make_the_tables_that_queries_expect(place: Place) -> None:
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        assert await connection.run_sync(_differences) != []
        await connection.run_sync(bring_up_to_date)
        assert await connection.run_sync(_differences) == []
        await connection.run_sync(bring_up_to_date)  # a second start changes nothing
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_two_that_start_at_once_take_the_steps_once(place: Place) -> None:
    async def start() -> None:
        async with open_store(place.url, place.folder) as store:
            assert await store.open_rooms() == ()

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(start())


async def test_rooms_and_their_settings_come_through_every_step(place: Place) -> None:
    left = RoomSettings(floor=FloorMode.ROUND, limit_ms=0, chat=ChatMode.OFF, slow_ms=9_000, is_locked=True)
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date, "0001")
        for statement in (
            "INSERT INTO rooms VALUES ('night', 'Night', 'All night', 1, NULL)",
            "INSERT INTO room_settings VALUES ('talk', 'round', 0, 'off', 9000, true)",
            "INSERT INTO room_settings VALUES ('night', 'open', 180000, 'everyone', 0, false)",
        ):
            await connection.execute(text(statement))
    await engine.dispose()
    async with open_store(place.url, place.folder) as store:
        assert await store.open_rooms() == (("night", "Night", "All night", None),)
        assert await store.settings() == {"talk": left, "night": RoomSettings()}
        assert set((await store.changes.numbers()).values()) == {0}


async def test_tables_of_a_newer_version_are_left_alone(place: Place) -> None:
    async with open_store(place.url, place.folder):
        pass
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreError, match=r"newer version of Lamplit.*9999.*up to \d{4}"):
        async with open_store(place.url, place.folder):
            pass
