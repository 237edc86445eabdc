"""Committed changes: one struct each, tagged by `type` on the wire, in the past tense."""

from enum import StrEnum
from typing import Final

import msgspec

from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import ChatMode, FloorMode, Hand, Lane, Member, RoomSettings
from rooms.roles import Role


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
    settings: RoomSettings = RoomSettings()


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


class HandRaised(msgspec.Struct, frozen=True, kw_only=True, tag="hand_raised"):
    """A hand went up and took this place in the queue, 0 being next."""

    hand: Hand
    place: int


class HandLowered(msgspec.Struct, frozen=True, kw_only=True, tag="hand_lowered"):
    """A hand is down."""

    member_id: MemberId


class HandsLowered(msgspec.Struct, frozen=True, kw_only=True, tag="hands_lowered"):
    """Every hand is down."""


class HandMoved(msgspec.Struct, frozen=True, kw_only=True, tag="hand_moved"):
    """A hand has another place in the queue."""

    member_id: MemberId
    place: int


class ShareBegan(msgspec.Struct, frozen=True, kw_only=True, tag="share_began"):
    """A member has the floor; the hand, if there was one, is down. It began at the commit's `at_ms`."""

    member_id: MemberId
    lane: Lane
    limit_ms: int


class ShareEnded(msgspec.Struct, frozen=True, kw_only=True, tag="share_ended"):
    """The share is over. `had_turn` is false where the member passed: it does not count as a turn.

    Where turns are taken by call, the member's microphone is closed with it.
    """

    member_id: MemberId
    had_turn: bool


class TimeAdded(msgspec.Struct, frozen=True, kw_only=True, tag="time_added"):
    """The share may take longer: this is its limit now."""

    limit_ms: int


class ShareWritten(msgspec.Struct, frozen=True, kw_only=True, tag="share_written"):
    """The whole text of the member's share in writing, so far. Of no effect once that share is over."""

    member_id: MemberId
    text: str


class FloorSet(msgspec.Struct, frozen=True, kw_only=True, tag="floor_set"):
    """Turns are taken like this from now on."""

    mode: FloorMode
    limit_ms: int


class ChatSet(msgspec.Struct, frozen=True, kw_only=True, tag="chat_set"):
    """These may write from now on, this often."""

    mode: ChatMode
    slow_ms: int


class LineErased(msgspec.Struct, frozen=True, kw_only=True, tag="line_erased"):
    """A line was erased: its text is gone everywhere."""

    line_seq: int
    by: MemberId


class RoomLocked(msgspec.Struct, frozen=True, kw_only=True, tag="room_locked"):
    """No new seats, or again."""

    on: bool


class RoomFrozen(msgspec.Struct, frozen=True, kw_only=True, tag="room_frozen"):
    """Only trusted roles are heard and may write, or everybody again."""

    on: bool


class AllMuted(msgspec.Struct, frozen=True, kw_only=True, tag="all_muted"):
    """These members' microphones were closed by a host. Each may open the own again."""

    members: tuple[MemberId, ...]


class RoleGiven(msgspec.Struct, frozen=True, kw_only=True, tag="role_given"):
    """A member has another role."""

    member_id: MemberId
    role: Role


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
    | HandRaised
    | HandLowered
    | HandsLowered
    | HandMoved
    | ShareBegan
    | ShareEnded
    | TimeAdded
    | ShareWritten
    | FloorSet
    | ChatSet
    | LineErased
    | RoomLocked
    | RoomFrozen
    | AllMuted
    | RoleGiven
)

ORDINARY_FACTS: Final = (ChatPosted, ChatRetracted, ChatExpired, ShareWritten)
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
