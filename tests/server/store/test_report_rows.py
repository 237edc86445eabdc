from rooms.ids import RoomSlug
from server.group_ports import GroupSlug, StoredReport
from server.store.sql_store import open_store
from tests.server.store.conftest import Place

HALL, PIER = GroupSlug("hall"), GroupSlug("pier")
REPORT = StoredReport("r1", HALL, RoomSlug("talk"), 20, bytes(range(256)))
OLDER = StoredReport("r2", HALL, RoomSlug("talk"), 10, b"sealed")
ELSEWHERE = StoredReport("r3", PIER, RoomSlug("pier"), 5, b"sealed")


async def test_reports_are_kept_until_they_are_closed(place: Place) -> None:
    async with open_store(place.url, place.folder) as store:
        for report in (REPORT, OLDER, ELSEWHERE):
            await store.reports.add(report)
    async with open_store(place.url, place.folder) as store:
        assert await store.reports.of_group(HALL) == (OLDER, REPORT)
        assert await store.reports.all() == (ELSEWHERE, OLDER, REPORT)
        await store.reports.add(REPORT._replace(sealed=b"of another node"))
        assert await store.reports.of_group(HALL) == (OLDER, REPORT)
        assert await store.reports.close("r1", 77)
        assert not await store.reports.close("r1", 78)
        assert not await store.reports.close("r4", 78)
        assert await store.reports.of_group(HALL) == (OLDER, REPORT._replace(closed_ms=77))
