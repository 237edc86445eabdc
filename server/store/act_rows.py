"""What hosts changed about their groups, as a chain for each: see `server.store.audit_chain`."""

from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.group_ports import ACT_KEPT_DAYS, GroupSlug
from server.store.audit_chain import ActRow, Chain, GroupAct, digest_of
from server.store.database import Database
from server.store.group_tables import ACT_CHAINS, ACTS

_DAY_MIN: Final = 24 * 60
_CHAIN_COLUMNS: Final = (
    ACT_CHAINS.c.start_number,
    ACT_CHAINS.c.start_digest,
    ACT_CHAINS.c.end_number,
    ACT_CHAINS.c.end_digest,
)


class ActRows:
    """What hosts did from the page."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def add(self, act: GroupAct) -> None:
        """Write a row behind the last one of its group."""
        async with self._database.transaction() as connection:
            chain = await _chain(connection, act.group_slug)
            if chain is None:
                chain = Chain()
                made = insert(ACT_CHAINS).values(group_slug=act.group_slug, **chain._asdict())
                await connection.execute(made)
            number = chain.end_number + 1
            digest = digest_of(chain.end_digest, number, act)
            await connection.execute(insert(ACTS).values(number=number, digest=digest, **act._asdict()))
            ended = update(ACT_CHAINS).where(ACT_CHAINS.c.group_slug == act.group_slug)
            await connection.execute(ended.values(end_number=number, end_digest=digest))

    async def of_group(self, slug: GroupSlug) -> tuple[Chain, tuple[ActRow, ...]]:
        """Return a group's chain and its rows, oldest first; both empty where nothing was ever written."""
        query = select(ACTS).where(ACTS.c.group_slug == slug).order_by(ACTS.c.number)
        async with self._database.transaction() as connection:
            chain = await _chain(connection, slug)
            rows = (await connection.execute(query)).all()
        return chain or Chain(), tuple(
            ActRow(
                row.number,
                GroupAct(row.group_slug, row.at_min, row.action, row.account_id, row.target),
                row.digest,
            )
            for row in rows
        )


async def drop_old_acts(connection: AsyncConnection, now_ms: int) -> None:
    """Forget rows of `ACT_KEPT_DAYS` ago, from the front only, so that what stays is whole."""
    before_min = now_ms // 60_000 - ACT_KEPT_DAYS * _DAY_MIN
    for slug in (await connection.execute(select(ACT_CHAINS.c.group_slug))).scalars().all():
        await _chain(connection, slug)  # nobody appends meanwhile
        of_group = ACTS.c.group_slug == slug
        kept = select(func.min(ACTS.c.number)).where(of_group, ACTS.c.at_min >= before_min)
        first = (await connection.execute(kept)).scalar_one()
        old = [of_group] if first is None else [of_group, ACTS.c.number < first]
        query = select(ACTS.c.number, ACTS.c.digest).where(*old).order_by(ACTS.c.number.desc()).limit(1)
        last = (await connection.execute(query)).one_or_none()
        if last is None:
            continue
        await connection.execute(delete(ACTS).where(*old))
        start = {"start_number": last.number, "start_digest": last.digest}
        await connection.execute(update(ACT_CHAINS).where(ACT_CHAINS.c.group_slug == slug).values(start))


async def _chain(connection: AsyncConnection, slug: str) -> Chain | None:
    query = select(*_CHAIN_COLUMNS).where(ACT_CHAINS.c.group_slug == slug).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return Chain(*row) if row else None
