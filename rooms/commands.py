"""Intents, not yet allowed: one struct each. `by` is the member who acts.

The shell gives every chance-drawn value (ids) and every time as an argument.
"""

import msgspec

from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.roles import Role


class OpenRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Open a meeting in a room. Only the server itself sends this."""

    slug: RoomSlug
    title: str
    about: str
    meeting_id: MeetingId


class JoinRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Take a seat under a name. `member_id` was drawn by chance; `role` comes from a ticket or is MEMBER."""

    member_id: MemberId
    name: str
    role: Role = Role.MEMBER


class LeaveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Give up the own seat."""

    by: MemberId


class ResumeSeat(msgspec.Struct, frozen=True, kw_only=True):
    """Come back to a seat with a ticket: return to it, or take it anew where it is gone."""

    by: MemberId
    name: str
    role: Role


class StrandMember(msgspec.Struct, frozen=True, kw_only=True):
    """The member's connection was lost. The seat is kept for the grace time."""

    member_id: MemberId


class ExpireSeat(msgspec.Struct, frozen=True, kw_only=True):
    """End a stranded member's seat: the grace time is over.

    The shell measures the grace time, on a clock that nobody can set. `stranded_ms` says which
    stranding it means, so that one who came back and was lost again has the whole time again.
    """

    member_id: MemberId
    stranded_ms: int


class RenameSelf(msgspec.Struct, frozen=True, kw_only=True):
    """Take another name."""

    by: MemberId
    name: str


class SetMicrophone(msgspec.Struct, frozen=True, kw_only=True):
    """Turn the own microphone on or off."""

    by: MemberId
    on: bool


class PostChat(msgspec.Struct, frozen=True, kw_only=True):
    """Write a line of chat. `n` is the author's command number."""

    by: MemberId
    n: int
    text: str


class RetractChat(msgspec.Struct, frozen=True, kw_only=True):
    """Take back an own line, named by its seq."""

    by: MemberId
    seq: int


class ExpireChat(msgspec.Struct, frozen=True, kw_only=True):
    """Forget the lines that are older than the room's window."""


class MuteMember(msgspec.Struct, frozen=True, kw_only=True):
    """Close another's microphone; it stays closed until a host lifts the mute."""

    by: MemberId
    member_id: MemberId


class LiftMute(msgspec.Struct, frozen=True, kw_only=True):
    """Let a muted member open the microphone again. It stays closed until the member does."""

    by: MemberId
    member_id: MemberId


class RemoveMember(msgspec.Struct, frozen=True, kw_only=True):
    """Take a member out of the meeting."""

    by: MemberId
    member_id: MemberId


Command = (
    OpenRoom
    | JoinRoom
    | LeaveRoom
    | ResumeSeat
    | StrandMember
    | ExpireSeat
    | RenameSelf
    | SetMicrophone
    | PostChat
    | RetractChat
    | ExpireChat
    | MuteMember
    | LiftMute
    | RemoveMember
)
