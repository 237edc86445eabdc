import pytest
from sqlalchemy import text

from rooms.ids import RoomSlug
from rooms.roles import Role
from server.group_ports import GroupSlug, RosterEntry, SeriesKind, StoredSeries
from server.ports import StoreError
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
ANN = RosterEntry(HALL, "ann", Role.HOST, "Ann", 1, 10)
BEN = RosterEntry(HALL, "ben", Role.COHOST, "Ben", 2, 11)
CAT = RosterEntry(HALL, "cat", Role.SAFETY, "", 0, 5)


async def test_a_roster_has_the_succession_first(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for entry in (CAT, BEN, ANN, ANN._replace(group_slug=PIER)):
            await store.rosters.put(entry)
    async with open_store(place.url, place.folder) as store:
        assert await store.rosters.of_group(HALL) == (ANN, BEN, CAT)
        assert await store.rosters.of_account("ann") == (ANN, ANN._replace(group_slug=PIER))
        assert (await store.changes.numbers())["roster"] == 4


async def test_whoever_is_put_before_others_moves_them_back(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for entry in (ANN, BEN, CAT):
            await store.rosters.put(entry)
        assert await store.rosters.set_place(HALL, "cat", 1)
        assert [(entry.account_id, entry.place) for entry in await store.rosters.of_group(HALL)] == [
            ("cat", 1),
            ("ann", 2),
            ("ben", 3),
        ]
        assert await store.rosters.set_place(HALL, "ann", 0)
        assert await store.rosters.set_place(HALL, "ben", 3)
        assert [(entry.account_id, entry.place) for entry in await store.rosters.of_group(HALL)] == [
            ("cat", 1),
            ("ben", 3),
            ("ann", 0),
        ]
        assert not await store.rosters.set_place(PIER, "ann", 1)
        await store.rosters.put(ANN._replace(role=Role.SECRETARY))
        assert [entry.account_id for entry in await store.rosters.of_group(HALL)] == ["ann", "cat", "ben"]
        assert (await store.rosters.of_account("ann"))[0].role is Role.SECRETARY


async def test_whoever_leaves_is_on_no_roster_and_no_shift(place: Place) -> None:
    shift = StoredSeries("s", RoomSlug("talk"), SeriesKind.SHIFT, "BEGIN:VEVENT", 0, 0, "ann", 1)
    async with open_store(place.url, place.folder) as store:
        for entry in (ANN, BEN, ANN._replace(group_slug=PIER)):
            await store.rosters.put(entry)
        await store.series.add(shift)
        assert await store.rosters.remove(HALL, "ben")
        assert not await store.rosters.remove(HALL, "ben")
        before = await store.changes.numbers()
        await store.rosters.forget_account("ann")
        assert await store.rosters.of_account("ann") == await store.rosters.of_group(HALL) == ()
        assert await store.series.all() == (shift._replace(account_id=""),)
        after = await store.changes.numbers()
        assert (after["roster"], after["series"]) == (before["roster"] + 1, before["series"] + 1)


async def test_a_role_that_does_not_exist_is_told(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.rosters.put(ANN)
        async with store.database.transaction() as connection:
            await connection.execute(text("UPDATE roster SET role = 'king'"))
        with pytest.raises(StoreError, match="a row is damaged: 'king' is no role"):
            await store.rosters.of_group(HALL)
