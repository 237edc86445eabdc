"""What a group has that lasts, and what the server asks of the store about it.

A group owns rooms. A room without one is a group by itself: its group has the slug of the room, and no row of
its own until somebody names it. Times are wall-clock milliseconds since 1970. Every method may raise
`server.ports.StoreError`; whatever writes is done, or was not begun, when it does.

What the server loads replaces what it knew: a ban that is still to be written must be laid on top.
"""

from enum import StrEnum
from typing import Final, NamedTuple, NewType, Protocol

from rooms.ids import RoomSlug
from rooms.limits import BAN_HOURS_MAX
from rooms.roles import Role

GroupSlug = NewType("GroupSlug", str)
"""A group's lasting name; that of a room where the room is a group by itself."""

APPEAL_MAX_CHARS: Final = 280
REASON_MAX_CHARS: Final = 280
ALIAS_MAX_CHARS: Final = 40
BAN_MAX_DAYS: Final = BAN_HOURS_MAX // 24
BAN_KEPT_DAYS: Final = 7  # after it has ended, so that a mistake can still be looked at
INVITE_KEPT_DAYS: Final = 7  # after it has expired: whom it let in may still be asked about
REPORT_KEPT_DAYS: Final = 30  # after it was closed
ATTEMPT_MS: Final = 60 * 60_000  # to find a name that is free, also after the connection was lost
ACT_KEPT_DAYS: Final = 30  # as the audit of a room

# What a group may have, so that one that is badly led does not fill the place for the others.
GROUP_ROOMS_MAX: Final = 20
GROUP_ROSTER_MAX: Final = 50
GROUP_SERIES_MAX: Final = 100  # three shifts a day with a host for each day of the week, and meetings
GROUP_INVITES_MAX: Final = 500  # that were not forgotten yet

ROSTER_ROLES: Final = tuple(role for role in Role if role not in (Role.MEMBER, Role.SPEAKER))
"""Roles that last; an invited speaker is one for an evening."""


class ChangeKind(StrEnum):
    """What a command, or another node, may have changed."""

    GROUPS = "groups"
    ROOMS = "rooms"
    ROSTER = "roster"
    BANS = "bans"
    INVITES = "invites"
    SERIES = "series"
    SETTINGS = "settings"  # of a room, from outside of it


class SeriesKind(StrEnum):
    """What comes again."""

    MEETING = "meeting"
    SHIFT = "shift"


class StoredGroup(NamedTuple):
    """A group. `appeal` says what somebody may do who was banned: an address, a page; may be empty."""

    slug: GroupSlug
    title: str
    about: str
    appeal: str


class RosterEntry(NamedTuple):
    """Somebody who serves a group. `place` counts from 1 in the succession of hosts; 0: not in it."""

    group_slug: GroupSlug
    account_id: str
    role: Role
    alias: str
    place: int
    added_ms: int


class StoredBan(NamedTuple):
    """Who may not come, by `device` or by `branch` of invites; the other of the two is empty."""

    ban_id: str
    group_slug: GroupSlug
    device: str
    branch: str
    reason: str
    placed_ms: int
    until_ms: int
    lifted_ms: int | None = None


class StoredInvite(NamedTuple):
    """An invite.

    Attributes:
        invite_id: its name in `branch`, without a slash.
        group_slug: the group that it lets into.
        parent_id: the invite of whoever made it; empty at the root.
        branch: the ids from the root to this one, joined by slashes.
        secret_hash: 32 bytes; the secret itself is in the link only.
        role: what it makes of whoever comes by it.
        uses_max: how many may come by it, at least 1.
        uses: how many have.
        until_ms: when it expires.
        made_ms: when it was made.
        is_revoked: ended before its time, never to be used again.
        is_paused: cannot be used at present.
    """

    invite_id: str
    group_slug: GroupSlug
    parent_id: str
    branch: str
    secret_hash: bytes
    role: Role
    uses_max: int
    uses: int
    until_ms: int
    made_ms: int
    is_revoked: bool = False
    is_paused: bool = False


class StoredSeries(NamedTuple):
    """A meeting or a shift that comes again: one VEVENT (RFC 5545 section 3.6.1) as text, with its TZID.

    `doors_ms` before the start and `fellowship_ms` after the end the room is open as well. `account_id` has
    the shift; empty for a meeting.
    """

    series_id: str
    room_slug: RoomSlug
    kind: SeriesKind
    ical: str
    doors_ms: int
    fellowship_ms: int
    account_id: str
    created_ms: int


class StoredReport(NamedTuple):
    """A report, sealed: nothing in `sealed` can be read without the group's key."""

    report_id: str
    group_slug: GroupSlug
    room_slug: RoomSlug
    at_min: int
    sealed: bytes
    closed_ms: int | None = None


class StoredSheet(NamedTuple):
    """A run-sheet. `cues` is JSON."""

    sheet_id: str
    group_slug: GroupSlug
    title: str
    cues: str
    changed_ms: int


class WholeGroup(NamedTuple):
    """Everything that a running server needs of one group, read in one transaction.

    `group` is None where nobody has named the group. Of the bans those that are in force.
    """

    group: StoredGroup | None
    roster: tuple[RosterEntry, ...]
    bans: tuple[StoredBan, ...]
    invites: tuple[StoredInvite, ...]
    sheets: tuple[StoredSheet, ...]


