"""Numbers that grow with each change."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import ChangeKind
from server.store.database import Database
from server.store.group_tables import CHANGES


class ChangeRows:
    """Implements `server.group_ports.Changes`."""

    def __init__(self, database: Database) -> None:
        """Read from this database."""
        self._database = database

    async def numbers(self) -> dict[str, int]:
        """See `server.group_ports.Changes.numbers`."""
        async with self._database.transaction() as connection:
            return {row.kind: row.number for row in await connection.execute(select(CHANGES))}


async def note_change(connection: AsyncConnection, kind: ChangeKind) -> None:
    """Let the number of this kind grow, with the transaction."""
    grown = update(CHANGES).where(CHANGES.c.kind == kind.value).values(number=CHANGES.c.number + 1)
    await connection.execute(grown)
