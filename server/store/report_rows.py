"""What was reported to those who serve a group."""

from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import REPORT_KEPT_DAYS, GroupSlug, StoredReport
from server.store.database import Database, insert_once
from server.store.group_tables import REPORTS

_DAY_MS: Final = 86_400_000


class ReportRows:
    """Implements `server.group_ports.Reports`, and what operators' commands need besides."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def add(self, report: StoredReport) -> None:
        """See `server.group_ports.Reports.add`."""
        async with self._database.transaction() as connection:
            await insert_once(connection, REPORTS, report._asdict())

    async def of_group(self, slug: GroupSlug) -> tuple[StoredReport, ...]:
        """See `server.group_ports.Reports.of_group`."""
        return await self._found(REPORTS.c.group_slug == slug)

    async def all(self) -> tuple[StoredReport, ...]:
        """Return every report of every group, oldest first."""
        return await self._found()

    async def close(self, report_id: str, now_ms: int) -> bool:
        """See `server.group_ports.Reports.close`."""
        is_open = REPORTS.c.report_id == report_id, REPORTS.c.closed_ms.is_(None)
        async with self._database.transaction() as connection:
            closed = update(REPORTS).where(*is_open).values(closed_ms=now_ms)
            return (await connection.execute(closed)).rowcount > 0

    async def _found(self, *where: ColumnElement[bool]) -> tuple[StoredReport, ...]:
        query = select(REPORTS).where(*where).order_by(REPORTS.c.at_min, REPORTS.c.report_id)
        async with self._database.transaction() as connection:
            return tuple(StoredReport(*row) for row in await connection.execute(query))


async def drop_old_reports(connection: AsyncConnection, now_ms: int) -> None:
    """Forget reports that were closed `REPORT_KEPT_DAYS` ago."""
    old = REPORTS.c.closed_ms.is_not(None), REPORTS.c.closed_ms < now_ms - REPORT_KEPT_DAYS * _DAY_MS
    await connection.execute(delete(REPORTS).where(*old))
