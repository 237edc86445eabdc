"""Answers hosts about their own group. The one place where it is decided whether they may ask.

Each request is one transaction: the roster is read, and for a change held, then what is asked is done, and
what was done is written down; or nothing of it.
"""

from typing import Final

from rooms.pace import Pace
from server.accounts.group_holding import GroupHolding, Held
from server.accounts.group_messages import (
    GROUP_ASKS,
    LOOKS,
    AddRoom,
    AddSeries,
    AskActs,
    AskAudit,
    AskBans,
    AskInvites,
    AskRoomSettings,
    ChangeGroup,
    ChangeHost,
    ChangeRoom,
    CloseGroupRoom,
    Declined,
    EndSeries,
    GiveShift,
    GroupRefusal,
    GroupShown,
    InviteHost,
    KeepSheet,
    LiftBan,
    MakeInvite,
    MoveHost,
    OfGroup,
    RemoveHost,
    RevokeInvite,
    SetRoom,
    SkipDate,
)
from server.accounts.group_order import GroupOrder
from server.accounts.group_rights import DeclinedError, Own, gives, may_change, may_look
from server.accounts.group_roster import GroupRoster
from server.accounts.group_series import GroupSeries
from server.accounts.group_sheets import GroupSheets
from server.accounts.group_words import GroupWords, room_lines
from server.accounts.host_desk import Visit
from server.accounts.messages import Answer, Done, HostRefusal, Refused
from server.accounts.passkeys import rp_id_of
from server.accounts.throttle import Throttle
from server.config import Config
from server.group_ports import GroupSlug
from server.ports import Clock
from server.store.audit_chain import GroupAct
from server.store.sql_store import SqlStore
from server.wanted_rooms import group_of, wanted_rooms

# Of one account: a page that is opened asks a handful of times, a busy evening of planning once a second.
_PACE: Final = Pace(burst=60, per_s=1.0)
_MINUTE_MS: Final = 60_000
_ACTIONS: Final = {
    kind: path.removeprefix("group/").replace("/", "_")
    for path, kind in GROUP_ASKS.items()
    if kind not in LOOKS
}


class _NotServingError(Exception):
    """Whoever asks is not on the roster, or there is no such group: both are answered alike."""


class GroupDesk:
    """One for each node."""

    def __init__(self, config: Config, store: SqlStore, clock: Clock, held: Held) -> None:
        """Take the parts; `config` says which rooms are the operator's alone, `held` are the node's."""
        self._config = config
        self._store = store
        self._clock = clock
        self._asks = Throttle(_PACE)
        self._words = GroupWords(store)
        self._roster = GroupRoster(store)
        self._series = GroupSeries(store, {room.slug: room.planned() for room in config.rooms})
        self._order = GroupOrder(store)
        self._sheets = GroupSheets(store)
        self._holding = GroupHolding(store, held)

    async def answer(self, visit: Visit, account_id: str, asked: OfGroup) -> Answer:
        """Return the answer to whoever is signed in as `account_id`.

        Raises:
            StoreError: the store does not answer; nothing was done.
        """
        if wait_ms := self._asks.take(account_id.encode(), self._clock.mono_ms()):
            return Refused(code=HostRefusal.TOO_FAST, retry_ms=wait_ms)
        if isinstance(asked, InviteHost) and rp_id_of(visit.origin) is None:
            return Refused(code=HostRefusal.NO_PASSKEYS_HERE)  # the link would lead where none can be made
        try:
            answer = await self._together(account_id, asked)
        except DeclinedError as error:
            return Declined(code=error.code)
        except _NotServingError:
            return Refused(code=HostRefusal.NOT_SERVING)
        if isinstance(asked, SetRoom) and not await self._holding.take_up(asked):
            return Refused(code=HostRefusal.STORE_AWAY)
        return answer

    async def _together(self, account_id: str, asked: OfGroup) -> Answer:
        """Do what is asked and write it down, or nothing of it."""
        async with self._store.together():
            own = await self._own(account_id, asked)
            if isinstance(asked, LOOKS):
                return await self._look(own, asked)
            answer, target = await self._change(own, asked)
            await self._store.acts.add(
                GroupAct(own.group, own.now_ms // _MINUTE_MS, _ACTIONS[type(asked)], account_id, target)
            )
            return answer

    async def _own(self, account_id: str, asked: OfGroup) -> Own:
        """Return whoever asks, if the roster of now lets them ask this.

        Raises:
            DeclinedError: their role is not for that.
            _NotServingError: they do not serve such a group.
        """
        slug, is_look = GroupSlug(asked.group), isinstance(asked, LOOKS)
        rosters = self._store.rosters
        roster = await rosters.of_group(slug) if is_look else await rosters.hold(slug)
        entry = next((one for one in roster if one.account_id == account_id), None)
        rooms = tuple(
            room for room in await wanted_rooms(self._config, self._store) if group_of(room) == slug
        )
        if entry is None or not (rooms or await self._store.groups.open_group(slug)):
            raise _NotServingError
        if not (may_look(entry.role) if is_look else may_change(entry.role)):
            raise DeclinedError(GroupRefusal.NOT_ALLOWED)
        return Own(
            entry=entry,
            roster=roster,
            rooms=rooms,
            configured=frozenset(room.slug for room in self._config.rooms),
            now_ms=self._clock.wall_ms(),
        )

    async def _look(self, own: Own, asked: OfGroup) -> Answer:
        match asked:
            case AskBans():
                return await self._order.bans(own)
            case AskInvites():
                return await self._order.invites(own)
            case AskAudit(room=room):
                return await self._order.audit(own, room)
            case AskActs():
                return await self._order.acts(own)
            case AskRoomSettings(room=room):
                return await self._holding.shown(own, room)
            case _:
                return await self._group(own)

    async def _change(self, own: Own, asked: OfGroup) -> tuple[Answer, str]:
        """Do what is asked; returns the answer, and to what it was done."""
        match asked:
            case InviteHost():
                invited = await self._roster.invite(own, asked)
                return invited, invited.account_id
            case MakeInvite():
                made = await self._order.make(own, asked)
                return made, made.invite_id
            case ChangeGroup() | AddRoom() | ChangeRoom() | CloseGroupRoom():
                target = await self._words.change(own, asked)
            case ChangeHost() | MoveHost() | RemoveHost():
                target = await self._roster.change(own, asked)
            case AddSeries() | SkipDate() | EndSeries() | GiveShift():
                target = await self._series.change(own, asked)
            case SetRoom() | KeepSheet():
                target = await self._keep(own, asked)
            case LiftBan() | RevokeInvite():
                target = await self._order.end(own, asked)
            case _:
                raise TypeError(f"nothing is known about {type(asked).__name__}")
        return Done(), target

    async def _keep(self, own: Own, asked: SetRoom | KeepSheet) -> str:
        if isinstance(asked, SetRoom):
            return await self._holding.keep(own, asked)
        return await self._sheets.keep(own, asked)

    async def _group(self, own: Own) -> GroupShown:
        group = await self._words.shown(own)
        leads = may_change(own.entry.role)
        reports = await self._store.reports.of_group(own.group)
        return GroupShown(
            group=own.group,
            title=group.title,
            about=group.about,
            appeal=group.appeal,
            role=own.entry.role,
            may_change=leads,
            gives=gives(own.entry.role),
            rooms=room_lines(own),
            roster=await self._roster.lines(own) if leads else (),
            series=await self._series.lines(own) if leads else (),
            sheets=await self._sheets.lines(own) if leads else (),
            reports_open=sum(one.closed_ms is None for one in reports),
        )
