import pytest
from sqlalchemy import text

from rooms.ids import RoomSlug
from rooms.roles import Role
from server.ports import StoredRoom, StoreError
from server.store.database import in_words, known
from server.store.sql_store import SqlStore, open_store
from tests.server.store.conftest import Place


async def test_what_the_database_says_no_to_is_one_line_without_values(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        with pytest.raises(StoreError) as error:
            async with store.database.transaction() as connection:
                await connection.execute(text("SELECT :n FROM nowhere"), {"n": 7_654_321})
    assert "nowhere" in str(error.value)
    assert "\n" not in str(error.value)
    assert "7654321" not in str(error.value)


def test_what_the_system_says_is_told_in_its_words() -> None:
    with pytest.raises(StoreError, match=r"^No space left on device$"), in_words():
        raise OSError(28, "No space left on device")


def test_a_word_is_known_or_the_row_is_damaged() -> None:
    assert known(Role, "host") is Role.HOST
    with pytest.raises(StoreError, match="'king' is no role"):
        known(Role, "king")


async def _break_half_way(store: SqlStore) -> None:
    async with store.together():
        await store.add_room(StoredRoom(RoomSlug("half"), "Half", ""), 1)
        assert len(await store.open_rooms()) == 1, "seen from within"
        raise ZeroDivisionError


async def test_what_is_done_together_is_done_whole_or_not_at_all(place: Place) -> None:
    one, two = StoredRoom(RoomSlug("one"), "One", ""), StoredRoom(RoomSlug("two"), "Two", "")
    async with open_store(place.url, place.folder) as store:
        with pytest.raises(ZeroDivisionError):
            await _break_half_way(store)
        assert await store.open_rooms() == ()
        async with store.together():
            await store.add_room(one, 1)
            await store.add_room(two, 2)
        assert await store.open_rooms() == (one, two)
        await store.close_room(one.slug, 3)
        assert await store.open_rooms() == (two,), "afterwards each has one of its own again"
