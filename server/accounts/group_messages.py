"""What the page of a group asks and is answered, as JSON: for those on its roster, below /api/host/.

Texts may be longer here than a group may have: what is too long is answered in words, not as HTTP's error.
"""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from rooms.limits import (
    BANS_MAX,
    CUES_MAX,
    INVITE_USES_MAX,
    SHARE_LIMIT_MAX_MS,
    SLOW_MAX_MS,
    SLUG_MAX_CHARS,
)
from rooms.model import ChatMode, Cue, FloorMode, Rules
from rooms.roles import Role
from server.accounts.messages import Answer, Ask, Done, Refused
from server.group_ports import SeriesKind

_TEXT_MAX_CHARS: Final = 1_000
_ID_MAX_CHARS: Final = 64
INVITE_HOURS_MAX: Final = 30 * 24  # a group that wants to let people in for longer makes another

_Slug = Annotated[str, Meta(max_length=SLUG_MAX_CHARS)]
_Id = Annotated[str, Meta(min_length=1, max_length=_ID_MAX_CHARS)]
_AnyId = Annotated[str, Meta(max_length=_ID_MAX_CHARS)]
_Text = Annotated[str, Meta(max_length=_TEXT_MAX_CHARS)]
_Days = Annotated[tuple[Annotated[str, Meta(max_length=2)], ...], Meta(max_length=7)]
_Minutes = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
_Date = Annotated[str, Meta(max_length=10)]


class GroupRefusal(StrEnum):
    """Why not. Each has words on the page; what is called `bad_...` stands at its field there."""

    NOT_ALLOWED = "not_allowed"
    HIGHER_RANK = "higher_rank"
    LAST_LEAD = "last_lead"
    GONE = "gone"
    FULL = "full"
    CONFIGURED = "configured"
    SLUG_TAKEN = "slug_taken"
    BAD_SLUG = "bad_slug"
    BAD_TITLE = "bad_title"
    BAD_ABOUT = "bad_about"
    BAD_APPEAL = "bad_appeal"
    BAD_ALIAS = "bad_alias"
    ALIAS_TAKEN = "alias_taken"
    BAD_DAYS = "bad_days"
    BAD_TIME = "bad_time"
    BAD_MINUTES = "bad_minutes"
    BAD_ZONE = "bad_zone"
    BAD_DOORS = "bad_doors"
    BAD_FELLOWSHIP = "bad_fellowship"
    BAD_DATE = "bad_date"
    BAD_SHEET = "bad_sheet"
    SHARE_TOO_SHORT = "share_too_short"


class OfGroup(Ask, frozen=True, kw_only=True):
    """Asks something of one group."""

    group: _Slug


class AskGroup(OfGroup, frozen=True, kw_only=True):
    """Wants to see the group as the own role may."""


class ChangeGroup(OfGroup, frozen=True, kw_only=True):
    """Gives the group other words."""

    title: _Text
    about: _Text
    appeal: _Text


class AddRoom(OfGroup, frozen=True, kw_only=True):
    """Makes a room of the group, or opens one again that was the group's."""

    room: _Slug
    title: _Text
    about: _Text


class ChangeRoom(OfGroup, frozen=True, kw_only=True):
    """Gives a room other words; its address stays."""

    room: _Slug
    title: _Text
    about: _Text


class CloseGroupRoom(OfGroup, frozen=True, kw_only=True):
    """Closes a room once nobody is in it."""

    room: _Slug


class AskRoomSettings(OfGroup, frozen=True, kw_only=True):
    """Wants to see how meetings are held in a room."""

    room: _Slug


class SetRoom(OfGroup, frozen=True, kw_only=True):
    """Chooses how meetings are held in a room; what is left out stays. An open one changes at once."""

    room: _Slug
    floor: FloorMode | None = None
    limit_ms: Annotated[int, Meta(ge=0, le=SHARE_LIMIT_MAX_MS)] | None = None
    chat: ChatMode | None = None
    slow_ms: Annotated[int, Meta(ge=0, le=SLOW_MAX_MS)] | None = None
    rules: Rules | None = None


class KeepSheet(OfGroup, frozen=True, kw_only=True):
    """Keeps a run-sheet before any meeting, in place of the one with its id, which whoever makes it draws."""

    sheet_id: _Id
    title: _Text
    cues: Annotated[tuple[Cue, ...], Meta(max_length=CUES_MAX)]


