import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.schedule.series import (
    DAYS,
    ICAL_MAX_CHARS,
    MINUTES_MAX,
    Occurrence,
    end_series,
    hold_date,
    occurrences,
    read_series,
    skip_date,
    start_on,
    write_series,
)

UNTIMED = settings(deadline=None, max_examples=60)  # zones are read from files, and machines are busy

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS

# Half hours and quarters from UTC, both hemispheres, changes of half an hour and at midnight, none at all.
ZONES = [
    "Europe/Lisbon",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Etc/UTC",
    "UTC",
]


def text(
    starts: date = date(2026, 1, 5),
    at: time = time(19, 0),
    minutes: int = 60,
    zone: str = "Europe/Lisbon",
    days: tuple[str, ...] = ("MO", "TH"),
) -> str:
    return write_series(uid="monday@rooms", starts=starts, at=at, minutes=minutes, zone=zone, days=days)


def utc_ms(written: str) -> int:
    return int(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp() * 1_000)


def starts_utc(ical: str, first: str, last: str) -> list[str]:
    found = occurrences(read_series(ical), utc_ms(first), utc_ms(last))
    return [datetime.fromtimestamp(o.starts_ms / 1_000, UTC).strftime("%m-%d %H:%M") for o in found]


def test_what_is_written_is_read() -> None:
    series = read_series(text())
    assert series.uid == "monday@rooms"
    assert (series.starts, series.at, series.minutes) == (date(2026, 1, 5), time(19, 0), 60)
    assert (series.zone, series.days, series.until, series.skipped) == (
        "Europe/Lisbon",
        ("MO", "TH"),
        None,
        (),
    )
    assert "DTSTART;TZID=Europe/Lisbon:20260105T190000" in series.ical
    assert "RRULE:FREQ=WEEKLY;BYDAY=MO,TH" in series.ical


def test_a_series_begins_on_the_first_of_its_weekdays() -> None:
    assert read_series(text(starts=date(2026, 1, 6))).starts == date(2026, 1, 8)


def test_days_have_an_order_and_are_named_once() -> None:
    assert read_series(text(days=("SU", "MO", "SU"))).days == ("MO", "SU")


def test_seven_in_the_morning_stays_seven_in_the_morning() -> None:
    ical = text(at=time(7, 0), zone="America/New_York", days=("SU",))
    assert starts_utc(ical, "2026-03-01", "2026-03-16") == ["03-01 12:00", "03-08 11:00", "03-15 11:00"]
    assert starts_utc(ical, "2026-10-25", "2026-11-09") == ["10-25 11:00", "11-01 12:00", "11-08 12:00"]


def test_in_the_south_the_clocks_change_the_other_way() -> None:
    ical = text(at=time(7, 0), zone="Australia/Sydney", days=("SU",))
    assert starts_utc(ical, "2026-04-03", "2026-04-13") == ["04-04 21:00", "04-11 21:00"]
    assert starts_utc(ical, "2026-03-27", "2026-03-29") == ["03-28 20:00"]


def test_a_meeting_in_the_gap_of_spring_is_held_as_much_later() -> None:
    ical = text(at=time(2, 30), zone="America/New_York", days=("SU",))
    found = occurrences(read_series(ical), utc_ms("2026-03-08"), utc_ms("2026-03-09"))
    assert found == (Occurrence(utc_ms("2026-03-08T07:30"), utc_ms("2026-03-08T08:30")),)


def test_a_meeting_in_the_overlap_of_autumn_is_held_once_at_the_first() -> None:
    ical = text(at=time(1, 30), zone="America/New_York", days=("SU",))
    found = occurrences(read_series(ical), utc_ms("2026-11-01"), utc_ms("2026-11-02"))
    assert found == (Occurrence(utc_ms("2026-11-01T05:30"), utc_ms("2026-11-01T06:30")),)


def test_a_meeting_over_a_change_of_the_clocks_keeps_its_length() -> None:
    ical = text(at=time(0, 30), minutes=180, zone="Europe/Lisbon", days=("SU",))
    for day in ("2026-03-29", "2026-10-25"):
        (found,) = occurrences(read_series(ical), utc_ms(day), utc_ms(day) + DAY_MS)
        assert found.ends_ms - found.starts_ms == 180 * MINUTE_MS


