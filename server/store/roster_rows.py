"""Who serves which group."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.roles import Role
from server.group_ports import ChangeKind, GroupSlug, RosterEntry
from server.store.change_rows import note_change
from server.store.database import Database, known
from server.store.group_tables import ROSTER, SERIES


class RosterRows:
    """Implements `server.group_ports.Rosters`, and what operators' commands need besides."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def of_group(self, slug: GroupSlug) -> tuple[RosterEntry, ...]:
        """See `server.group_ports.Rosters.of_group`."""
        async with self._database.transaction() as connection:
            return await roster_of(connection, slug)

    async def of_account(self, account_id: str) -> tuple[RosterEntry, ...]:
        """See `server.group_ports.Rosters.of_account`."""
        query = select(ROSTER).where(ROSTER.c.account_id == account_id).order_by(ROSTER.c.group_slug)
        async with self._database.transaction() as connection:
            return tuple(_entry(RosterEntry(*row)) for row in await connection.execute(query))

    async def forget_account(self, account_id: str) -> None:
        """See `server.group_ports.Rosters.forget_account`."""
        async with self._database.transaction() as connection:
            if (await connection.execute(delete(ROSTER).where(ROSTER.c.account_id == account_id))).rowcount:
                await note_change(connection, ChangeKind.ROSTER)
            freed = update(SERIES).where(SERIES.c.account_id == account_id).values(account_id="")
            if account_id and (await connection.execute(freed)).rowcount:
                await note_change(connection, ChangeKind.SERIES)

    async def put(self, entry: RosterEntry) -> None:
        """Put somebody on a roster, in place of what stood there of the same account.

        Whoever had that place in the succession, and those behind, move back by one.
        """
        async with self._database.transaction() as connection:
            await connection.execute(delete(ROSTER).where(*_is(entry.group_slug, entry.account_id)))
            await _make_place(connection, entry.group_slug, entry.place)
            await connection.execute(insert(ROSTER).values(**{**entry._asdict(), "role": entry.role.value}))
            await note_change(connection, ChangeKind.ROSTER)

    async def hold(self, slug: GroupSlug) -> tuple[RosterEntry, ...]:
        """Return a group's roster, which nobody else changes until this transaction is over."""
        async with self._database.transaction() as connection:
            return await roster_of(connection, slug, hold=True)

    async def set_succession(self, slug: GroupSlug, account_ids: Sequence[str]) -> None:
        """Let the succession be these, in this order; whoever else is on the roster has no place in it."""
        async with self._database.transaction() as connection:
            await connection.execute(update(ROSTER).where(ROSTER.c.group_slug == slug).values(place=0))
            for place, account_id in enumerate(account_ids, start=1):
                await connection.execute(update(ROSTER).where(*_is(slug, account_id)).values(place=place))
            await note_change(connection, ChangeKind.ROSTER)

    async def set_place(self, slug: GroupSlug, account_id: str, place: int) -> bool:
        """Move somebody within the succession, or out of it with 0. Returns False where nobody is there."""
        async with self._database.transaction() as connection:
            found = update(ROSTER).where(*_is(slug, account_id))
            if not (await connection.execute(found.values(place=0))).rowcount:
                return False
            await _make_place(connection, slug, place)
            await connection.execute(found.values(place=place))
            await note_change(connection, ChangeKind.ROSTER)
            return True

    async def remove(self, slug: GroupSlug, account_id: str) -> bool:
        """Take somebody off a roster. Returns False where nobody is there."""
        async with self._database.transaction() as connection:
            if not (await connection.execute(delete(ROSTER).where(*_is(slug, account_id)))).rowcount:
                return False
            await note_change(connection, ChangeKind.ROSTER)
            return True


async def roster_of(
    connection: AsyncConnection, slug: GroupSlug, *, hold: bool = False
) -> tuple[RosterEntry, ...]:
    """Return a group's roster: first those in the succession, in its order, then the others, oldest first."""
    query = (
        select(ROSTER)
        .where(ROSTER.c.group_slug == slug)
        .order_by(ROSTER.c.place == 0, ROSTER.c.place, ROSTER.c.added_ms, ROSTER.c.account_id)
    )
    found = await connection.execute(query.with_for_update() if hold else query)
    return tuple(_entry(RosterEntry(*row)) for row in found)


def _is(slug: GroupSlug, account_id: str) -> tuple[ColumnElement[bool], ...]:
    return ROSTER.c.group_slug == slug, ROSTER.c.account_id == account_id


async def _make_place(connection: AsyncConnection, slug: GroupSlug, place: int) -> None:
    """Move those behind a place that is taken."""
    taken = select(ROSTER.c.place).where(ROSTER.c.group_slug == slug, ROSTER.c.place == place)
    if place and (await connection.execute(taken)).first() is not None:
        behind = update(ROSTER).where(ROSTER.c.group_slug == slug, ROSTER.c.place >= place)
        await connection.execute(behind.values(place=ROSTER.c.place + 1))


def _entry(entry: RosterEntry) -> RosterEntry:
    return entry._replace(role=known(Role, entry.role))
