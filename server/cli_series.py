"""The commands about what comes again: weekly meetings and shifts."""

import secrets
from datetime import date
from typing import Final

from rooms.ids import RoomSlug
from server.cli_store import UsageError, in_store, room_slugs
from server.clock import SystemClock
from server.config import Config
from server.group_ports import SeriesKind, StoredSeries
from server.schedule.series import read_series, skip_date
from server.schedule.setting import SeriesConfig

_ID_BYTES: Final = 6  # a place has some dozens; drawn again by hand if it ever clashes
_MINUTE_MS: Final = 60_000


def add_series(config: Config, room: str, asked: SeriesConfig, account_id: str) -> None:
    """Let a room have a weekly meeting, or somebody a weekly shift in it.

    Raises:
        UsageError: there is no such room or account.
    """
    slugs = room_slugs(config)
    if room not in slugs:
        raise UsageError(f"there is no room {room!r}; the rooms are: {', '.join(slugs)}")
    now_ms = SystemClock().wall_ms()
    if account_id:
        accounts = in_store(config, lambda store: store.accounts.accounts(now_ms))
        if all(account.account_id != account_id for account in accounts):
            raise UsageError(f"there is no account {account_id!r}")
    series_id = secrets.token_hex(_ID_BYTES)
    planned = asked.planned(f"{series_id}@lamplit")
    series = StoredSeries(
        series_id=series_id,
        room_slug=RoomSlug(room),
        kind=SeriesKind.SHIFT if account_id else SeriesKind.MEETING,
        ical=planned.series.ical,
        doors_ms=planned.doors_ms,
        fellowship_ms=planned.fellowship_ms,
        account_id=account_id,
        created_ms=now_ms,
    )
    in_store(config, lambda store: store.series.add(series))
    print(f"The series {series_id} is made: {_when(series)}.")


def list_series(config: Config) -> None:
    """Print every series that was made by command: id, room, kind, when, dates that are skipped."""
    for series in in_store(config, lambda store: store.series.all()):
        skipped = ",".join(day.isoformat() for day in read_series(series.ical).skipped)
        kind = f"shift of {series.account_id or 'nobody'}" if series.kind is SeriesKind.SHIFT else "meeting"
        print(f"{series.series_id}\t{series.room_slug}\t{kind}\t{_when(series)}\t{skipped or '-'}")


def remove_series(config: Config, series_id: str) -> None:
    """Let a series be no more. A meeting that is on goes on.

    Raises:
        UsageError: there is no such series.
    """
    if not in_store(config, lambda store: store.series.remove(series_id)):
        raise _no_series(series_id)
    print(f"The series {series_id} is removed.")


def skip_series(config: Config, series_id: str, day: date) -> None:
    """Let a series not take place on one date.

    Raises:
        UsageError: there is no such series, or it has no occurrence on that date.
    """
    found = [
        series
        for series in in_store(config, lambda store: store.series.all())
        if series.series_id == series_id
    ]
    if not found:
        raise _no_series(series_id)
    try:
        ical = skip_date(found[0].ical, day)
    except ValueError as error:
        raise UsageError(str(error)) from None
    in_store(config, lambda store: store.series.set_ical(series_id, ical))
    print(f"The series {series_id} is not held on {day}.")


def _when(series: StoredSeries) -> str:
    read = read_series(series.ical)
    around = f"doors {series.doors_ms // _MINUTE_MS}, fellowship {series.fellowship_ms // _MINUTE_MS}"
    return f"{','.join(read.days)} {read.at:%H:%M} {read.zone}, {read.minutes} minutes, {around}"


def _no_series(series_id: str) -> UsageError:
    return UsageError(f"there is no series {series_id!r}; `lamplit series list` prints them")
