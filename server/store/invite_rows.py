"""Who let whom in."""

from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.roles import Role
from server.group_ports import ATTEMPT_MS, INVITE_KEPT_DAYS, ChangeKind, GroupSlug, StoredInvite
from server.store.change_rows import note_change
from server.store.database import Database, insert_once, known
from server.store.group_tables import INVITES
from server.store.tables import SPENT

_DAY_MS: Final = 86_400_000


class InviteRows:
    """Implements `server.group_ports.Invites`."""

    def __init__(self, database: Database) -> None:
        """Keep them in this database."""
        self._database = database

    async def add(self, invite: StoredInvite) -> bool:
        """See `server.group_ports.Invites.add`."""
        before, _, last = invite.branch.rpartition("/")
        if last != invite.invite_id or before.rpartition("/")[2] != invite.parent_id:
            raise ValueError("an invite's branch must be its parent's and then its own id")
        async with self._database.transaction() as connection:
            if invite.parent_id and not await _is_usable(connection, invite, before):
                return False
            await connection.execute(
                insert(INVITES).values(**{**invite._asdict(), "role": invite.role.value})
            )
            await note_change(connection, ChangeKind.INVITES)
            return True

    async def use_invite(
        self, secret_hash: bytes, now_ms: int, attempt_hash: bytes = b""
    ) -> StoredInvite | None:
        """See `server.group_ports.Invites.use_invite`."""
        query = select(INVITES).where(
            INVITES.c.secret_hash == secret_hash,
            INVITES.c.until_ms > now_ms,
            INVITES.c.is_revoked.is_(False),
            INVITES.c.is_paused.is_(False),
        )
        async with self._database.transaction() as connection:
            row = (await connection.execute(query.with_for_update())).one_or_none()
            if row is None:
                return None
            invite = _invite(StoredInvite(*row))
            if attempt_hash and await _was_counted(connection, attempt_hash):
                return invite
            if invite.uses >= invite.uses_max:
                return None
            used = invite._replace(uses=invite.uses + 1)
            by_id = INVITES.c.invite_id == invite.invite_id
            await connection.execute(update(INVITES).where(by_id).values(uses=used.uses))
            if attempt_hash:
                counted = {"key": attempt_hash, "until_ms": now_ms + ATTEMPT_MS}
                await insert_once(connection, SPENT, counted)
            return used

    async def revoke(self, slug: GroupSlug, branch: str) -> int:
        """See `server.group_ports.Invites.revoke`."""
        return await self._set(slug, branch, INVITES.c.is_revoked.is_(False), is_revoked=True)

    async def pause(self, slug: GroupSlug, branch: str, *, on: bool) -> int:
        """See `server.group_ports.Invites.pause`."""
        return await self._set(slug, branch, INVITES.c.is_paused.is_(not on), is_paused=on)

    async def of_group(self, slug: GroupSlug) -> tuple[StoredInvite, ...]:
        """See `server.group_ports.Invites.of_group`."""
        async with self._database.transaction() as connection:
            return await invites_of(connection, slug)

    async def _set(self, slug: GroupSlug, branch: str, still: ColumnElement[bool], **values: bool) -> int:
        change = update(INVITES).where(INVITES.c.group_slug == slug, _within(branch), still).values(**values)
        async with self._database.transaction() as connection:
            changed = (await connection.execute(change)).rowcount
            if changed:
                await note_change(connection, ChangeKind.INVITES)
            return changed


async def invites_of(connection: AsyncConnection, slug: GroupSlug) -> tuple[StoredInvite, ...]:
    """Return a group's invites, oldest first."""
    query = (
        select(INVITES).where(INVITES.c.group_slug == slug).order_by(INVITES.c.made_ms, INVITES.c.invite_id)
    )
    return tuple(_invite(StoredInvite(*row)) for row in await connection.execute(query))


async def drop_old_invites(connection: AsyncConnection, now_ms: int) -> None:
    """Forget invites that expired `INVITE_KEPT_DAYS` ago."""
    old = INVITES.c.until_ms < now_ms - INVITE_KEPT_DAYS * _DAY_MS
    await connection.execute(delete(INVITES).where(old))


async def _was_counted(connection: AsyncConnection, attempt_hash: bytes) -> bool:
    return (
        await connection.execute(select(SPENT.c.key).where(SPENT.c.key == attempt_hash))
    ).first() is not None


async def _is_usable(connection: AsyncConnection, child: StoredInvite, branch: str) -> bool:
    """Whether the parent may still let people in; locked, so that nobody revokes it meanwhile."""
    query = select(INVITES).where(
        INVITES.c.invite_id == child.parent_id,
        INVITES.c.group_slug == child.group_slug,
        INVITES.c.branch == branch,
        INVITES.c.until_ms > child.made_ms,
        INVITES.c.is_revoked.is_(False),
        INVITES.c.is_paused.is_(False),
    )
    return (await connection.execute(query.with_for_update())).first() is not None


def _within(branch: str) -> ColumnElement[bool]:
    """The invite itself and all that came of it. Not LIKE, to which SQLite's capitals are small letters."""
    start = f"{branch}/"
    return or_(INVITES.c.branch == branch, func.substr(INVITES.c.branch, 1, len(start)) == start)


def _invite(invite: StoredInvite) -> StoredInvite:
    return invite._replace(role=known(Role, invite.role))
