"""A series as the operator writes it into the configuration."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Final

import msgspec

from server.schedule.plan import AROUND_MAX_MS, DOORS_MS, FELLOWSHIP_MS, Planned
from server.schedule.series import MINUTES_MAX, read_days, read_series, read_zone, skip_date, write_series

_MINUTE_MS: Final = 60_000
_AROUND_MAX_MIN: Final = AROUND_MAX_MS // _MINUTE_MS
_AT: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_SINCE: Final = date(2026, 1, 1)  # before this could be written; nobody asks when a configured series began


class SeriesConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A weekly meeting. A `ValueError` starts with the key that is wrong.

    Attributes:
        every: weekdays with commas between, such as MO,TH.
        at: the time of day it starts, such as 19:00, on the clocks of the zone.
        minutes: how long it lasts.
        zone: a time zone such as Europe/Lisbon.
        doors: minutes that the room is open before the start.
        fellowship: minutes that it stays open after the end.
        skip: dates that it is not held on, such as 2026-12-24.
    """

    every: str
    at: str
    minutes: int
    zone: str
    doors: int = DOORS_MS // _MINUTE_MS
    fellowship: int = FELLOWSHIP_MS // _MINUTE_MS
    skip: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        with _blaming("every"):
            read_days(self._days())
        if not _AT.fullmatch(self.at):
            raise ValueError(f"at: {self.at!r} must be a time of day such as 19:00")
        _check_range("minutes", self.minutes, 1, MINUTES_MAX)
        with _blaming("zone"):
            read_zone(self.zone)
        _check_range("doors", self.doors, 0, _AROUND_MAX_MIN)
        _check_range("fellowship", self.fellowship, 0, _AROUND_MAX_MIN)
        with _blaming("skip"):
            self.planned("checked")

    def planned(self, uid: str) -> Planned:
        """Return the series under its name among calendars."""
        ical = write_series(
            uid=uid,
            starts=_SINCE,
            at=time.fromisoformat(self.at),
            minutes=self.minutes,
            zone=self.zone,
            days=self._days(),
        )
        for written in self.skip:
            ical = skip_date(ical, _read_date(written))
        return Planned(
            series=read_series(ical),
            doors_ms=self.doors * _MINUTE_MS,
            fellowship_ms=self.fellowship * _MINUTE_MS,
        )

    def _days(self) -> list[str]:
        return [day.strip() for day in self.every.split(",")]


def _read_date(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ValueError(f"{written!r} must be a date such as 2026-12-24") from None


def _check_range(key: str, minutes: int, least: int, most: int) -> None:
    if not least <= minutes <= most:
        raise ValueError(f"{key} must be {least} to {most}, not {minutes}")


@contextmanager
def _blaming(key: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None
