"""What a room is at one revision: frozen structs, changed only by `rooms.apply`.

`Room` is what members may see (after `rooms.project`); `Ledger` is what only the rules see.
All times are wall-clock milliseconds since 1970 in UTC, given by the shell.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from rooms.ids import MEMBER_ID_MAX, NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import (
    ABOUT_MAX_CHARS,
    CUES_MAX,
    NAME_MAX_CHARS,
    PROBATION_MAX_MS,
    READING_MAX_CHARS,
    RESERVE_MAX_MS,
    RESERVE_MS,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MS,
    TITLE_MAX_CHARS,
)
from rooms.roles import Role


class Revision(msgspec.Struct, frozen=True, order=True):
    """Where a record stands. `seq` has no holes within an epoch; a new epoch means that a log was lost."""

    epoch: int
    seq: int


class Mutes(msgspec.Struct, frozen=True, kw_only=True):
    """Separate reasons for one silence. A member is heard only where both are false."""

    by_self: bool = True
    by_host: bool = False


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """What the server knows about whoever comes, without knowing who it is.

    `device` is a keyed hash of the browser's own random token, another one in each group; empty where
    the browser showed none. `branch` is the path of invites that led here, oldest first, joined by "/".
    `may_be` is the highest role that the group's roster gives, `place` the place in its list of those
    who are asked to lead when nobody does, 0 for none. `account` is the host's account, where
    one signed in: it tells whose shift it is.
    """

    device: str = ""
    branch: str = ""
    is_known: bool = False
    may_be: Role = Role.MEMBER
    place: int = 0
    account: str = ""

    def shares_device(self, other: "Pass | None") -> bool:
        """Whether both came with one device, which neither hid."""
        return other is not None and bool(self.device) and self.device == other.device


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a meeting, under a chosen name; survives reconnects.

    `stranded_ms` is when the connection was lost, 0 while it is there. `wrote_ms` is when the
    newest line was written, 0 before the first. Only those who keep order, and the member, are shown
    `is_new` (nobody here knows the device), `probation_ms` (until then the microphone waits for a
    call, 0 for none) and `was` (earlier names in this sitting).
    """

    member_id: MemberId
    name: Annotated[str, msgspec.Meta(max_length=NAME_MAX_CHARS)]
    role: Role
    mutes: Mutes
    joined_ms: int
    stranded_ms: int = 0
    wrote_ms: int = 0
    is_new: bool = False
    probation_ms: int = 0
    was: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed the microphone. `rooms.hearing` says whether it is heard."""
        return not (self.mutes.by_self or self.mutes.by_host)


class ChatLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of chat. `seq` is the seq of its fact; `name` is the name at the time of writing.

    `n` is the author's own command number, so that a page can match the line with the one it
    showed while waiting. A retracted line keeps its place with an empty `text`.
    """

    seq: int
    member_id: MemberId
    name: str
    text: str
    sent_ms: int
    n: int
    retracted: bool = False


class CaptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of live text: what somebody heard, written down for those who read.

    `line` is the author's own number of it. `seq` and `at_ms` are of the commit that changed it last, and
    `name` is the author's name then. An erased line keeps its place with an empty `text` until it is
    forgotten, so that letters that were on their way do not bring it back.
    """

    member_id: MemberId
    line: int
    name: str
    text: str
    is_over: bool
    seq: int
    at_ms: int
    is_erased: bool = False


class Reaction(StrEnum):
    """A silent sign from a list: no words of one's own."""

    THANKS = "thanks"
    WITH_YOU = "with_you"
    WELCOME = "welcome"
    APPLAUSE = "applause"


