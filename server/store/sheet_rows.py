"""Run-sheets."""

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import GroupSlug, StoredSheet
from server.store.database import Database
from server.store.group_tables import SHEETS


class SheetRows:
    """Implements `server.group_ports.Sheets`."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def put(self, sheet: StoredSheet) -> None:
        """See `server.group_ports.Sheets.put`."""
        async with self._database.transaction() as connection:
            found = SHEETS.c.group_slug == sheet.group_slug, SHEETS.c.sheet_id == sheet.sheet_id
            await connection.execute(delete(SHEETS).where(*found))
            await connection.execute(insert(SHEETS).values(**sheet._asdict()))

    async def remove(self, slug: GroupSlug, sheet_id: str) -> bool:
        """See `server.group_ports.Sheets.remove`."""
        found = SHEETS.c.group_slug == slug, SHEETS.c.sheet_id == sheet_id
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(SHEETS).where(*found))).rowcount > 0

    async def of_group(self, slug: GroupSlug) -> tuple[StoredSheet, ...]:
        """See `server.group_ports.Sheets.of_group`."""
        async with self._database.transaction() as connection:
            return await sheets_of(connection, slug)


async def sheets_of(connection: AsyncConnection, slug: GroupSlug) -> tuple[StoredSheet, ...]:
    """Return a group's sheets by title."""
    query = select(SHEETS).where(SHEETS.c.group_slug == slug).order_by(SHEETS.c.title, SHEETS.c.sheet_id)
    return tuple(StoredSheet(*row) for row in await connection.execute(query))
