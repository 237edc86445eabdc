from rooms.ids import RoomSlug
from server.group_ports import SeriesKind, StoredSeries
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

EVENING = StoredSeries(
    "s1", RoomSlug("talk"), SeriesKind.MEETING, "BEGIN:VEVENT\r\nEND:VEVENT\r\n", 900_000, 1_800_000, "", 2
)
SHIFT = StoredSeries("s2", RoomSlug("night"), SeriesKind.SHIFT, "BEGIN:VEVENT\r\n", 0, 0, "ann", 1)


async def test_series_are_kept_changed_and_removed(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        await store.series.add(EVENING)
        await store.series.add(SHIFT)
    async with open_store(place.url, place.folder) as store:
        assert await store.series.all() == (SHIFT, EVENING)
        assert await store.series.set_ical("s1", "BEGIN:VEVENT\r\nX:1\r\n")
        assert not await store.series.set_ical("s3", "")
        assert (await store.series.all())[1] == EVENING._replace(ical="BEGIN:VEVENT\r\nX:1\r\n")
        assert await store.series.remove("s2")
        assert not await store.series.remove("s2")
        assert [series.series_id for series in await store.series.all()] == ["s1"]
        assert (await store.changes.numbers())["series"] == 4