class InviteHost(OfGroup, frozen=True, kw_only=True):
    """Makes an account that serves the group, and the link that gives it a passkey."""

    role: Role
    alias: _Text
    in_succession: bool = False


class ChangeHost(OfGroup, frozen=True, kw_only=True):
    """Gives somebody another role, or another name to serve under."""

    account_id: _Id
    role: Role
    alias: _Text


class MoveHost(OfGroup, frozen=True, kw_only=True):
    """Gives somebody a place in the succession, 1 first; 0 takes them out of it."""

    account_id: _Id
    place: Annotated[int, Meta(ge=0, le=1_000)]


class RemoveHost(OfGroup, frozen=True, kw_only=True):
    """Takes somebody off the roster."""

    account_id: _Id


class AddSeries(OfGroup, frozen=True, kw_only=True):
    """Plans a weekly meeting; with an `account_id` that one's weekly shift."""

    room: _Slug
    days: _Days
    at: Annotated[str, Meta(max_length=8)]
    minutes: _Minutes
    zone: Annotated[str, Meta(max_length=80)]
    doors: _Minutes = 0
    fellowship: _Minutes = 0
    account_id: _AnyId = ""


class SkipDate(OfGroup, frozen=True, kw_only=True):
    """Lets a series not be held on one date such as 2026-12-24, or be held then after all."""

    series_id: _Id
    date: _Date
    on: bool = True


class EndSeries(OfGroup, frozen=True, kw_only=True):
    """Lets a series be no more."""

    series_id: _Id


class GiveShift(OfGroup, frozen=True, kw_only=True):
    """Lets a shift be somebody else's, or nobody's."""

    series_id: _Id
    account_id: _AnyId


class AskBans(OfGroup, frozen=True, kw_only=True):
    """Wants to see who may not come: never who."""


class LiftBan(OfGroup, frozen=True, kw_only=True):
    """Ends a ban."""

    ban_id: _Id


class AskInvites(OfGroup, frozen=True, kw_only=True):
    """Wants to see the invites."""


class MakeInvite(OfGroup, frozen=True, kw_only=True):
    """Makes an invite that grows from nobody's."""

    role: Role
    uses: Annotated[int, Meta(ge=1, le=INVITE_USES_MAX)]
    hours: Annotated[int, Meta(ge=1, le=INVITE_HOURS_MAX)]


class RevokeInvite(OfGroup, frozen=True, kw_only=True):
    """Ends an invite and all that grew from it."""

    invite_id: _Id


class AskAudit(OfGroup, frozen=True, kw_only=True):
    """Wants to see who kept order in a room, in numbers."""

    room: _Slug


class AskActs(OfGroup, frozen=True, kw_only=True):
    """Wants to see what hosts have changed from this page."""


class Declined(Answer, frozen=True, kw_only=True, tag="declined"):
    """No, to something that was asked of a group."""

    code: GroupRefusal


class RoomLine(Struct, frozen=True, kw_only=True):
    """A room of the group. `may_change`: it is not part of the operator's configuration."""

    slug: str
    title: str
    about: str
    may_change: bool


class SettingsShown(Answer, frozen=True, kw_only=True, tag="settings_shown"):
    """How meetings are held in a room. `is_open`: one is open now, and a choice holds at once."""

    room: str
    is_open: bool
    floor: FloorMode
    limit_ms: int
    chat: ChatMode
    slow_ms: int
    rules: Rules


class RosterLine(Struct, frozen=True, kw_only=True):
    """Somebody who serves. `has_keys`: the link was used. `may_change`: by whoever asked."""

    account_id: str
    role: Role
    alias: str
    place: int
    has_keys: bool
    may_change: bool


class HeldOn(Struct, frozen=True, kw_only=True):
    """A date on the clocks of the series' zone, and when it starts."""

    date: str
    starts_ms: int


class SeriesLine(Struct, frozen=True, kw_only=True):
    """What comes again. Without a `series_id` it is part of the operator's configuration."""

    series_id: str
    room: str
    kind: SeriesKind
    days: tuple[str, ...]
    at: str
    minutes: int
    zone: str
    doors: int
    fellowship: int
    account_id: str
    coming: tuple[HeldOn, ...]
    skipped: tuple[HeldOn, ...]


class SheetLine(Struct, frozen=True, kw_only=True):
    """A run-sheet that the group keeps."""

    sheet_id: str
    title: str


