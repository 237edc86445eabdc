"""Who may not come."""

from typing import Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import BAN_KEPT_DAYS, BAN_MAX_DAYS, ChangeKind, GroupSlug, StoredBan
from server.store.change_rows import note_change
from server.store.database import Database, insert_once
from server.store.group_tables import BANS

_DAY_MS: Final = 86_400_000


class BanRows:
    """Implements `server.group_ports.Bans`, and what operators' commands need besides."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def add(self, ban: StoredBan) -> bool:
        """See `server.group_ports.Bans.add`."""
        if not (ban.device or ban.branch):
            raise ValueError("a ban needs a device or a branch of invites")
        if ban.until_ms - ban.placed_ms > BAN_MAX_DAYS * _DAY_MS:
            raise ValueError(f"a ban may last {BAN_MAX_DAYS} days at most")
        async with self._database.transaction() as connection:
            if not await insert_once(connection, BANS, ban._asdict()):
                return False
            await note_change(connection, ChangeKind.BANS)
            return True

    async def lift(self, ban_id: str, now_ms: int) -> bool:
        """See `server.group_ports.Bans.lift`."""
        holds = BANS.c.ban_id == ban_id, BANS.c.lifted_ms.is_(None), BANS.c.until_ms > now_ms
        async with self._database.transaction() as connection:
            if not (await connection.execute(update(BANS).where(*holds).values(lifted_ms=now_ms))).rowcount:
                return False
            await note_change(connection, ChangeKind.BANS)
            return True

    async def in_force(self, slug: GroupSlug, now_ms: int) -> tuple[StoredBan, ...]:
        """See `server.group_ports.Bans.in_force`."""
        async with self._database.transaction() as connection:
            return await bans_in_force(connection, slug, now_ms)

    async def all(self) -> tuple[StoredBan, ...]:
        """Return every ban of every group, also those that are over and not yet forgotten."""
        query = select(BANS).order_by(BANS.c.group_slug, BANS.c.placed_ms, BANS.c.ban_id)
        async with self._database.transaction() as connection:
            return tuple(StoredBan(*row) for row in await connection.execute(query))


async def bans_in_force(connection: AsyncConnection, slug: GroupSlug, now_ms: int) -> tuple[StoredBan, ...]:
    """Return a group's bans that hold now, oldest first."""
    query = (
        select(BANS)
        .where(BANS.c.group_slug == slug, BANS.c.lifted_ms.is_(None), BANS.c.until_ms > now_ms)
        .order_by(BANS.c.placed_ms, BANS.c.ban_id)
    )
    return tuple(StoredBan(*row) for row in await connection.execute(query))


async def drop_old_bans(connection: AsyncConnection, now_ms: int) -> None:
    """Forget bans that have been over for `BAN_KEPT_DAYS`."""
    before_ms = now_ms - BAN_KEPT_DAYS * _DAY_MS
    lifted = and_(BANS.c.lifted_ms.is_not(None), BANS.c.lifted_ms < before_ms)
    await connection.execute(delete(BANS).where(or_(BANS.c.until_ms < before_ms, lifted)))
