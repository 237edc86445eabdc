"""What a room is at one revision: frozen structs, changed only by `rooms.apply`.

`Room` is what members may see (after `rooms.project`); `Ledger` is what only the rules see.
All times are wall-clock milliseconds since 1970 in UTC, given by the shell.
"""

from enum import StrEnum
from typing import Annotated

import msgspec

from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import ABOUT_MAX_CHARS, NAME_MAX_CHARS, SHARE_LIMIT_MS, TITLE_MAX_CHARS
from rooms.roles import Role


class Revision(msgspec.Struct, frozen=True, order=True):
    """Where a record stands. `seq` has no holes within an epoch; a new epoch means that a log was lost."""

    epoch: int
    seq: int


class Mutes(msgspec.Struct, frozen=True, kw_only=True):
    """Separate reasons for one silence. A member is heard only where both are false."""

    by_self: bool = True
    by_host: bool = False


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a meeting, under a chosen name; survives reconnects.

    `stranded_ms` is when the connection was lost, 0 while it is there. `wrote_ms` is when the
    newest line was written, 0 before the first.
    """

    member_id: MemberId
    name: Annotated[str, msgspec.Meta(max_length=NAME_MAX_CHARS)]
    role: Role
    mutes: Mutes
    joined_ms: int
    stranded_ms: int = 0
    wrote_ms: int = 0

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
    """The turn that goes on now. `text` is what a member who shares in writing has written so far.

    `limit_ms` is how long the group asks shares to be, 0 for no limit. It never ends a share by
    itself; it tells the member softly and the timekeeper at the end.
    """

    member_id: MemberId
    lane: Lane
    since_ms: int
    limit_ms: int
    text: str = ""


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


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a group has chosen for its room and finds again at the next sitting. A freeze is not among it."""

    floor: FloorMode = FloorMode.OPEN
    limit_ms: int = SHARE_LIMIT_MS
    chat: ChatMode = ChatMode.EVERYONE
    slow_ms: int = 0
    is_locked: bool = False


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

    @property
    def settings(self) -> RoomSettings:
        """What the next sitting is to find again."""
        return RoomSettings(
            floor=self.floor.mode,
            limit_ms=self.floor.limit_ms,
            chat=self.order.chat,
            slow_ms=self.order.slow_ms,
            is_locked=self.order.is_locked,
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