class Reactions(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each kind there were since the share began. Whose they were is written nowhere.

    `at_ms` is when the newest came, 0 before the first.
    """

    thanks: int = 0
    with_you: int = 0
    welcome: int = 0
    applause: int = 0
    at_ms: int = 0


class DoorLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was said at the door. `by` is the guest, or the one of the room who answered."""

    by: MemberId
    text: str
    sent_ms: int


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who waits at the door: hears nothing, reads nothing, is seen by those who keep the door.

    `is_held` says that a host looked and asks for patience.
    """

    member_id: MemberId
    name: str
    since_ms: int
    is_new: bool
    is_held: bool = False
    lines: tuple[DoorLine, ...] = ()


class Phase(StrEnum):
    """Where a meeting stands. A room that is closed has no open meeting."""

    DOORS = "doors"  # people arrive, nothing has begun
    ON = "on"
    FELLOWSHIP = "fellowship"  # the meeting after the meeting


class DoorMode(StrEnum):
    """Who waits at the door. Trusted roles never do."""

    OPEN = "open"  # nobody
    STRANGERS = "strangers"  # devices that were not here before
    EVERYBODY = "everybody"


class FloorMode(StrEnum):
    """How turns are taken."""

    OPEN = "open"  # whoever turns the microphone on is heard
    HANDS = "hands"  # hands are raised, hosts call
    ROUND = "round"  # everybody is called once, in the order of coming, and may pass
    LISTEN = "listen"  # only trusted roles are heard


class ChatMode(StrEnum):
    """Who may write."""

    EVERYONE = "everyone"
    HOSTS = "hosts"  # roles that keep order
    OFF = "off"


class Lane(StrEnum):
    """Why a hand is up."""

    SHARE = "share"
    MINUTE = "minute"  # one minute only
    BURNING = "burning"  # a burning desire: must be said before the end


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """A raised hand. Its place in `Floor.hands` is its place in the queue, the same for everybody."""

    member_id: MemberId
    lane: Lane
    raised_ms: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The turn that goes on now.

    `text` is what a member who shares in writing has written so far, as of the commit `written_seq`.
    `limit_ms` is how long the group asks shares to be, 0 for no limit. It never ends a share by
    itself; it tells the member softly and the timekeeper at the end.
    """

    member_id: MemberId
    lane: Lane
    since_ms: int
    limit_ms: int
    text: str = ""
    written_seq: int = 0


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, and who is next."""

    mode: FloorMode = FloorMode.OPEN
    limit_ms: int = SHARE_LIMIT_MS
    share: Share | None = None
    hands: tuple[Hand, ...] = ()
    shared: tuple[MemberId, ...] = ()
    """Who has had a turn in this meeting, in order."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps the room calm."""

    is_locked: bool = False  # no new seats; whoever has a seat may come back
    is_frozen: bool = False  # only trusted roles are heard and may write; nobody new comes in
    chat: ChatMode = ChatMode.EVERYONE
    slow_ms: int = 0  # between two lines of one member; trusted roles are free of it


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a group has settled about its room, beside turns and chat.

    `probation_ms`: how long a new device's microphone waits for a call. `reserve_ms`: before the end
    only burning desires are called. `closes_share`: whether a share's microphone closes by itself
    when its time is over. `locks_alone`: strangers wait while nobody leads.
    """

    door: DoorMode = DoorMode.OPEN
    probation_ms: Annotated[int, msgspec.Meta(ge=0, le=PROBATION_MAX_MS)] = 0
    reserve_ms: Annotated[int, msgspec.Meta(ge=0, le=RESERVE_MAX_MS)] = RESERVE_MS
    closes_share: bool = False
    holds_contacts: bool = False  # lines with telephone numbers, addresses and links wait for a host
    has_private: bool = False  # private messages, once both agree
    locks_alone: bool = False
    has_reactions: bool = True


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when nobody leads. `lost_ms` is since when, 0 while somebody does.

    `asked` has been asked to lead since `asked_ms`; `passed` said no or did not answer. In safe mode
    strangers wait, the queue goes on by the timer, and the page shows where help is. `floor` is how
    turns are taken in the meeting itself, while safe mode or fellowship takes them otherwise.
    """

    was_led: bool = False
    lost_ms: int = 0
    asked: MemberId = NO_MEMBER
    asked_ms: int = 0
    passed: tuple[MemberId, ...] = ()
    is_safe: bool = False
    floor: FloorMode = FloorMode.OPEN


class BanReason(StrEnum):
    """Why somebody is banned: conduct, never a person."""

    HARASSMENT = "harassment"
    HATE = "hate"
    SEXUAL = "sexual"
    FLOOD = "flood"
    IMPERSONATION = "impersonation"
    OTHER = "other"


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """A device or a branch of invites that has no seat in any room of the group until `until_ms`.

    Shown to those who keep order, without `device` and `branch`. `tried_ms` is when somebody whom it
    means last tried to come in, 0 for never in this sitting.
    """

    ban_id: str
    reason: BanReason
    placed_ms: int
    until_ms: int
    tried_ms: int = 0
    device: str = ""
    branch: str = ""


class ReportReason(StrEnum):
    """What a report is about, in plain choices."""

    THREAT = "threat"  # somebody may come to harm
    HARASSMENT = "harassment"
    UNWANTED = "unwanted"  # unwanted contact
    DISRUPTION = "disruption"
    OTHER = "other"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody told the hosts about somebody else. It does not say who told."""

    report_id: str
    member_id: MemberId
    reason: ReportReason
    words: str
    at_ms: int


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Two who neither hear nor read each other, by the wish of one. Only that one is shown it.

    Lines with a seq above `since_seq` are hidden from both, up to `until_seq` once it was lifted,
    0 while it holds.
    """

    by: MemberId
    member_id: MemberId
    since_seq: int
    until_seq: int = 0


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One host wants to give a role that needs a second one's word."""

    member_id: MemberId
    role: Role
    by: MemberId
    at_ms: int


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a run-sheet: what is read, by whom, and how the room is set for it.

    `None` and 0 leave things as they are. `member_id` gets the floor.
    """

    title: Annotated[str, msgspec.Meta(max_length=TITLE_MAX_CHARS)]
    text: Annotated[str, msgspec.Meta(max_length=READING_MAX_CHARS)] = ""
    floor: FloorMode | None = None
    chat: ChatMode | None = None
    mutes: bool = False
    limit_ms: Annotated[int, msgspec.Meta(ge=0, le=SHARE_LIMIT_MAX_MS)] = 0
    member_id: Annotated[MemberId, msgspec.Meta(ge=0, le=MEMBER_ID_MAX)] = NO_MEMBER


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A run-sheet and where it stands: `at` is the number of the cue that is on, -1 before the first."""

    title: Annotated[str, msgspec.Meta(max_length=TITLE_MAX_CHARS)]
    cues: Annotated[tuple[Cue, ...], msgspec.Meta(max_length=CUES_MAX)]
    at: Annotated[int, msgspec.Meta(ge=-1, le=CUES_MAX)] = -1


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody sees while it is read out; `line` is the place in it, 0 being its first line."""

    title: str
    text: str
    line: int = 0


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a group has chosen for its room and finds again at the next sitting. A freeze is not among it."""

    floor: FloorMode = FloorMode.OPEN
    limit_ms: int = SHARE_LIMIT_MS
    chat: ChatMode = ChatMode.EVERYONE
    slow_ms: int = 0
    is_locked: bool = False
    rules: Rules = Rules()


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A room with its open meeting, as members see it."""

    slug: RoomSlug
    title: Annotated[str, msgspec.Meta(max_length=TITLE_MAX_CHARS)]
    about: Annotated[str, msgspec.Meta(max_length=ABOUT_MAX_CHARS)]
    meeting_id: MeetingId
    opened_ms: int
    members: dict[MemberId, Member]
    chat: tuple[ChatLine, ...]
    floor: Floor = Floor()
    order: Order = Order()
    phase: Phase = Phase.ON
    starts_ms: int = 0
    ends_ms: int = 0
    """When the phase is to end, 0 for a room round the clock."""
    rules: Rules = Rules()
    watch: Watch = Watch()
    on_duty: tuple[MemberId, ...] = ()
    """Whose shift it is, of those who are here."""
    reading: Reading | None = None
    guests: tuple[Guest, ...] = ()
    held: tuple[ChatLine, ...] = ()
    """Lines that wait for a host: shown to hosts and to their authors."""
    blocks: tuple[Block, ...] = ()
    burst: tuple[MemberId, ...] = ()
    """Strangers who came together."""
    reports: tuple[Report, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    sheet: Sheet | None = None
    bans: tuple[Ban, ...] = ()
    captions: tuple[CaptionLine, ...] = ()
    """The last lines of live text, in the order in which they were begun."""
    reactions: Reactions = Reactions()

    @property
    def settings(self) -> RoomSettings:
        """What the next sitting is to find again: of turns, how they are taken in the meeting itself."""
        is_other = self.watch.is_safe or self.phase is Phase.FELLOWSHIP
        return RoomSettings(
            floor=self.watch.floor if is_other else self.floor.mode,
            limit_ms=self.floor.limit_ms,
            chat=self.order.chat,
            slow_ms=self.order.slow_ms,
            is_locked=self.order.is_locked,
            rules=self.rules,
        )


class Answered(msgspec.Struct, frozen=True):
    """The last command of a member that was carried out: its number and the seq it ended at."""

    n: int
    seq: int


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules must remember and nobody is shown."""

    answered: dict[MemberId, Answered]
    removed: dict[MemberId, int]
    """Members that a host removed in this sitting, with the seq of the removal."""
    roles: dict[MemberId, Role] = {}
    """Roles given in this sitting. They outlive the seat: an older ticket brings back no older role."""
    passes: dict[MemberId, Pass] = {}
    """With what each came, also those who are gone."""
    outside: dict[MemberId, int] = {}
    """Who was asked to step out, with the seq: they wait at the door until they are let in."""
    arrivals: dict[MemberId, int] = {}
    """When strangers came of late, in wall-clock ms."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The whole truth about a room at one revision.

    `ruling_seq` is the seq of the last fact that can change a later decision. An append is
    compared with it, so that chat lines never clash with each other.
    """

    revision: Revision
    ruling_seq: int
    room: Room | None
    ledger: Ledger


def empty_record(epoch: int) -> Record:
    """The record of a room that nobody has opened in this epoch."""
    return Record(
        revision=Revision(epoch, 0),
        ruling_seq=0,
        room=None,
        ledger=Ledger(answered={}, removed={}),
    )