class Groups(Protocol):
    """The groups that somebody has named."""

    async def whole(self, slug: GroupSlug, now_ms: int) -> WholeGroup:
        """Return everything of a group; empty where there is nothing."""
        ...

    async def named(self) -> tuple[StoredGroup, ...]:
        """Return those that are not closed, oldest first."""
        ...


class Rosters(Protocol):
    """Who serves which group."""

    async def of_group(self, slug: GroupSlug) -> tuple[RosterEntry, ...]:
        """Return a group's roster: the succession in its order, then the others, oldest first."""
        ...

    async def of_account(self, account_id: str) -> tuple[RosterEntry, ...]:
        """Return where an account serves."""
        ...

    async def forget_account(self, account_id: str) -> None:
        """Take an account off every roster and every shift."""
        ...


class Bans(Protocol):
    """Who may not come."""

    async def add(self, ban: StoredBan) -> bool:
        """Place a ban. Returns False where it was placed before, also if it was lifted since.

        Raises:
            ValueError: it is of nobody, or longer than `BAN_MAX_DAYS`.
        """
        ...

    async def lift(self, ban_id: str, now_ms: int) -> bool:
        """End a ban early. Returns False where none is in force."""
        ...

    async def in_force(self, slug: GroupSlug, now_ms: int) -> tuple[StoredBan, ...]:
        """Return a group's bans that hold now, oldest first."""
        ...


class Invites(Protocol):
    """Who let whom in."""

    async def add(self, invite: StoredInvite) -> bool:
        """Keep an invite. Returns False where its parent is gone, revoked, paused or expired.

        Raises:
            ValueError: `branch` is not the parent's and then its own id.
        """
        ...

    async def use_invite(
        self, secret_hash: bytes, now_ms: int, attempt_hash: bytes = b""
    ) -> StoredInvite | None:
        """Count one use in a single step, and return the invite as it then is.

        Returns None, and counts nothing, where it is unknown, revoked, paused, expired or used up. With the
        hash of an attempt (32 bytes) it counts once for that, however often it is asked within
        `ATTEMPT_MS`.
        """
        ...

    async def revoke(self, slug: GroupSlug, branch: str) -> int:
        """End an invite and all that came of it, for good. Returns how many were not ended before."""
        ...

    async def pause(self, slug: GroupSlug, branch: str, *, on: bool) -> int:
        """Pause an invite and all that came of it, or let them be used again. Returns how many changed."""
        ...

    async def of_group(self, slug: GroupSlug) -> tuple[StoredInvite, ...]:
        """Return a group's invites, oldest first, those that ended lately as well."""
        ...


class Spent(Protocol):
    """What may be used once, by whichever node it comes in."""

    async def spend(self, key: bytes, until_ms: int) -> bool:
        """Use something up that ends by itself then. Returns False where it was used up before.

        Args:
            key: 32 bytes that stand for it and do not tell it.
            until_ms: afterwards it is forgotten that it was used.
        """
        ...

    async def give_back(self, key: bytes) -> None:
        """Let it be used after all."""
        ...


class AllSeries(Protocol):
    """What comes again."""

    async def all(self) -> tuple[StoredSeries, ...]:
        """Return every series, oldest first."""
        ...


class Reports(Protocol):
    """What was reported to those who serve a group."""

    async def add(self, report: StoredReport) -> None:
        """Keep a report, unless one of its id was kept before."""
        ...

    async def of_group(self, slug: GroupSlug) -> tuple[StoredReport, ...]:
        """Return a group's reports, oldest first, closed ones as well."""
        ...

    async def close(self, report_id: str, now_ms: int) -> bool:
        """Say that a report was dealt with. Returns False where none is open."""
        ...


class Sheets(Protocol):
    """Run-sheets."""

    async def put(self, sheet: StoredSheet) -> None:
        """Keep a sheet, in place of the one with its id."""
        ...

    async def remove(self, slug: GroupSlug, sheet_id: str) -> bool:
        """Forget a sheet. Returns False where the group has none of that id."""
        ...

    async def of_group(self, slug: GroupSlug) -> tuple[StoredSheet, ...]:
        """Return a group's sheets by title."""
        ...


class Changes(Protocol):
    """Numbers that grow with each change, so that whoever polls need not read everything."""

    async def numbers(self) -> dict[str, int]:
        """Return the number of each kind, by the values of `ChangeKind`."""
        ...


class GroupStore(Protocol):
    """What lasts of groups, by noun."""

    @property
    def groups(self) -> Groups:
        """The groups themselves."""
        ...

    @property
    def rosters(self) -> Rosters:
        """Who serves them."""
        ...

    @property
    def bans(self) -> Bans:
        """Who may not come."""
        ...

    @property
    def invites(self) -> Invites:
        """Who let whom in."""
        ...

    @property
    def series(self) -> AllSeries:
        """What comes again."""
        ...

    @property
    def reports(self) -> Reports:
        """What was reported."""
        ...

    @property
    def sheets(self) -> Sheets:
        """Run-sheets."""
        ...

    @property
    def changes(self) -> Changes:
        """What has changed."""
        ...
