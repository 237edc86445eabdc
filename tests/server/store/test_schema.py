import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

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


async def test_tables_of_a_newer_version_are_left_alone(place: Place) -> None:
    async with open_store(place.url, place.folder):
        pass
    engine = make_engine(place.url, place.folder)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StoreError, match=r"newer version of Lamplit.*9999.*up to 0001"):
        async with open_store(place.url, place.folder):
            pass
