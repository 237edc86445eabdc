import pytest

from rooms.ids import RoomSlug
from server.group_ports import SeriesKind, StoredSeries
from server.schedule.timetable import Timetable
from tests.server.schedule.evenings import planned

HALL = RoomSlug("hall")
STORED = planned("12:00", doors=5, fellowship=10, shift_of="ann")
ROW = StoredSeries(
    series_id="s1",
    room_slug=HALL,
    kind=SeriesKind.SHIFT,
    ical=STORED.series.ical,
    doors_ms=STORED.doors_ms,
    fellowship_ms=STORED.fellowship_ms,
    account_id="ann",
    created_ms=0,
)


def test_series_of_the_configuration_and_of_the_store() -> None:
    table = Timetable({HALL: [planned()]})
    assert table.series_of(HALL) == (planned(),)
    table.replace_stored([ROW, ROW._replace(series_id="s2", room_slug=RoomSlug("talk"))])
    assert table.series_of(HALL) == (planned(), STORED)
    assert table.series_of(RoomSlug("talk")) == (STORED,)
    table.replace_stored([])
    assert table.series_of(HALL) == (planned(),)


def test_a_room_without_any() -> None:
    assert Timetable({}).series_of(HALL) == ()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW._replace(ical="nothing"), "series s1 of hall: a series must be one VEVENT"),
        (ROW._replace(doors_ms=-1), "series s1 of hall: doors_ms must be"),
        (ROW._replace(fellowship_ms=10**9), "series s1 of hall: fellowship_ms must be"),
    ],
)
def test_a_row_that_cannot_be_read_changes_nothing(row: StoredSeries, words: str) -> None:
    table = Timetable({})
    table.replace_stored([ROW])
    with pytest.raises(ValueError, match=words):
        table.replace_stored([row])
    assert table.series_of(HALL) == (STORED,)
