from datetime import UTC, date, datetime, time, timedelta

import pytest
import recurring_ical_events
from icalendar import Calendar

from server.schedule.calendar_file import Entry, write_calendar
from server.schedule.plan import Planned
from server.schedule.series import occurrences, read_series, skip_date, write_series
from tests.server.schedule.evenings import DAY_MS, at_ms, planned

NOW_MS = at_ms("12:00")


def weekly(zone: str, at: time = time(20), uid: str = "hall.1@config") -> Planned:
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    ical = write_series(uid=uid, starts=date(2026, 1, 5), at=at, minutes=60, zone=zone, days=days)
    return planned()._replace(series=read_series(ical))


def read(text: str) -> Calendar:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    assert not calendar.errors
    return calendar


def test_the_title_and_the_lasting_name_say_nothing_of_the_room() -> None:
    text = write_calendar([Entry("Harbour, 2; rooms", [weekly("UTC")])], NOW_MS)
    [event] = read(text).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Harbour, 2; rooms"
    assert "hall" not in text
    assert event.decoded("DTSTAMP") == datetime(2026, 1, 5, 12, tzinfo=UTC)
    again = write_calendar([Entry("Other", [weekly("UTC")])], NOW_MS + DAY_MS)
    assert read(again).walk("VEVENT")[0]["UID"] == event["UID"]


def test_shifts_are_nobody_elses_business() -> None:
    assert write_calendar([Entry("Harbour", [planned(shift_of="ann")])], NOW_MS) == ""
    assert write_calendar([], NOW_MS) == ""


@pytest.mark.parametrize(
    ("zone", "from_day"),
    [
        ("America/New_York", date(2026, 3, 5)),  # clocks go forward on 8 March
        ("America/New_York", date(2026, 10, 29)),  # and back on 1 November
        ("Europe/Lisbon", date(2026, 3, 26)),
        ("Australia/Lord_Howe", date(2026, 4, 2)),  # by half an hour
        ("Asia/Kathmandu", date(2026, 3, 5)),
        ("UTC", date(2026, 3, 5)),
    ],
)
def test_a_calendar_has_the_same_meetings_as_we_when_clocks_change(zone: str, from_day: date) -> None:
    one = weekly(zone)
    text = write_calendar([Entry("Harbour", [one])], NOW_MS)
    start = datetime.combine(from_day, time(0), UTC)
    found = recurring_ical_events.of(read(text)).between(start, start + timedelta(days=8))
    from_ms = int(start.timestamp() * 1_000)
    ours = [starts_ms for starts_ms, _ in occurrences(one.series, from_ms, from_ms + 8 * DAY_MS)]
    theirs = sorted(int(event.start.timestamp() * 1_000) for event in found)
    assert [at for at in theirs if from_ms <= at] == [at for at in ours if from_ms <= at]
    assert len(ours) >= 8


def test_the_changes_of_its_clocks_are_written_out() -> None:
    text = write_calendar([Entry("Harbour", [weekly("America/New_York")])], NOW_MS)
    [zone] = read(text).walk("VTIMEZONE")
    assert str(zone["TZID"]) == "America/New_York"
    clocks = zone.to_tz()
    spring, autumn = (datetime(2027, month, 20, 12, tzinfo=clocks) for month in (3, 11))
    assert spring.utcoffset() == timedelta(hours=-4)
    assert autumn.utcoffset() == timedelta(hours=-5)


def test_skipped_dates_are_skipped() -> None:
    one = weekly("Europe/Lisbon")
    one = one._replace(series=read_series(skip_date(one.series.ical, date(2026, 1, 7))))
    text = write_calendar([Entry("Harbour", [one])], NOW_MS)
    found = recurring_ical_events.of(read(text)).between(date(2026, 1, 6), date(2026, 1, 9))
    assert [event.start.day for event in found] == [6, 8]
