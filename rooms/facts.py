"""Committed changes: one struct each, tagged by `type` on the wire, in the past tense."""

from enum import StrEnum
from typing import Final

import msgspec

from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Member


class LeaveReason(StrEnum):
    """Why a seat ended."""

    LEFT = "left"  # by own wish, or taken out where the viewer need not know
    LOST = "lost"  # the grace time ran out


class RoomOpened(msgspec.Struct, frozen=True, kw_only=True, tag="room_opened"):
    """A meeting began in an empty room."""

    slug: RoomSlug
    title: str
    about: str
    meeting_id: MeetingId


class MemberJoined(msgspec.Struct, frozen=True, kw_only=True, tag="member_joined"):
    """A member took a seat."""

    member: Member


class MemberLeft(msgspec.Struct, frozen=True, kw_only=True, tag="member_left"):
    """A seat ended."""

    member_id: MemberId
    reason: LeaveReason


class MemberRemoved(msgspec.Struct, frozen=True, kw_only=True, tag="member_removed"):
    """A host took a member out. Shown to hosts and to the member; others see that they left."""

    member_id: MemberId
    by: MemberId


class MemberStranded(msgspec.Struct, frozen=True, kw_only=True, tag="member_stranded"):
    """A member's connection was lost; the seat is kept. The time is the commit's `at_ms`."""

    member_id: MemberId


class MemberReturned(msgspec.Struct, frozen=True, kw_only=True, tag="member_returned"):
    """A stranded member is back."""

    member_id: MemberId


class MemberRenamed(msgspec.Struct, frozen=True, kw_only=True, tag="member_renamed"):
    """A member took another name. Lines already written keep the name they were written under."""

    member_id: MemberId
    name: str


class MicrophoneSet(msgspec.Struct, frozen=True, kw_only=True, tag="microphone_set"):
    """A member turned the own microphone on or off."""

    member_id: MemberId
    on: bool


class MemberMuted(msgspec.Struct, frozen=True, kw_only=True, tag="member_muted"):
    """A host closed a member's microphone."""

    member_id: MemberId
    by: MemberId


class MuteLifted(msgspec.Struct, frozen=True, kw_only=True, tag="mute_lifted"):
    """A member may open the microphone again."""

    member_id: MemberId
    by: MemberId


class ChatPosted(msgspec.Struct, frozen=True, kw_only=True, tag="chat_posted"):
    """A line was written. Its seq and time are the commit's; `n` is the author's command number.

    The name stands here since chat does not wait for ruling facts: the author may have left by now.
    """

    member_id: MemberId
    n: int
    name: str
    text: str


class ChatRetracted(msgspec.Struct, frozen=True, kw_only=True, tag="chat_retracted"):
    """A line was taken back: its text is gone everywhere."""

    line_seq: int


class ChatExpired(msgspec.Struct, frozen=True, kw_only=True, tag="chat_expired"):
    """Every line up to and including this seq is forgotten."""

    through_seq: int


Fact = (
    RoomOpened
    | MemberJoined
    | MemberLeft
    | MemberRemoved
    | MemberStranded
    | MemberReturned
    | MemberRenamed
    | MicrophoneSet
    | MemberMuted
    | MuteLifted
    | ChatPosted
    | ChatRetracted
    | ChatExpired
)

ORDINARY_FACTS: Final = (ChatPosted, ChatRetracted, ChatExpired)
"""Facts that cannot change a later decision of another member: they never clash (see `Record.ruling_seq`)."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """A fact with its place in the log.

    `by` is 0 and `n` is 0 where the server itself acted; otherwise the member and the member's
    own command number.
    """

    seq: int
    at_ms: int
    by: MemberId
    n: int
    fact: Fact


def is_ruling(fact: Fact) -> bool:
    """Whether the fact can change a later decision."""
    return not isinstance(fact, ORDINARY_FACTS)
