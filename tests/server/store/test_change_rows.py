import pytest
from sqlalchemy import text

from server.group_ports import ChangeKind
from server.ports import StoreError
from server.store.change_rows import note_change
from server.store.sql_store import SqlStore, open_store
from tests.server.store.conftest import Place


async def test_there_is_a_number_for_each_kind_and_it_grows_alone(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        assert await store.changes.numbers() == {kind.value: 0 for kind in ChangeKind}
        async with store.database.transaction() as connection:
            await note_change(connection, ChangeKind.SERIES)
            await note_change(connection, ChangeKind.SERIES)
    async with open_store(place.url, place.folder) as store:
        assert await store.changes.numbers() == {**{kind.value: 0 for kind in ChangeKind}, "series": 2}


async def test_what_was_not_kept_was_no_change(place: Place) -> None:
    async def fail(store: SqlStore) -> None:
        async with store.database.transaction() as connection:
            await note_change(connection, ChangeKind.BANS)
            await connection.execute(text("SELECT * FROM nowhere"))

    async with open_store(place.url, place.folder) as store:
        with pytest.raises(StoreError):
            await fail(store)
        assert (await store.changes.numbers())["bans"] == 0
