"""Series and times for tests of the schedule: a meeting on Mondays and Thursdays at 19:00 in UTC."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from server.group_ports import SeriesKind
from server.schedule.plan import Planned
from server.schedule.series import read_series, write_series

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

MONDAY = date(2026, 1, 5)


def at_ms(written: str) -> int:
    """Return a time on Monday, or on the day that is given."""
    moment = written if "T" in written else f"{MONDAY}T{written}"
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1_000)


def planned(
    at: str = "19:00",
    minutes: int = 60,
    days: Sequence[str] = ("MO", "TH"),
    *,
    doors: int = 15,
    fellowship: int = 30,
    shift_of: str = "",
) -> Planned:
    """Return a meeting, or somebody's shift; lengths in minutes."""
    start = time.fromisoformat(at)
    ical = write_series(uid="a", starts=MONDAY, at=start, minutes=minutes, zone="UTC", days=days)
    return Planned(
        series=read_series(ical),
        kind=SeriesKind.SHIFT if shift_of else SeriesKind.MEETING,
        doors_ms=doors * MINUTE_MS,
        fellowship_ms=fellowship * MINUTE_MS,
        account_id=shift_of,
    )
