"""What hosts see and do about bans, invites, the audit, and their own acts."""

from typing import Final

from server.accounts.group_messages import (
    ActLine,
    ActsShown,
    AuditLine,
    AuditShown,
    BanLine,
    BansShown,
    GroupRefusal,
    InviteLine,
    InviteMade,
    InvitesShown,
    LiftBan,
    MakeInvite,
    RevokeInvite,
)
from server.accounts.group_rights import DeclinedError, Own
from server.group_ports import GROUP_INVITES_MAX, StoredInvite
from server.groups import draw_invite
from server.store.audit_chain import first_broken
from server.store.sql_store import SqlStore

ROWS_SHOWN: Final = 200


class GroupOrder:
    """Reads what was done in a group, and ends what can be ended."""

    def __init__(self, store: SqlStore) -> None:
        """Read and write here."""
        self._store = store

    async def bans(self, own: Own) -> BansShown:
        """Return the bans that hold now, newest first."""
        bans = await self._store.bans.in_force(own.group, own.now_ms)
        return BansShown(
            bans=tuple(
                BanLine(
                    ban_id=ban.ban_id,
                    reason=ban.reason,
                    by_device=bool(ban.device),
                    placed_ms=ban.placed_ms,
                    until_ms=ban.until_ms,
                )
                for ban in reversed(bans)
            )
        )

    async def end(self, own: Own, asked: LiftBan | RevokeInvite) -> str:
        """End a ban, or an invite with all that grew from it; returns its id.

        Raises:
            DeclinedError: the group has none of that id, or the ban is over.
        """
        if isinstance(asked, LiftBan):
            await self._lift(own, asked)
            return asked.ban_id
        await self._revoke(own, asked)
        return asked.invite_id

    async def _lift(self, own: Own, asked: LiftBan) -> None:
        known = {ban.ban_id for ban in await self._store.bans.in_force(own.group, own.now_ms)}
        if asked.ban_id not in known or not await self._store.bans.lift(asked.ban_id, own.now_ms):
            raise DeclinedError(GroupRefusal.GONE)

    async def invites(self, own: Own) -> InvitesShown:
        """Return the invites of the group, newest first."""
        found = await self._store.invites.of_group(own.group)
        return InvitesShown(invites=tuple(map(_invite_line, reversed(found))))

    async def make(self, own: Own, asked: MakeInvite) -> InviteMade:
        """Make an invite that grows from nobody's: whoever leads the group answers for it.

        Raises:
            DeclinedError: the role is too high, or there are too many.
        """
        if asked.role not in own.invited_roles:
            raise DeclinedError(GroupRefusal.HIGHER_RANK)
        if len(await self._store.invites.of_group(own.group)) >= GROUP_INVITES_MAX:
            raise DeclinedError(GroupRefusal.FULL)
        made = draw_invite(own.group, asked.role, asked.uses, asked.hours, own.now_ms)
        await self._store.invites.add(made.invite)
        return InviteMade(invite_id=made.invite.invite_id, secret=made.secret, until_ms=made.invite.until_ms)

    async def _revoke(self, own: Own, asked: RevokeInvite) -> None:
        for invite in await self._store.invites.of_group(own.group):
            if invite.invite_id == asked.invite_id:
                await self._store.invites.revoke(own.group, invite.branch)
                return
        raise DeclinedError(GroupRefusal.GONE)

    async def audit(self, own: Own, slug: str) -> AuditShown:
        """Return what was done in a room to keep order, and whether the record of it is whole.

        Raises:
            DeclinedError: the group has no such room.
        """
        chain, rows = await self._store.audit(own.room(slug).slug)
        return AuditShown(
            rows=tuple(
                AuditLine(
                    number=row.number,
                    at_min=row.entry.at_min,
                    action=row.entry.action,
                    actor=row.entry.actor,
                    target=row.entry.target,
                )
                for row in reversed(rows[-ROWS_SHOWN:])
            ),
            count=len(rows),
            broken=first_broken(chain, rows) or 0,
        )

    async def acts(self, own: Own) -> ActsShown:
        """Return what hosts have changed from the page, and whether the record of it is whole."""
        chain, rows = await self._store.acts.of_group(own.group)
        return ActsShown(
            rows=tuple(
                ActLine(
                    number=row.number,
                    at_min=row.entry.at_min,
                    action=row.entry.action,
                    account_id=row.entry.account_id,
                    target=row.entry.target,
                )
                for row in reversed(rows[-ROWS_SHOWN:])
            ),
            count=len(rows),
            broken=first_broken(chain, rows) or 0,
        )


def _invite_line(invite: StoredInvite) -> InviteLine:
    return InviteLine(
        invite_id=invite.invite_id,
        parent_id=invite.parent_id,
        role=invite.role,
        uses=invite.uses,
        uses_max=invite.uses_max,
        until_ms=invite.until_ms,
        is_revoked=invite.is_revoked,
        is_paused=invite.is_paused,
    )
