"""What hosts do about who serves the group."""

from server.account_ports import ENROLMENT_HOURS
from server.accounts.group_messages import (
    ChangeHost,
    GroupRefusal,
    HostInvited,
    InviteHost,
    MoveHost,
    RemoveHost,
    RosterLine,
)
from server.accounts.group_rights import (
    DeclinedError,
    Own,
    check_act_on,
    gives,
    may_act_on,
    may_change,
    other_leads,
)
from server.accounts.group_texts import read_alias
from server.accounts.opaque import ACCOUNT_ID_CHARS, draw_secret, draw_text, hash_secret
from server.group_ports import GROUP_ROSTER_MAX, RosterEntry, SeriesKind
from server.store.sql_store import SqlStore

RosterAsk = ChangeHost | MoveHost | RemoveHost

_HOUR_MS = 3_600_000


class GroupRoster:
    """Changes a roster. It is held for the length of the request, so that what is decided still holds."""

    def __init__(self, store: SqlStore) -> None:
        """Keep it here."""
        self._store = store

    async def invite(self, own: Own, asked: InviteHost) -> HostInvited:
        """Make an account that serves the group, and the secret of its link.

        Raises:
            DeclinedError: it cannot be done.
        """
        if len(own.roster) >= GROUP_ROSTER_MAX:
            raise DeclinedError(GroupRefusal.FULL)
        _check_gives(own, asked)
        account_id, secret = draw_text(ACCOUNT_ID_CHARS), draw_secret()
        alias = _alias(own, asked.alias, account_id)
        if not await self._store.accounts.add(account_id, hash_secret(secret), own.now_ms):
            raise DeclinedError(GroupRefusal.FULL)  # one in 2^40; asking again draws another
        place = 1 + max((one.place for one in own.roster), default=0) if asked.in_succession else 0
        await self._store.rosters.put(
            RosterEntry(own.group, account_id, asked.role, alias, place, own.now_ms)
        )
        return HostInvited(
            account_id=account_id, secret=secret, until_ms=own.now_ms + ENROLMENT_HOURS * _HOUR_MS
        )

    async def change(self, own: Own, asked: RosterAsk) -> str:
        """Do what is asked; returns whom it is about.

        Raises:
            DeclinedError: it cannot be done.
        """
        entry = own.somebody(asked.account_id)
        match asked:
            case ChangeHost():
                check_act_on(own.entry, entry)
                _check_gives(own, asked)
                alias = _alias(own, asked.alias, entry.account_id)
                if not may_change(asked.role):
                    await self._check_lead_stays(own, entry)
                await self._store.rosters.put(entry._replace(role=asked.role, alias=alias))
            case MoveHost(place=place):
                succession = [one.account_id for one in own.roster if one.place]
                succession = [one for one in succession if one != entry.account_id]
                if place:
                    succession.insert(place - 1, entry.account_id)
                await self._store.rosters.set_succession(own.group, succession)
            case RemoveHost():
                check_act_on(own.entry, entry)
                await self._check_lead_stays(own, entry)
                await self._remove(own, entry)
        return entry.account_id

    async def lines(self, own: Own) -> tuple[RosterLine, ...]:
        """Return the roster as its page shows it."""
        return tuple(
            [
                RosterLine(
                    account_id=one.account_id,
                    role=one.role,
                    alias=one.alias,
                    place=one.place,
                    has_keys=await self._has_keys(one.account_id),
                    may_change=may_act_on(own.entry, one),
                )
                for one in own.roster
            ]
        )

    async def _remove(self, own: Own, entry: RosterEntry) -> None:
        """Take somebody off: their shifts are nobody's, a link that was not used dies with its account."""
        await self._store.rosters.remove(own.group, entry.account_id)
        rooms = {room.slug for room in own.rooms}
        for series in await self._store.series.all():
            is_theirs = series.kind is SeriesKind.SHIFT and series.account_id == entry.account_id
            if is_theirs and series.room_slug in rooms:
                await self._store.series.give(series.series_id, "")
        is_unused = not await self._has_keys(entry.account_id)
        if is_unused and not await self._store.rosters.of_account(entry.account_id):
            await self._store.accounts.remove(entry.account_id)

    async def _check_lead_stays(self, own: Own, entry: RosterEntry) -> None:
        """Refuse where nobody else could change the group: whoever has not used the link yet is nobody."""
        if not may_change(entry.role):
            return
        for other in other_leads(own.roster, entry.account_id):
            if await self._has_keys(other.account_id):
                return
        raise DeclinedError(GroupRefusal.LAST_LEAD)

    async def _has_keys(self, account_id: str) -> bool:
        return bool(
            await self._store.accounts.passkeys(account_id) or await self._store.accounts.codes(account_id)
        )


def _check_gives(own: Own, asked: InviteHost | ChangeHost) -> None:
    if asked.role not in gives(own.entry.role):
        raise DeclinedError(GroupRefusal.HIGHER_RANK)


def _alias(own: Own, text: str, account_id: str) -> str:
    """Return the alias, which nobody else of the group has."""
    alias = read_alias(text)
    others = {one.alias.casefold() for one in own.roster if one.account_id != account_id}
    if alias and alias.casefold() in others:
        raise DeclinedError(GroupRefusal.ALIAS_TAKEN)
    return alias
