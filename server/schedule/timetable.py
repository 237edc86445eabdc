"""Which series each room has: those of the configuration, and those of the store as they were read last."""

from collections.abc import Iterable, Mapping, Sequence

from rooms.ids import RoomSlug
from server.group_ports import StoredSeries
from server.schedule.plan import AROUND_MAX_MS, Planned
from server.schedule.series import read_series


class Timetable:
    """The series of all rooms of a place."""

    def __init__(self, configured: Mapping[RoomSlug, Sequence[Planned]]) -> None:
        """Start with what the configuration says."""
        self._configured = {slug: tuple(series) for slug, series in configured.items()}
        self._stored: dict[RoomSlug, tuple[Planned, ...]] = {}

    def series_of(self, slug: RoomSlug) -> tuple[Planned, ...]:
        """Return the series of a room; none means that it is open round the clock."""
        return self._configured.get(slug, ()) + self._stored.get(slug, ())

    def replace_stored(self, rows: Iterable[StoredSeries]) -> None:
        """Take these rows in place of all earlier ones.

        Raises:
            ValueError: naming a series that cannot be read. Nothing has changed then: a room whose one series
                is not understood must not be taken for a room that is open to everybody round the clock.
        """
        stored: dict[RoomSlug, tuple[Planned, ...]] = {}
        for row in rows:
            try:
                one = _planned(row)
            except ValueError as error:
                raise ValueError(f"series {row.series_id} of {row.room_slug}: {error}") from None
            stored[row.room_slug] = (*stored.get(row.room_slug, ()), one)
        self._stored = stored


def _planned(row: StoredSeries) -> Planned:
    for name in ("doors_ms", "fellowship_ms"):
        if not 0 <= getattr(row, name) <= AROUND_MAX_MS:
            raise ValueError(f"{name} must be 0 to {AROUND_MAX_MS}, not {getattr(row, name)}")
    return Planned(
        series=read_series(row.ical),
        kind=row.kind,
        doors_ms=row.doors_ms,
        fellowship_ms=row.fellowship_ms,
        account_id=row.account_id,
    )