def test_a_meeting_over_midnight_is_found_on_both_days() -> None:
    ical = text(at=time(23, 30), zone="UTC", days=("MO",))
    expected = (Occurrence(utc_ms("2026-01-05T23:30"), utc_ms("2026-01-06T00:30")),)
    series = read_series(ical)
    assert occurrences(series, utc_ms("2026-01-05"), utc_ms("2026-01-06")) == expected
    assert occurrences(series, utc_ms("2026-01-06"), utc_ms("2026-01-07")) == expected


def test_the_edges_of_what_is_asked_for() -> None:
    series = read_series(text(zone="UTC", days=("MO",)))
    starts_ms, ends_ms = utc_ms("2026-01-12T19:00"), utc_ms("2026-01-12T20:00")
    assert occurrences(series, ends_ms - 1, ends_ms) == (Occurrence(starts_ms, ends_ms),)
    assert occurrences(series, ends_ms, ends_ms + 1) == ()
    assert occurrences(series, starts_ms, starts_ms + 1) == (Occurrence(starts_ms, ends_ms),)
    assert occurrences(series, starts_ms - 1, starts_ms) == ()


def test_a_skipped_date_is_not_held() -> None:
    ical = skip_date(text(), date(2026, 1, 8))
    assert "EXDATE;TZID=Europe/Lisbon:20260108T190000" in ical
    assert read_series(ical).skipped == (date(2026, 1, 8),)
    assert starts_utc(ical, "2026-01-05", "2026-01-16") == ["01-05 19:00", "01-12 19:00", "01-15 19:00"]


def test_the_first_and_more_dates_can_be_skipped() -> None:
    ical = text()
    for day in (date(2026, 1, 15), date(2026, 1, 5), date(2026, 1, 8)):
        ical = skip_date(ical, day)
    assert read_series(ical).skipped == (date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 15))
    assert starts_utc(ical, "2026-01-01", "2026-01-16") == ["01-12 19:00"]


def test_a_date_in_the_gap_of_spring_can_be_skipped() -> None:
    ical = skip_date(text(at=time(2, 30), zone="America/New_York", days=("SU",)), date(2026, 3, 8))
    assert starts_utc(ical, "2026-03-01", "2026-03-16") == ["03-01 07:30", "03-15 06:30"]


def test_a_skipped_date_is_held_after_all() -> None:
    days = (date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 15))
    ical = text()
    for day in days:
        ical = skip_date(ical, day)
    held = hold_date(ical, days[1])
    assert read_series(held).skipped == (days[0], days[2])
    assert starts_utc(held, "2026-01-01", "2026-01-16") == ["01-08 19:00", "01-12 19:00"]
    assert hold_date(held, days[1]) == held
    for day in days:
        held = hold_date(held, day)
    assert held == text()


def test_when_a_date_starts_is_said_also_in_the_gap_of_spring() -> None:
    series = read_series(text(at=time(2, 30), zone="America/New_York", days=("SU",)))
    assert start_on(series, date(2026, 3, 8)) == utc_ms("2026-03-08") + 450 * MINUTE_MS
    assert start_on(series, date(2026, 3, 15)) == utc_ms("2026-03-15") + 390 * MINUTE_MS


def test_skipping_twice_changes_nothing() -> None:
    once = skip_date(text(), date(2026, 1, 8))
    assert skip_date(once, date(2026, 1, 8)) == once


@pytest.mark.parametrize("day", [date(2026, 1, 6), date(2025, 12, 29)])
def test_only_what_is_held_can_be_skipped(day: date) -> None:
    with pytest.raises(ValueError, match=f"not held on {day}"):
        skip_date(text(), day)


@pytest.mark.parametrize("zone", ZONES)
def test_a_series_that_ends_is_held_on_its_last_date(zone: str) -> None:
    ical = end_series(text(at=time(23, 45), zone=zone), date(2026, 1, 12))
    series = read_series(ical)
    assert series.until == date(2026, 1, 12)
    found = occurrences(series, utc_ms("2026-01-01"), utc_ms("2027-01-01"))
    days = [datetime.fromtimestamp(o.starts_ms / 1_000, ZoneInfo(zone)).date() for o in found]
    assert days == [date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 12)]


def test_a_series_that_ends_keeps_what_it_skips() -> None:
    ical = end_series(skip_date(text(), date(2026, 1, 8)), date(2026, 1, 12))
    assert starts_utc(ical, "2026-01-01", "2027-01-01") == ["01-05 19:00", "01-12 19:00"]


