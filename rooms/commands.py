"""Intents, not yet allowed: one struct each. `by` is the member who acts.

The shell gives every chance-drawn value (ids) and every time as an argument.
"""

import msgspec

from rooms.host_commands import (
    AdmitAll,
    AdmitGuest,
    AssignCue,
    BanMember,
    BlockMember,
    DeclineLead,
    DropLine,
    ForgetBan,
    HoldGuest,
    LearnBan,
    LiftBan,
    LiftRemoval,
    MarkReading,
    NoteTry,
    ReleaseLine,
    RemoveBurst,
    ReportMember,
    SetRules,
    SetSheet,
    SettleReport,
    ShowCue,
    ShowReading,
    StepOut,
    TakeLead,
    TellGuest,
    TurnAway,
    UnblockMember,
)
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.model import Ban, ChatMode, FloorMode, Lane, Pass, Phase, Reaction, RoomSettings
from rooms.roles import Role


class OpenRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Open a meeting in a room, set as it was left. Only the server itself sends this."""

    slug: RoomSlug
    title: str
    about: str
    meeting_id: MeetingId
    settings: RoomSettings = RoomSettings()
    phase: Phase = Phase.ON
    starts_ms: int = 0
    ends_ms: int = 0
    bans: tuple[Ban, ...] = ()


class CloseRoom(msgspec.Struct, frozen=True, kw_only=True):
    """End the meeting. `by` is 0 where the schedule does."""

    by: MemberId = NO_MEMBER


class SetPhase(msgspec.Struct, frozen=True, kw_only=True):
    """Begin the meeting, let it pass into fellowship, or give it another end. `by` 0: the schedule does."""

    phase: Phase
    ends_ms: int
    by: MemberId = NO_MEMBER


class KeepTime(msgspec.Struct, frozen=True, kw_only=True):
    """Do what is due by now: shares that are over, who leads, what has lapsed. Only the server sends this.

    `on_duty`: the accounts whose shift it is by the calendar.
    """

    on_duty: tuple[str, ...] = ()


class JoinRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Take a seat under a name, or wait at the door for one.

    `member_id` was drawn by chance; `role` comes from a ticket or is MEMBER.
    """

    member_id: MemberId
    name: str
    role: Role = Role.MEMBER
    pass_: Pass = Pass()


class LeaveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """Give up the own seat."""

    by: MemberId


class ResumeSeat(msgspec.Struct, frozen=True, kw_only=True):
    """Come back to a seat with a ticket: return to it, or take it anew where it is gone.

    `is_guest`: the ticket is of somebody who never had a seat.
    """

    by: MemberId
    name: str
    role: Role
    pass_: Pass = Pass()
    is_guest: bool = False


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
    """Forget the lines, and the live text, that are older than the room's windows."""


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


class RaiseHand(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a turn."""

    by: MemberId
    lane: Lane


class LowerHand(msgspec.Struct, frozen=True, kw_only=True):
    """Take down a hand: the own one, or as somebody who runs the floor another's."""

    by: MemberId
    member_id: MemberId


class LowerAllHands(msgspec.Struct, frozen=True, kw_only=True):
    """Take down every hand."""

    by: MemberId


class MoveHand(msgspec.Struct, frozen=True, kw_only=True):
    """Put a hand at another place of the queue, 0 being next."""

    by: MemberId
    member_id: MemberId
    place: int


class GiveFloor(msgspec.Struct, frozen=True, kw_only=True):
    """Call a member to share; a share that goes on ends with thanks."""

    by: MemberId
    member_id: MemberId


class CallNext(msgspec.Struct, frozen=True, kw_only=True):
    """Thank whoever shares and call the next: the first hand, or in a round the next who has not shared."""

    by: MemberId


class EndShare(msgspec.Struct, frozen=True, kw_only=True):
    """End the share that goes on: the own one, or as somebody who runs the floor.

    `passed` says that there was no turn: the member does not want it now, or is skipped.
    """

    by: MemberId
    passed: bool


class AddTime(msgspec.Struct, frozen=True, kw_only=True):
    """Give the share that goes on more time."""

    by: MemberId
    more_ms: int


class WriteShare(msgspec.Struct, frozen=True, kw_only=True):
    """Share in writing: the whole text so far, while having the floor."""

    by: MemberId
    text: str


class WriteCaption(msgspec.Struct, frozen=True, kw_only=True):
    """Write live text: the whole of one line so far. `line` is the own number of it, and only grows.

    The newest own line may be written again, also after it was over.
    """

    by: MemberId
    line: int
    text: str
    is_over: bool


class EraseCaption(msgspec.Struct, frozen=True, kw_only=True):
    """Erase a line of live text everywhere: an own one, or as somebody who keeps order anybody's."""

    by: MemberId
    member_id: MemberId
    line: int


class React(msgspec.Struct, frozen=True, kw_only=True):
    """Give a silent sign."""

    by: MemberId
    kind: Reaction


class SetFloor(msgspec.Struct, frozen=True, kw_only=True):
    """Choose how turns are taken and how long a share is. `by` 0: the group does, from outside."""

    by: MemberId
    mode: FloorMode
    limit_ms: int


class SetChat(msgspec.Struct, frozen=True, kw_only=True):
    """Choose who may write, and how often. `by` 0: the group does, from outside."""

    by: MemberId
    mode: ChatMode
    slow_ms: int


class EraseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Erase anybody's line, everywhere."""

    by: MemberId
    seq: int


class SetLock(msgspec.Struct, frozen=True, kw_only=True):
    """Lock the room, or open it again."""

    by: MemberId
    on: bool


class SetFreeze(msgspec.Struct, frozen=True, kw_only=True):
    """Freeze the room in one act, or let it go on."""

    by: MemberId
    on: bool


class MuteAll(msgspec.Struct, frozen=True, kw_only=True):
    """Close every microphone but those of trusted roles and of whoever has the floor.

    Each may open the own again.
    """

    by: MemberId


class GiveRole(msgspec.Struct, frozen=True, kw_only=True):
    """Trust a member with a role for this meeting."""

    by: MemberId
    member_id: MemberId
    role: Role


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
    | RaiseHand
    | LowerHand
    | LowerAllHands
    | MoveHand
    | GiveFloor
    | CallNext
    | EndShare
    | AddTime
    | WriteShare
    | WriteCaption
    | EraseCaption
    | React
    | SetFloor
    | SetChat
    | EraseLine
    | SetLock
    | SetFreeze
    | MuteAll
    | GiveRole
    | CloseRoom
    | SetPhase
    | KeepTime
    | AdmitGuest
    | AdmitAll
    | HoldGuest
    | TurnAway
    | TellGuest
    | StepOut
    | BanMember
    | LiftBan
    | LearnBan
    | ForgetBan
    | LiftRemoval
    | NoteTry
    | RemoveBurst
    | SetRules
    | TakeLead
    | DeclineLead
    | ReleaseLine
    | DropLine
    | BlockMember
    | UnblockMember
    | ReportMember
    | SettleReport
    | SetSheet
    | AssignCue
    | ShowCue
    | ShowReading
    | MarkReading
)
