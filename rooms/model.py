"""What a room is at one revision: frozen structs, changed only by `rooms.apply`.

`Room` is what members may see (after `rooms.project`); `Ledger` is what only the rules see.
All times are wall-clock milliseconds since 1970 in UTC, given by the shell.
"""

from typing import Annotated

import msgspec

from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import ABOUT_MAX_CHARS, NAME_MAX_CHARS, TITLE_MAX_CHARS
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

    `stranded_ms` is when the connection was lost, 0 while it is there.
    """

    member_id: MemberId
    name: Annotated[str, msgspec.Meta(max_length=NAME_MAX_CHARS)]
    role: Role
    mutes: Mutes
    joined_ms: int
    stranded_ms: int = 0

    @property
    def is_heard(self) -> bool:
        """Whether packets of this member may be forwarded."""
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


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A room with its open meeting, as members see it."""

    slug: RoomSlug
    title: Annotated[str, msgspec.Meta(max_length=TITLE_MAX_CHARS)]
    about: Annotated[str, msgspec.Meta(max_length=ABOUT_MAX_CHARS)]
    meeting_id: MeetingId
    opened_ms: int
    members: dict[MemberId, Member]
    chat: tuple[ChatLine, ...]


class Answered(msgspec.Struct, frozen=True):
    """The last command of a member that was carried out: its number and the seq it ended at."""

    n: int
    seq: int


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules must remember and nobody is shown."""

    answered: dict[MemberId, Answered]
    removed: dict[MemberId, int]
    """Members that a host removed in this sitting, with the seq of the removal."""


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