def test_a_series_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="held for the first time on 2026-01-05"):
        end_series(text(), date(2026, 1, 4))


WRONG_VALUES: dict[str, tuple[Callable[[], str], str]] = {
    "no day": (lambda: text(days=()), "at least one weekday"),
    "a strange day": (lambda: text(days=("MON",)), "'MON' is no weekday"),
    "no zone": (lambda: text(zone=""), "'' is no time zone"),
    "an unknown zone": (lambda: text(zone="Europe/Atlantis"), "'Europe/Atlantis' is no time zone"),
    "a folder for a zone": (lambda: text(zone="America/Argentina"), "is no time zone"),
    "a path for a zone": (lambda: text(zone="../etc/passwd"), "is no time zone"),
    "this machine's zone": (lambda: text(zone="localtime"), "is no time zone"),
    "seconds": (lambda: text(at=time(19, 0, 1)), "hours and minutes"),
    "no length": (lambda: text(minutes=0), "must last 1 to 1440"),
    "a negative length": (lambda: text(minutes=-60), "must last 1 to 1440"),
    "more than a day": (lambda: text(minutes=MINUTES_MAX + 1), "must last 1 to 1440"),
    "long ago": (lambda: text(starts=date(1999, 12, 31)), "between the years 2000 and 2199"),
    "far away": (lambda: text(starts=date(2200, 1, 1)), "between the years 2000 and 2199"),
}


