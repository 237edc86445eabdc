"""The groups that somebody has named."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import ChangeKind, GroupSlug, StoredGroup, WholeGroup
from server.store.ban_rows import bans_in_force
from server.store.change_rows import note_change
from server.store.database import Database
from server.store.group_tables import GROUPS
from server.store.invite_rows import invites_of
from server.store.roster_rows import roster_of
from server.store.sheet_rows import sheets_of

_COLUMNS: Final = (GROUPS.c.slug, GROUPS.c.title, GROUPS.c.about, GROUPS.c.appeal)


class GroupRows:
    """Implements `server.group_ports.Groups`, and what operators' commands need besides."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def whole(self, slug: GroupSlug, now_ms: int) -> WholeGroup:
        """See `server.group_ports.Groups.whole`."""
        async with self._database.transaction() as connection:
            return WholeGroup(
                await _open_group(connection, slug),
                await roster_of(connection, slug),
                await bans_in_force(connection, slug, now_ms),
                await invites_of(connection, slug),
                await sheets_of(connection, slug),
            )

    async def named(self) -> tuple[StoredGroup, ...]:
        """See `server.group_ports.Groups.named`."""
        query = (
            select(*_COLUMNS).where(GROUPS.c.closed_ms.is_(None)).order_by(GROUPS.c.created_ms, GROUPS.c.slug)
        )
        async with self._database.transaction() as connection:
            return tuple(StoredGroup(*row) for row in await connection.execute(query))

    async def open_group(self, slug: GroupSlug) -> StoredGroup | None:
        """Return a group that somebody has named and nobody has closed."""
        async with self._database.transaction() as connection:
            return await _open_group(connection, slug)

    async def add(self, group: StoredGroup, now_ms: int) -> bool:
        """Name a group, or open a closed one again under this title. Returns False where it is open."""
        async with self._database.transaction() as connection:
            query = select(GROUPS.c.closed_ms).where(GROUPS.c.slug == group.slug)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                made = insert(GROUPS).values(**group._asdict(), created_ms=now_ms, closed_ms=None)
                await connection.execute(made)
            elif row.closed_ms is None:
                return False
            else:
                opened = {**group._asdict(), "closed_ms": None}
                await connection.execute(update(GROUPS).where(GROUPS.c.slug == group.slug).values(opened))
            await note_change(connection, ChangeKind.GROUPS)
            return True

    async def rename(self, slug: GroupSlug, title: str) -> bool:
        """Give a group another title. Returns False where none is open."""
        return await self._change_open(slug, {"title": title})

    async def set_appeal(self, slug: GroupSlug, appeal: str) -> bool:
        """Say what somebody may do who was banned. Returns False where none is open."""
        return await self._change_open(slug, {"appeal": appeal})

    async def set_words(self, group: StoredGroup) -> bool:
        """Give a group other words altogether. Returns False where none is open."""
        return await self._change_open(
            group.slug, {"title": group.title, "about": group.about, "appeal": group.appeal}
        )

    async def close(self, slug: GroupSlug, now_ms: int) -> bool:
        """Close a group; its roster, bans and invites stay. Returns False where none is open."""
        return await self._change_open(slug, {"closed_ms": now_ms})

    async def _change_open(self, slug: GroupSlug, values: Mapping[str, object]) -> bool:
        change = update(GROUPS).where(GROUPS.c.slug == slug, GROUPS.c.closed_ms.is_(None)).values(**values)
        async with self._database.transaction() as connection:
            if not (await connection.execute(change)).rowcount:
                return False
            await note_change(connection, ChangeKind.GROUPS)
            return True


async def _open_group(connection: AsyncConnection, slug: GroupSlug) -> StoredGroup | None:
    query = select(*_COLUMNS).where(GROUPS.c.slug == slug, GROUPS.c.closed_ms.is_(None))
    row = (await connection.execute(query)).one_or_none()
    return StoredGroup(*row) if row else None
