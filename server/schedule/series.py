"""A series: one recurring meeting or shift, kept as the text of one iCalendar VEVENT (RFC 5545).

The text has a start in a named zone (TZID, a name of the IANA list), a length (DURATION), weekdays (RRULE),
and dates that are skipped (EXDATE). Every occurrence starts at the same time on the clocks of that zone, and
lasts the same number of minutes, whatever the clocks do meanwhile. Where they skip that time of day, the
meeting is held none the less, as much later as they jump; where they show it twice, at the first of the two
(RFC 5545 3.3.5). RFC 5545 3.3.10 would drop the first kind: people who come every week would find it closed.

What is read must be within what the functions here write; other properties that say nothing about times
(SUMMARY, DTSTAMP and such) are passed over. The zones come from the machine or from the package tzdata.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import recurring_ical_events
from icalendar import Event, vDDDLists, vDDDTypes, vRecur

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # RFC 5545 3.3.10, in the order of date.weekday()
MINUTES_MAX: Final = 24 * 60  # a weekly series can then not meet itself; longer is a room round the clock
ICAL_MAX_CHARS: Final = 16_000  # room for ten years of skipped weeks
YEAR_MIN: Final = 2000  # no series is older than its room; bounds how long expanding takes
YEAR_MAX: Final = 2199
UID_MAX_CHARS: Final = 100

_MINUTE_MS: Final = 60_000
_WIDER: Final = timedelta(days=2)  # more than the longest meeting and the farthest zone together
_UID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]*")
_ZONE: Final = re.compile(r"UTC|[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){1,2}")
_MOVING: Final = ("RDATE", "EXRULE", "RECURRENCE-ID", "DTEND", "DUE")  # change times in ways not read here
_KEPT: Final = 512  # series read before; what is asked every few seconds is not read every few seconds


class Occurrence(NamedTuple):
    """One date of a series: wall-clock milliseconds since 1970 in UTC."""

    starts_ms: int
    ends_ms: int


class Series(NamedTuple):
    """A series, read and found good.

    Attributes:
        uid: its lasting name among all calendars.
        starts: the first date it is held on.
        at: the time of day it starts, on the clocks of the zone.
        minutes: how long it lasts.
        zone: a name of the IANA list such as Europe/Lisbon.
        days: weekdays, of `DAYS` and in its order.
        until: the last date it may be held on; None: for good.
        skipped: dates it is not held on, in order.
        ical: the text it was read from.
    """

    uid: str
    starts: date
    at: time
    minutes: int
    zone: str
    days: tuple[str, ...]
    until: date | None
    skipped: tuple[date, ...]
    ical: str


def write_series(*, uid: str, starts: date, at: time, minutes: int, zone: str, days: Sequence[str]) -> str:
    """Return the text of a weekly series that is held on `days` from the date `starts` on.

    The text begins at the first such day (RFC 5545 3.8.5.3 wants the start to be an occurrence). It has no
    DTSTAMP: that is the time of publishing, for whoever publishes it.

    Raises:
        ValueError: saying in words what is wrong.
    """
    chosen = read_days(days)
    tz = read_zone(zone)
    if at.second or at.microsecond or at.tzinfo is not None:
        raise ValueError("the time of day must be hours and minutes such as 19:00")
    if not YEAR_MIN <= starts.year <= YEAR_MAX:
        raise ValueError(f"the first date must be between the years {YEAR_MIN} and {YEAR_MAX}")
    week = (starts + timedelta(days=n) for n in range(len(DAYS)))
    first = next(day for day in week if DAYS[day.weekday()] in chosen)
    event = Event()
    event.add("uid", uid)
    event.add("dtstart", datetime.combine(first, at, tz))
    event.add("duration", timedelta(minutes=minutes))
    event.add("rrule", {"FREQ": ["WEEKLY"], "BYDAY": list(chosen)})
    return read_series(_write(event)).ical


def skip_date(ical: str, day: date) -> str:
    """Return the series without its occurrence on this date; skipping it again changes nothing.

    Raises:
        ValueError: if the series is not held on that date, or is no series.
    """
    series = read_series(ical)
    if day in series.skipped:
        return ical
    starts = datetime.combine(day, series.at, ZoneInfo(series.zone))
    starts_ms = _wall_ms(starts)
    if all(found.starts_ms != starts_ms for found in occurrences(series, starts_ms, starts_ms + 1)):
        raise ValueError(f"the series is not held on {day}, so that date cannot be skipped")
    event = _read_event(ical)
    event.add("exdate", starts)
    return read_series(_write(event)).ical


def hold_date(ical: str, day: date) -> str:
    """Return the series with a date that was skipped; one that was not changes nothing.

    Raises:
        ValueError: it is no series.
    """
    series = read_series(ical)
    if day not in series.skipped:
        return ical
    event = _read_event(ical)
    del event["EXDATE"]
    for other in series.skipped:
        if other != day:
            event.add("exdate", datetime.combine(other, series.at, ZoneInfo(series.zone)))
    return read_series(_write(event)).ical


def start_on(series: Series, day: date) -> int:
    """Return when the series would start on a date: wall-clock milliseconds since 1970 in UTC."""
    return _wall_ms(datetime.combine(day, series.at, ZoneInfo(series.zone)))


def end_series(ical: str, last: date) -> str:
    """Return the series so that it is held on no date after `last`.

    Raises:
        ValueError: if it would then never be held, or is no series.
    """
    series = read_series(ical)
    if last < series.starts:
        raise ValueError(f"the series cannot end on {last}: it is held for the first time on {series.starts}")
    # In UTC where the start has a zone (RFC 5545 3.3.10).
    until = datetime.combine(last, time(23, 59, 59), ZoneInfo(series.zone)).astimezone(UTC)
    event = _read_event(ical)
    event["RRULE"] = vRecur({"FREQ": ["WEEKLY"], "UNTIL": [until], "BYDAY": list(series.days)})
    return read_series(_write(event)).ical


def read_series(ical: str) -> Series:
    """Read a series and check every part of it.

    Raises:
        ValueError: saying in words what is wrong.
    """
    return _read_text(ical)


def occurrences(series: Series, from_ms: int, until_ms: int) -> tuple[Occurrence, ...]:
    """Return every occurrence that goes on at some time from `from_ms` to before `until_ms`, in order.

    The library is asked for the starts alone: it counts ends on the clocks of the zone, which makes an hour
    nothing, or two hours, where they change.
    """
    length_ms = series.minutes * _MINUTE_MS
    found = _expander(series.ical).between(_utc(from_ms) - _WIDER, _utc(until_ms) + _WIDER)
    starts = sorted(_wall_ms(cast("datetime", event.start)) for event in found)
    return tuple(
        Occurrence(starts_ms, starts_ms + length_ms)
        for starts_ms in starts
        if starts_ms < until_ms and starts_ms + length_ms > from_ms
    )


@lru_cache(_KEPT)
def _read_text(ical: str) -> Series:
    event = _read_event(ical)
    starts, zone = _read_start(event)
    days, until = _read_rule(event, zone)
    if DAYS[starts.weekday()] not in days:
        raise ValueError("DTSTART must be on one of the weekdays of BYDAY")
    return Series(
        uid=_read_uid(event),
        starts=starts.date(),
        at=starts.time(),
        minutes=_read_minutes(event),
        zone=zone,
        days=days,
        until=until,
        skipped=_read_skipped(event, starts.time(), zone),
        ical=ical,
    )


@lru_cache(_KEPT)
def _expander(ical: str) -> recurring_ical_events.CalendarQuery:
    return recurring_ical_events.of(Event.from_ical(ical))


def _read_event(ical: str) -> Event:
    if len(ical) > ICAL_MAX_CHARS:
        raise ValueError(f"a series may have {ICAL_MAX_CHARS} characters, not {len(ical)}")
    try:
        event = Event.from_ical(ical)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"a series must be one VEVENT of iCalendar ({error})") from None
    if not isinstance(event, Event) or event.subcomponents:
        raise ValueError("a series must be one VEVENT of iCalendar, with nothing inside it")
    if event.errors:
        name, why = event.errors[0]
        raise ValueError(f"{name or 'a line'} of the series cannot be read ({why})")
    for name in _MOVING:
        if name in event:
            raise ValueError(f"a series must not have {name}")
    return event


def _one(event: Event, name: str) -> object:
    """Return the one value of a property."""
    value = event.get(name)
    if value is None or isinstance(value, list):
        raise ValueError(f"a series must have {name} once")
    return cast("object", value)


def _read_uid(event: Event) -> str:
    uid = str(_one(event, "UID"))
    if len(uid) > UID_MAX_CHARS or not _UID.fullmatch(uid):
        raise ValueError(f"UID must be up to {UID_MAX_CHARS} letters, digits and the signs @ . _ -")
    return uid


def _read_start(event: Event) -> tuple[datetime, str]:
    """Return the first start on the clocks of its zone, and the zone."""
    match _one(event, "DTSTART"):
        case vDDDTypes(dt=datetime() as local, params=params):
            zone = _zone_of(local, params)
        case _:
            raise ValueError("DTSTART must be a date and a time of day")
    read_zone(zone)
    starts = local.replace(tzinfo=None)
    if starts.second:
        raise ValueError("DTSTART must be on a full minute")
    if not YEAR_MIN <= starts.year <= YEAR_MAX:
        raise ValueError(f"DTSTART must be between the years {YEAR_MIN} and {YEAR_MAX}")
    return starts, zone


def _zone_of(when: datetime, params: Mapping[str, object]) -> str:
    """Return the zone of a time, which for one in UTC is said by its last letter (RFC 5545 3.3.5)."""
    return str(params.get("TZID", "UTC" if when.tzinfo is not None else ""))


def read_zone(zone: str) -> ZoneInfo:
    """Return the zone of a name of the IANA list.

    Raises:
        ValueError: it is none.
    """
    try:
        if _ZONE.fullmatch(zone):
            return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # said below, as for a name that cannot be one
    raise ValueError(f"{zone!r} is no time zone; it must be a name such as Europe/Lisbon")


def _read_minutes(event: Event) -> int:
    match _one(event, "DURATION"):
        case vDDDTypes(dt=timedelta() as length):
            minutes, rest = divmod(length, timedelta(minutes=1))
        case _:
            raise ValueError("DURATION must be a length of time such as PT60M")
    if rest or not 1 <= minutes <= MINUTES_MAX:
        raise ValueError(f"a meeting must last 1 to {MINUTES_MAX} full minutes")
    return minutes


def _read_rule(event: Event, zone: str) -> tuple[tuple[str, ...], date | None]:
    """Return the weekdays and the last date."""
    match _one(event, "RRULE"):
        case vRecur() as rule:
            parts: dict[str, Sequence[object]] = {name: _listed(value) for name, value in rule.items()}
        case _:
            raise ValueError("RRULE must be a rule such as FREQ=WEEKLY;BYDAY=MO,TH")
    odd = sorted(parts.keys() - {"FREQ", "BYDAY", "UNTIL"})
    if odd or parts.get("FREQ") != ["WEEKLY"]:
        raise ValueError("RRULE must be weekly by days, such as FREQ=WEEKLY;BYDAY=MO,TH")
    days = read_days([str(day) for day in parts.get("BYDAY", ())])
    if "UNTIL" not in parts:
        return days, None
    until = parts["UNTIL"][0]
    if len(parts["UNTIL"]) != 1 or not isinstance(until, datetime) or until.utcoffset() != timedelta(0):
        raise ValueError("UNTIL must be one time in UTC such as 20261231T235959Z")
    return days, until.astimezone(ZoneInfo(zone)).date()


def read_days(days: Sequence[str]) -> tuple[str, ...]:
    """Return weekdays in the order of `DAYS`, each once.

    Raises:
        ValueError: one is none, or there is none.
    """
    for day in days:
        if day not in DAYS:
            raise ValueError(f"{day!r} is no weekday; they are {', '.join(DAYS)}")
    if not days:
        raise ValueError(f"a series needs at least one weekday of {', '.join(DAYS)}")
    return tuple(day for day in DAYS if day in days)


def _read_skipped(event: Event, at: time, zone: str) -> tuple[date, ...]:
    skipped = set()
    for line in _listed(event.get("EXDATE", [])):
        for value in line.dts if isinstance(line, vDDDLists) else ():
            match value.dt:
                case datetime() as starts if starts.time() == at and _zone_of(starts, value.params) == zone:
                    skipped.add(starts.date())
                case _:
                    raise ValueError("EXDATE must be starts of the series in its zone")
    return tuple(sorted(skipped))


def _listed(value: object) -> Sequence[object]:
    """Return values as a list, where the library gives one alone as itself."""
    return value if isinstance(value, list) else [value]


def _write(event: Event) -> str:
    text: bytes = event.to_ical()
    return text.decode()


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)


def _wall_ms(local: datetime) -> int:
    """Return when the clocks of a zone show this time: see the module for gaps and overlaps."""
    return int(local.replace(fold=0).timestamp()) * 1_000