@pytest.mark.parametrize(("write", "words"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_wrong_values_are_refused_in_words(write: Callable[[], str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        write()


def test_a_name_among_calendars_has_no_odd_signs() -> None:
    with pytest.raises(ValueError, match="UID must be"):
        write_series(uid="a b", starts=date(2026, 1, 5), at=time(), minutes=60, zone="UTC", days=("MO",))


GOOD = skip_date(end_series(text(), date(2026, 12, 31)), date(2026, 1, 8))
NESTED = "BEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT"

WRONG_TEXTS = {
    "empty": ("", "one VEVENT"),
    "no calendar": ("hello", "one VEVENT"),
    "two events": (GOOD + GOOD, "one VEVENT"),
    "a whole calendar": (f"BEGIN:VCALENDAR\r\n{GOOD}END:VCALENDAR\r\n", "one VEVENT"),
    "an alarm inside": (GOOD.replace("END:VEVENT", NESTED), "nothing inside"),
    "nothing in it": ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "DTSTART once"),
    "too long": (GOOD + " " * ICAL_MAX_CHARS, "16000 characters"),
    "every day": (GOOD.replace("WEEKLY", "DAILY"), "weekly by days"),
    "every other week": (GOOD.replace("WEEKLY", "WEEKLY;INTERVAL=2"), "weekly by days"),
    "two rules": (GOOD.replace("RRULE", "RRULE:FREQ=WEEKLY;BYDAY=MO\r\nRRULE"), "RRULE once"),
    "no rule": (GOOD.replace("RRULE", "X-RULE"), "RRULE once"),
    "a count of days": (GOOD.replace("BYDAY=MO", "BYDAY=1MO"), "'1MO' is no weekday"),
    "a day that is not its own": (GOOD.replace("BYDAY=MO,TH", "BYDAY=TU"), "one of the weekdays"),
    "an end without a zone": (GOOD.replace("20261231T235959Z", "20261231T235959"), "time in UTC"),
    "an end without a time": (GOOD.replace("20261231T235959Z", "20261231"), "time in UTC"),
    "an end that is no time": (GOOD.replace("20261231T235959Z", "never"), "RRULE of the series"),
    "no zone": (GOOD.replace("DTSTART;TZID=Europe/Lisbon", "DTSTART"), "'' is no time zone"),
    "a zone of another list": (GOOD.replace("Europe/Lisbon", "GMT Standard Time"), "no time zone"),
    "a date alone": (
        GOOD.replace("DTSTART;TZID=Europe/Lisbon:20260105T190000", "DTSTART;VALUE=DATE:20260105"),
        "a date and a time of day",
    ),
    "a start that is none": (GOOD.replace("20260105T190000", "soon"), "DTSTART of the series"),
    "a start with seconds": (GOOD.replace("20260105T190000", "20260105T190001"), "full minute"),
    "a start long ago": (GOOD.replace("20260105T190000", "19000101T190000"), "between the years"),
    "no length": (GOOD.replace("DURATION", "X-LENGTH"), "DURATION once"),
    "a length that is none": (GOOD.replace("PT1H", "long"), "DURATION of the series"),
    "an end in place of a length": (
        GOOD.replace("DURATION:PT1H", "DURATION:PT1H\r\nDTEND:20260105T200000Z"),
        "must not have DTEND",
    ),
    "seconds of length": (GOOD.replace("PT1H", "PT90S"), "full minutes"),
    "another time skipped": (GOOD.replace("20260108T190000", "20260108T180000"), "EXDATE must be starts"),
    "another zone skipped": (GOOD.replace("EXDATE;TZID=Europe/Lisbon", "EXDATE"), "EXDATE must be starts"),
    "another place among dates": (GOOD.replace("UID", "RECURRENCE-ID:20260108T190000Z\r\nUID"), "must not"),
}


@pytest.mark.parametrize(("ical", "words"), WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_a_text_that_is_no_series_is_refused_in_words(ical: str, words: str) -> None:
    read_series(GOOD)
    with pytest.raises(ValueError, match=words):
        read_series(ical)


def test_what_says_nothing_about_times_is_passed_over() -> None:
    ical = GOOD.replace("UID", "SUMMARY:First light\r\nDTSTAMP:20260101T000000Z\r\nUID")
    assert read_series(ical)._replace(ical="") == read_series(GOOD)._replace(ical="")


def test_zones_are_known_where_the_machine_has_none() -> None:
    program = (
        "import zoneinfo; zoneinfo.reset_tzpath(to=()); assert zoneinfo.TZPATH == ();"
        "from datetime import date, time; from server.schedule.series import *;"
        "series = read_series(write_series(uid='a', starts=date(2026, 1, 5), at=time(7), minutes=60,"
        " zone='Asia/Kathmandu', days=('MO',)));"
        "print(occurrences(series, 1_767_500_000_000, 1_768_000_000_000)[0].starts_ms)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert int(run.stdout) == utc_ms("2026-01-05T01:15")


@st.composite
def _series(draw: st.DrawFn) -> str:
    return write_series(
        uid="drawn",
        starts=draw(st.dates(date(2024, 1, 1), date(2027, 12, 31))),
        at=draw(st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))),
        minutes=draw(st.integers(1, MINUTES_MAX)),
        zone=draw(st.sampled_from(ZONES)),
        days=draw(st.lists(st.sampled_from(DAYS), min_size=1, unique=True)),
    )


@given(ical=_series(), since=st.dates(date(2024, 1, 1), date(2028, 1, 1)), length=st.integers(0, 200))
@UNTIMED
def test_occurrences_are_the_weekdays_at_the_time_of_day(ical: str, since: date, length: int) -> None:
    series = read_series(ical)
    zone = ZoneInfo(series.zone)
    from_ms = utc_ms(since.isoformat())
    until_ms = from_ms + length * 6 * 60 * MINUTE_MS
    expected = []
    for n in range(-3, length // 4 + 4):
        day = since + timedelta(days=n)
        starts_ms = int(datetime.combine(day, series.at, zone).timestamp()) * 1_000
        ends_ms = starts_ms + series.minutes * MINUTE_MS
        is_held = day >= series.starts and DAYS[day.weekday()] in series.days
        if is_held and starts_ms < until_ms and ends_ms > from_ms:
            expected.append(Occurrence(starts_ms, ends_ms))
    assert occurrences(series, from_ms, until_ms) == tuple(expected)


@given(ical=_series(), which=st.integers(0, 15))
@UNTIMED
def test_skipping_takes_away_that_date_alone(ical: str, which: int) -> None:
    series = read_series(ical)
    until_ms = utc_ms(series.starts.isoformat()) + 130 * DAY_MS
    found = occurrences(series, 0, until_ms)
    skipped = found[which]
    day = datetime.fromtimestamp(skipped.starts_ms / 1_000, ZoneInfo(series.zone)).date()
    left = occurrences(read_series(skip_date(ical, day)), 0, until_ms)
    assert left == tuple(o for o in found if o != skipped)


@given(ical=_series())
@UNTIMED
def test_a_series_is_read_as_it_was_written(ical: str) -> None:
    assert read_series(ical).ical == ical
