"""What comes again."""

from sqlalchemy import delete, insert, select, update

from server.group_ports import ChangeKind, SeriesKind, StoredSeries
from server.store.change_rows import note_change
from server.store.database import Database, known
from server.store.group_tables import SERIES


class SeriesRows:
    """Implements `server.group_ports.AllSeries`, and what operators' commands need besides."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def all(self) -> tuple[StoredSeries, ...]:
        """See `server.group_ports.AllSeries.all`."""
        query = select(SERIES).order_by(SERIES.c.created_ms, SERIES.c.series_id)
        async with self._database.transaction() as connection:
            return tuple(_series(StoredSeries(*row)) for row in await connection.execute(query))

    async def add(self, series: StoredSeries) -> None:
        """Keep a series."""
        async with self._database.transaction() as connection:
            await connection.execute(insert(SERIES).values(**{**series._asdict(), "kind": series.kind.value}))
            await note_change(connection, ChangeKind.SERIES)

    async def set_ical(self, series_id: str, ical: str) -> bool:
        """Change when a series takes place. Returns False where there is none."""
        async with self._database.transaction() as connection:
            change = update(SERIES).where(SERIES.c.series_id == series_id).values(ical=ical)
            if not (await connection.execute(change)).rowcount:
                return False
            await note_change(connection, ChangeKind.SERIES)
            return True

    async def give(self, series_id: str, account_id: str) -> bool:
        """Let a shift be somebody's, or nobody's. Returns False where there is no such shift."""
        shift = SERIES.c.series_id == series_id, SERIES.c.kind == SeriesKind.SHIFT.value
        async with self._database.transaction() as connection:
            given = update(SERIES).where(*shift).values(account_id=account_id)
            if not (await connection.execute(given)).rowcount:
                return False
            await note_change(connection, ChangeKind.SERIES)
            return True

    async def remove(self, series_id: str) -> bool:
        """Forget a series. Returns False where there is none."""
        async with self._database.transaction() as connection:
            if not (await connection.execute(delete(SERIES).where(SERIES.c.series_id == series_id))).rowcount:
                return False
            await note_change(connection, ChangeKind.SERIES)
            return True


def _series(series: StoredSeries) -> StoredSeries:
    return series._replace(kind=known(SeriesKind, series.kind))
