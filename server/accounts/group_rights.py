"""Who on a group's roster may do what from the page. Pure: the roster of the moment goes in.

Whoever may give roles in a room may change the group; whoever keeps order there may look at bans, invites
and audit. A secretary stands above a host here, though not within a meeting: a group needs somebody who can
take a host off its roster, and two who can do it to each other would each be at the other's mercy.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rooms.roles import RANK, Ability, Role, may
from server.accounts.group_messages import GroupRefusal
from server.group_ports import ROSTER_ROLES, GroupSlug, RosterEntry
from server.ports import StoredRoom


class DeclinedError(Exception):
    """What was asked is not done, and nothing else of the same request either."""

    def __init__(self, code: GroupRefusal) -> None:
        """Say why not."""
        super().__init__(code.value)
        self.code = code


class Own(NamedTuple):
    """Who asks, and of what group, as the store has it while the request is answered.

    Attributes:
        entry: of whoever asks.
        roster: of the group, the succession first.
        rooms: the group's.
        configured: slugs of those that are part of the operator's configuration.
        now_ms: wall-clock time.
    """

    entry: RosterEntry
    roster: tuple[RosterEntry, ...]
    rooms: tuple[StoredRoom, ...]
    configured: frozenset[str]
    now_ms: int

    @property
    def group(self) -> GroupSlug:
        """The group's slug."""
        return self.entry.group_slug

    @property
    def invited_roles(self) -> tuple[Role, ...]:
        """The roles for one evening that an invite may bring: those below the own one, as in a room."""
        return tuple(one for one in Role if RANK[one] < RANK[self.entry.role])

    def room(self, slug: str) -> StoredRoom:
        """Return a room of the group.

        Raises:
            DeclinedError: it has none of that slug.
        """
        for room in self.rooms:
            if room.slug == slug:
                return room
        raise DeclinedError(GroupRefusal.GONE)

    def somebody(self, account_id: str) -> RosterEntry:
        """Return somebody on the roster.

        Raises:
            DeclinedError: nobody of that account is.
        """
        for entry in self.roster:
            if entry.account_id == account_id:
                return entry
        raise DeclinedError(GroupRefusal.GONE)


def may_look(role: Role) -> bool:
    """Whether the role sees bans, invites and audit of the group."""
    return may(role, Ability.SEE_MODERATION)


def may_change(role: Role) -> bool:
    """Whether the role changes the group."""
    return may(role, Ability.GIVE_ROLES)


def gives(role: Role) -> tuple[Role, ...]:
    """Return the roles that this one may give on the roster: none above itself."""
    if not may_change(role):
        return ()
    return tuple(one for one in ROSTER_ROLES if _standing(one) <= _standing(role))


def may_act_on(own: RosterEntry, other: RosterEntry) -> bool:
    """Whether the entry of `other` may be changed: one's own, and of those who stand below."""
    if not may_change(own.role):
        return False
    return own.account_id == other.account_id or _standing(other.role) < _standing(own.role)


def check_act_on(own: RosterEntry, other: RosterEntry) -> None:
    """See `may_act_on`.

    Raises:
        DeclinedError: it may not.
    """
    if not may_act_on(own, other):
        raise DeclinedError(GroupRefusal.HIGHER_RANK)


def other_leads(roster: Iterable[RosterEntry], account_id: str) -> tuple[RosterEntry, ...]:
    """Return those besides this account who may change the group."""
    return tuple(one for one in roster if may_change(one.role) and one.account_id != account_id)


def _standing(role: Role) -> tuple[int, bool]:
    return RANK[role], role is Role.SECRETARY