class GroupShown(Answer, frozen=True, kw_only=True, tag="group_shown"):
    """A group, as the own role may see it: roster, series and run-sheets are for those who may change it.

    `gives` are the roles that the own one may give. `reports_open` counts; what they say is the operator's.
    """

    group: str
    title: str
    about: str
    appeal: str
    role: Role
    may_change: bool
    gives: tuple[Role, ...]
    rooms: tuple[RoomLine, ...]
    roster: tuple[RosterLine, ...]
    series: tuple[SeriesLine, ...]
    sheets: tuple[SheetLine, ...]
    reports_open: int


class HostInvited(Answer, frozen=True, kw_only=True, tag="host_invited"):
    """The secret of a link that makes a passkey: shown this once."""

    account_id: str
    secret: str
    until_ms: int


class BanLine(Struct, frozen=True, kw_only=True):
    """A ban in force, without whom it is about."""

    ban_id: str
    reason: str
    by_device: bool
    placed_ms: int
    until_ms: int


class BansShown(Answer, frozen=True, kw_only=True, tag="bans_shown"):
    """Bans in force, newest first."""

    bans: Annotated[tuple[BanLine, ...], Meta(max_length=BANS_MAX)]


class InviteLine(Struct, frozen=True, kw_only=True):
    """An invite, without its secret."""

    invite_id: str
    parent_id: str
    role: Role
    uses: int
    uses_max: int
    until_ms: int
    is_revoked: bool
    is_paused: bool


class InvitesShown(Answer, frozen=True, kw_only=True, tag="invites_shown"):
    """Invites of the group, newest first."""

    invites: tuple[InviteLine, ...]


class InviteMade(Answer, frozen=True, kw_only=True, tag="invite_made"):
    """The secret of an invite: shown this once."""

    invite_id: str
    secret: str
    until_ms: int


class AuditLine(Struct, frozen=True, kw_only=True):
    """An act of moderation: minutes since 1970, and numbers of members in one sitting, 0 for nobody."""

    number: int
    at_min: int
    action: str
    actor: int
    target: int


class AuditShown(Answer, frozen=True, kw_only=True, tag="audit_shown"):
    """The newest rows of a room's audit, newest first, of `count`. `broken` is a row's number, 0 for none."""

    rows: tuple[AuditLine, ...]
    count: int
    broken: int


class ActLine(Struct, frozen=True, kw_only=True):
    """What a host changed from this page: by which account, and to what."""

    number: int
    at_min: int
    action: str
    account_id: str
    target: str


class ActsShown(Answer, frozen=True, kw_only=True, tag="acts_shown"):
    """The newest acts of hosts, newest first, of `count`. `broken` is a row's number, 0 for none."""

    rows: tuple[ActLine, ...]
    count: int
    broken: int


AnyGroupAnswer = (
    Refused
    | Declined
    | Done
    | GroupShown
    | SettingsShown
    | HostInvited
    | BansShown
    | InvitesShown
    | InviteMade
    | AuditShown
    | ActsShown
)

GROUP_ASKS: Final[dict[str, type[OfGroup]]] = {
    "group": AskGroup,
    "group/change": ChangeGroup,
    "group/acts": AskActs,
    "group/audit": AskAudit,
    "group/rooms/add": AddRoom,
    "group/rooms/change": ChangeRoom,
    "group/rooms/close": CloseGroupRoom,
    "group/rooms/settings": AskRoomSettings,
    "group/rooms/set": SetRoom,
    "group/sheets/keep": KeepSheet,
    "group/roster/invite": InviteHost,
    "group/roster/change": ChangeHost,
    "group/roster/move": MoveHost,
    "group/roster/remove": RemoveHost,
    "group/series/add": AddSeries,
    "group/series/skip": SkipDate,
    "group/series/end": EndSeries,
    "group/series/give": GiveShift,
    "group/bans": AskBans,
    "group/bans/lift": LiftBan,
    "group/invites": AskInvites,
    "group/invites/make": MakeInvite,
    "group/invites/revoke": RevokeInvite,
}
"""What is asked of a group at each path below /api/host/."""

LOOKS: Final = (AskGroup, AskActs, AskAudit, AskBans, AskInvites, AskRoomSettings)
"""What changes nothing: for everybody who keeps order. All else is for those who lead."""
