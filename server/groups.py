"""The groups as a running node knows them: whose rooms, who may not come, who was invited by whom.

What the store has is read at the start and when it changes; what happens in a room counts at once, and is
written by `server.ban_keeper`.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from rooms.ids import RoomSlug
from rooms.model import Ban, BanReason
from rooms.roles import Role
from server.group_ports import Groups, GroupSlug, Invites, Sheets, Spent, StoredBan, StoredInvite, StoredSheet
from server.ports import Clock, StoreError

INVITE_SECRET_BYTES: Final = 16
INVITE_ID_BYTES: Final = 9
_HOUR_MS: Final = 3_600_000


class GroupStore(Protocol):
    """What this file needs of the store."""

    @property
    def groups(self) -> Groups:
        """The groups themselves."""
        ...

    @property
    def invites(self) -> Invites:
        """Who let whom in."""
        ...

    @property
    def spent(self) -> Spent:
        """What was used up."""
        ...

    @property
    def sheets(self) -> Sheets:
        """Run-sheets."""
        ...


class Made(NamedTuple):
    """An invite, and the secret that only its maker is shown."""

    invite: StoredInvite
    secret: str


class GroupBook:
    """One for each node. Before `read` every room is a group by itself, with nothing in it."""

    def __init__(self, clock: Clock) -> None:
        """Start empty."""
        self._clock = clock
        self._store: GroupStore | None = None
        self._group_of: dict[RoomSlug, GroupSlug] = {}
        self._bans: dict[GroupSlug, dict[str, Ban]] = {}
        self._appeals: dict[GroupSlug, str] = {}

    async def read(self, store: GroupStore, rooms: Mapping[RoomSlug, GroupSlug]) -> None:
        """Take the rooms with their groups, and what the store has of those.

        Raises:
            StoreError: the store does not answer; everything is as it was.
        """
        bans: dict[GroupSlug, dict[str, Ban]] = {}
        appeals: dict[GroupSlug, str] = {}
        for group in {self.group_of(slug) for slug in self._group_of} | set(rooms.values()):
            whole = await store.groups.whole(group, self._clock.wall_ms())
            bans[group] = {ban.ban_id: _ban(ban) for ban in whole.bans}
            appeals[group] = whole.group.appeal if whole.group else ""
        self._store, self._appeals, self._bans = store, appeals, bans
        self._group_of.update(rooms)

    def group_of(self, room: RoomSlug) -> GroupSlug:
        """Return the group that a room belongs to: itself, where nobody said otherwise."""
        return self._group_of.get(room, GroupSlug(room))

    def rooms_of(self, group: GroupSlug) -> tuple[RoomSlug, ...]:
        """Return the rooms of a group."""
        return tuple(room for room, owner in self._group_of.items() if owner == group)

    def appeal_of(self, room: RoomSlug) -> str:
        """Return what somebody may do who was banned; empty where the group says nothing."""
        return self._appeals.get(self.group_of(room), "")

    # --- bans ---------------------------------------------------------------------------------

    def bans_of(self, room: RoomSlug) -> tuple[Ban, ...]:
        """Return the bans that hold in a room now."""
        now_ms = self._clock.wall_ms()
        bans = self._bans.get(self.group_of(room), {})
        return tuple(ban for ban in bans.values() if ban.until_ms > now_ms)

    def note_ban(self, group: GroupSlug, ban: Ban) -> bool:
        """Take note of a ban. Returns False where it was known."""
        known = self._bans.setdefault(group, {})
        is_new = ban.ban_id not in known
        known[ban.ban_id] = ban
        return is_new

    def forget_ban(self, group: GroupSlug, ban_id: str) -> bool:
        """Forget a ban that was lifted. Returns False where none was known."""
        return self._bans.get(group, {}).pop(ban_id, None) is not None

    # --- invites ------------------------------------------------------------------------------

    async def use_invite(self, secret: str, attempt: str = "") -> StoredInvite | None:
        """Count one use of an invite; None where it is of no use. One attempt counts once, on all nodes.

        Raises:
            StoreError: the store does not answer.
        """
        if self._store is None:
            return None
        attempt_hash = hash_of(f"{secret} {attempt}") if attempt else b""
        return await self._store.invites.use_invite(hash_of(secret), self._clock.wall_ms(), attempt_hash)

    async def spend(self, nonce: str, until_ms: int) -> bool:
        """Use up what may be used once; False where it was, on any node.

        Raises:
            StoreError: the store does not answer; it may be used up or not.
        """
        if self._store is None:
            raise StoreError("there is no store")
        return await self._store.spent.spend(hash_of(nonce), until_ms)

    async def give_back(self, nonce: str) -> None:
        """Let it be used after all.

        Raises:
            StoreError: the store does not answer.
        """
        if self._store is not None:
            await self._store.spent.give_back(hash_of(nonce))

    async def make_invite(
        self, room: RoomSlug, parent: str, role: Role, uses: int, hours: int
    ) -> Made | None:
        """Make an invite that grows from the branch of its maker; None where that has ended.

        Raises:
            StoreError: the store does not answer.
        """
        if self._store is None:
            raise StoreError("there is no store")
        made = draw_invite(self.group_of(room), role, uses, hours, self._clock.wall_ms(), parent)
        return made if await self._store.invites.add(made.invite) else None

    async def invites_of(self, room: RoomSlug) -> tuple[StoredInvite, ...]:
        """Return the invites of the room's group, newest first.

        Raises:
            StoreError: the store does not answer.
        """
        if self._store is None:
            return ()
        return tuple(reversed(await self._store.invites.of_group(self.group_of(room))))

    async def revoke_invite(self, room: RoomSlug, invite_id: str) -> int:
        """End an invite and all that grew from it. Returns how many ended.

        Raises:
            StoreError: the store does not answer.
        """
        for invite in await self.invites_of(room):
            if invite.invite_id == invite_id and self._store is not None:
                return await self._store.invites.revoke(invite.group_slug, invite.branch)
        return 0

    # --- run-sheets ---------------------------------------------------------------------------

    async def sheets_of(self, room: RoomSlug) -> tuple[StoredSheet, ...]:
        """Return the run-sheets of the room's group, by title.

        Raises:
            StoreError: the store does not answer.
        """
        return await self._kept_sheets().of_group(self.group_of(room))

    async def keep_sheet(self, room: RoomSlug, sheet_id: str, title: str, cues: str) -> None:
        """Keep a run-sheet, in place of the one with its id; `cues` is JSON.

        Raises:
            StoreError: the store does not answer, or another group has this id.
        """
        now_ms = self._clock.wall_ms()
        await self._kept_sheets().put(StoredSheet(sheet_id, self.group_of(room), title, cues, now_ms))

    async def remove_sheet(self, room: RoomSlug, sheet_id: str) -> bool:
        """Forget a run-sheet. Returns False where the group has none of that id.

        Raises:
            StoreError: the store does not answer.
        """
        return await self._kept_sheets().remove(self.group_of(room), sheet_id)

    def _kept_sheets(self) -> Sheets:
        if self._store is None:
            raise StoreError("there is no store")
        return self._store.sheets


def draw_invite(group: GroupSlug, role: Role, uses: int, hours: int, now_ms: int, parent: str = "") -> Made:
    """Return a new invite that grows from the branch `parent`; empty: from nobody's."""
    invite_id, secret = secrets.token_urlsafe(INVITE_ID_BYTES), secrets.token_urlsafe(INVITE_SECRET_BYTES)
    invite = StoredInvite(
        invite_id=invite_id,
        group_slug=group,
        parent_id=parent.rpartition("/")[2],
        branch=f"{parent}/{invite_id}" if parent else invite_id,
        secret_hash=hash_of(secret),
        role=role,
        uses_max=uses,
        uses=0,
        until_ms=now_ms + hours * _HOUR_MS,
        made_ms=now_ms,
    )
    return Made(invite, secret)


def hash_of(secret: str) -> bytes:
    """Return what is kept of an invite's secret: 128 bits of chance need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def rooms_with_groups(pairs: Iterable[tuple[RoomSlug, str]]) -> dict[RoomSlug, GroupSlug]:
    """Return each room's group; a room without one is a group by itself."""
    return {room: GroupSlug(group or room) for room, group in pairs}


def _ban(stored: StoredBan) -> Ban:
    known = {reason.value for reason in BanReason}
    return Ban(
        ban_id=stored.ban_id,
        reason=BanReason(stored.reason) if stored.reason in known else BanReason.OTHER,
        placed_ms=stored.placed_ms,
        until_ms=stored.until_ms,
        device=stored.device,
        branch=stored.branch,
    )
