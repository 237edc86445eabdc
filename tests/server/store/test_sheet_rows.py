import pytest

from server.group_ports import GroupSlug, StoredSheet
from server.ports import StoreError
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
OPENING = StoredSheet("s1", HALL, "Opening", '[{"title":"Welcome"}]', 1)
CLOSING = StoredSheet("s2", HALL, "Closing", "[]", 2)


async def test_sheets_are_kept_replaced_and_removed(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for sheet in (OPENING, CLOSING, OPENING._replace(changed_ms=3)):
            await store.sheets.put(sheet)
    async with open_store(place.url, place.folder) as store:
        assert await store.sheets.of_group(HALL) == (CLOSING, OPENING._replace(changed_ms=3))
        assert await store.sheets.of_group(PIER) == ()
        assert not await store.sheets.remove(PIER, "s1")
        assert await store.sheets.remove(HALL, "s1")
        assert await store.sheets.of_group(HALL) == (CLOSING,)


async def test_nobody_replaces_another_groups_sheet(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.sheets.put(OPENING)
        with pytest.raises(StoreError):
            await store.sheets.put(OPENING._replace(group_slug=PIER))
        assert await store.sheets.of_group(HALL) == (OPENING,)
