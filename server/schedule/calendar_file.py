"""Meetings as a file for somebody's own calendar (RFC 5545), under a title that says nothing about them.

A calendar is seen by whoever looks over a shoulder, and is kept by companies. So the title is that of the
place unless another is asked for, and the lasting name of a meeting tells nothing of its room.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, cast

from icalendar import Calendar, Event

from server.group_ports import SeriesKind
from server.schedule.plan import Planned

PRODUCT: Final = "-//Lamplit//Meetings//EN"

_YEARS_AHEAD: Final = 5  # of clock changes that are written out; a calendar that asks again gets newer ones
_UID_CHARS: Final = 32


class Entry(NamedTuple):
    """The series of one room, and what its meetings are called in a calendar."""

    title: str
    planned: Sequence[Planned]


def write_calendar(entries: Sequence[Entry], now_ms: int) -> str:
    """Return a calendar with every meeting of the entries; empty where there is none.

    Each is weekly on the clocks of its zone, whose changes are written into it (VTIMEZONE).
    """
    now = datetime.fromtimestamp(now_ms / 1_000, UTC)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    since = now.year
    for title, planned in entries:
        for one in planned:
            if one.kind is SeriesKind.MEETING:
                calendar.add_component(_event(one, title, now))
                since = min(since, one.series.starts.year)
    if not calendar.subcomponents:
        return ""
    calendar.add_missing_timezones(date(since, 1, 1), date(now.year + _YEARS_AHEAD, 1, 1))
    return cast("bytes", calendar.to_ical()).decode()


def _event(one: Planned, title: str, now: datetime) -> Event:
    event = Event.from_ical(one.series.ical)
    event["UID"] = hashlib.sha256(one.series.uid.encode()).hexdigest()[:_UID_CHARS]
    for name in ("DTSTAMP", "SUMMARY", "DESCRIPTION", "LOCATION"):
        event.pop(name, None)
    event.add("dtstamp", now)
    event.add("summary", title)
    return cast("Event", event)
