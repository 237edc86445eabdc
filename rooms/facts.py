"""Committed changes: one struct each, tagged by `type` on the wire, in the past tense."""

from enum import StrEnum
from typing import Final

import msgspec

from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.live_facts import CaptionsExpired, CaptionWritten, LiveFact, Reacted
from rooms.model import (
    Ban,
    ChatMode,
    FloorMode,
    Guest,
    Hand,
    Lane,
    Member,
    Pass,
    Phase,
    Proposal,
    Report,
    RoomSettings,
    Rules,
    Sheet,
    Watch,
)
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
    phase: Phase = Phase.ON
    starts_ms: int = 0
    ends_ms: int = 0
    bans: tuple[Ban, ...] = ()


class RoomClosed(msgspec.Struct, frozen=True, kw_only=True, tag="room_closed"):
    """The meeting is over: no seats, no lines, nothing is left of it."""


class PhaseSet(msgspec.Struct, frozen=True, kw_only=True, tag="phase_set"):
    """The meeting stands here now, until `ends_ms`; 0 for no end."""

    phase: Phase
    ends_ms: int


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
    was: str = ""  # the name before; shown to those who keep order


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
    held_seq: int = 0  # the line waited under this seq until a host let it through; 0 where it did not


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


class PassNoted(msgspec.Struct, frozen=True, kw_only=True, tag="pass_noted"):
    """With what somebody came. Shown to nobody."""

    member_id: MemberId
    pass_: Pass = msgspec.field(name="pass")


class GuestArrived(msgspec.Struct, frozen=True, kw_only=True, tag="guest_arrived"):
    """Somebody waits at the door. Letting them in is `member_joined`."""

    guest: Guest


class GuestLeft(msgspec.Struct, frozen=True, kw_only=True, tag="guest_left"):
    """Somebody waits no longer: went away, or was turned away by `by`. Guests see so who was let in."""

    member_id: MemberId
    by: MemberId = NO_MEMBER


class GuestHeld(msgspec.Struct, frozen=True, kw_only=True, tag="guest_held"):
    """A host asks a guest for patience."""

    member_id: MemberId


class GuestTold(msgspec.Struct, frozen=True, kw_only=True, tag="guest_told"):
    """Words at the door: `by` is the guest, or somebody of the room who talks to the guest."""

    member_id: MemberId
    by: MemberId
    text: str


class MemberSteppedOut(msgspec.Struct, frozen=True, kw_only=True, tag="member_stepped_out"):
    """A host sent a member back to the door. Others see that the member left."""

    guest: Guest
    by: MemberId


class BanPlaced(msgspec.Struct, frozen=True, kw_only=True, tag="ban_placed"):
    """Somebody is banned from the group's rooms. `by` and `member_id` are 0 where another room told."""

    ban: Ban
    member_id: MemberId = NO_MEMBER
    by: MemberId = NO_MEMBER


class BanLifted(msgspec.Struct, frozen=True, kw_only=True, tag="ban_lifted"):
    """A ban is over before its time."""

    ban_id: str


class BanMatched(msgspec.Struct, frozen=True, kw_only=True, tag="ban_matched"):
    """Somebody whom a ban means tried to come in, and was told why not."""

    ban_id: str


class RemovalLifted(msgspec.Struct, frozen=True, kw_only=True, tag="removal_lifted"):
    """Somebody who was removed may come back."""

    member_id: MemberId


class BurstSeen(msgspec.Struct, frozen=True, kw_only=True, tag="burst_seen"):
    """These strangers came together; none at all means that it is dealt with."""

    members: tuple[MemberId, ...]


class RulesSet(msgspec.Struct, frozen=True, kw_only=True, tag="rules_set"):
    """The group's rules for the room are these."""

    rules: Rules


class WatchSet(msgspec.Struct, frozen=True, kw_only=True, tag="watch_set"):
    """How things stand with those who lead."""

    watch: Watch


class DutySet(msgspec.Struct, frozen=True, kw_only=True, tag="duty_set"):
    """It is these members' shift now."""

    members: tuple[MemberId, ...]


class RoleProposed(msgspec.Struct, frozen=True, kw_only=True, tag="role_proposed"):
    """A host would give a role that needs a second host's word."""

    proposal: Proposal


class LineHeld(msgspec.Struct, frozen=True, kw_only=True, tag="line_held"):
    """A line waits for a host. Its seq and time are the commit's."""

    member_id: MemberId
    n: int
    name: str
    text: str


class HeldDropped(msgspec.Struct, frozen=True, kw_only=True, tag="held_dropped"):
    """A line that waited is gone: a host or its author did not want it."""

    line_seq: int
    member_id: MemberId


class MemberBlocked(msgspec.Struct, frozen=True, kw_only=True, tag="member_blocked"):
    """Two no longer hear or read each other. Shown to `by` alone."""

    by: MemberId
    member_id: MemberId


class MemberUnblocked(msgspec.Struct, frozen=True, kw_only=True, tag="member_unblocked"):
    """A block is lifted. Shown to `by` alone."""

    by: MemberId
    member_id: MemberId


class ReportMade(msgspec.Struct, frozen=True, kw_only=True, tag="report_made"):
    """Somebody told the hosts about somebody else."""

    report: Report


class ReportSettled(msgspec.Struct, frozen=True, kw_only=True, tag="report_settled"):
    """A host has looked into a report."""

    report_id: str


class SheetSet(msgspec.Struct, frozen=True, kw_only=True, tag="sheet_set"):
    """The run-sheet is this; None where there is none."""

    sheet: Sheet | None


class CueReached(msgspec.Struct, frozen=True, kw_only=True, tag="cue_reached"):
    """The run-sheet stands at this cue. What the cue sets follows in facts of its own."""

    at: int


class ReadingShown(msgspec.Struct, frozen=True, kw_only=True, tag="reading_shown"):
    """Everybody sees this text; an empty one takes the reading away."""

    title: str
    text: str


class Unseen(msgspec.Struct, frozen=True, kw_only=True, tag="unseen"):
    """Stands where the viewer is not shown what happened. It changes nothing."""


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
    | RoomClosed
    | PhaseSet
    | PassNoted
    | GuestArrived
    | GuestLeft
    | GuestHeld
    | GuestTold
    | MemberSteppedOut
    | BanPlaced
    | BanLifted
    | BanMatched
    | RemovalLifted
    | BurstSeen
    | RulesSet
    | WatchSet
    | DutySet
    | RoleProposed
    | LineHeld
    | HeldDropped
    | MemberBlocked
    | MemberUnblocked
    | ReportMade
    | ReportSettled
    | SheetSet
    | CueReached
    | ReadingShown
    | Unseen
    | LiveFact
)

_LIVE: Final = (CaptionWritten, CaptionsExpired, Reacted)
ORDINARY_FACTS: Final = (ChatPosted, ChatRetracted, ChatExpired, ShareWritten, *_LIVE)
"""Facts that cannot change a later decision of another member: they never clash (see `Record.ruling_seq`).

Of the lines only those that were not held: see `is_ruling`.
"""


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
    """Whether the fact can change a later decision. A line that was held is let through once only."""
    if isinstance(fact, ChatPosted):
        return fact.held_seq != 0
    return not isinstance(fact, ORDINARY_FACTS)
