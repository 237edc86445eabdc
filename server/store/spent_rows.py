"""What was used up, so that no node takes it again."""

from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from server.store.database import Database, insert_once
from server.store.tables import SPENT

_MORE_MS: Final = 3_600_000  # clocks of nodes differ


class SpentRows:
    """Implements `server.group_ports.Spent`."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """See `server.group_ports.Spent.spend`."""
        async with self._database.transaction() as connection:
            return await insert_once(connection, SPENT, {"key": key, "until_ms": until_ms})

    async def give_back(self, key: bytes) -> None:
        """See `server.group_ports.Spent.give_back`."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SPENT).where(SPENT.c.key == key))


async def drop_old_spent(connection: AsyncConnection, now_ms: int) -> None:
    """Forget what nobody could use any more in any case."""
    await connection.execute(delete(SPENT).where(SPENT.c.until_ms < now_ms - _MORE_MS))
