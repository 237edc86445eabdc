"""What a browser may say about doors, order, trust and private words; the rest is in `from_browser`."""

from typing import Annotated

from msgspec import Meta

from rooms.ids import MEMBER_ID_MAX
from rooms.limits import (
    BAN_HOURS_MAX,
    CUES_MAX,
    INVITE_USES_MAX,
    READING_MAX_CHARS,
    REPORT_MAX_CHARS,
    TITLE_MAX_CHARS,
)
from rooms.model import BanReason, Cue, Phase, ReportReason, Rules, Sheet
from rooms.roles import Role
from signaling.from_browser import ChatText, DoorText, EndsMs, FromBrowser, ItemId, Numbered, OtherMember, Seq

Hours = Annotated[int, Meta(ge=1, le=BAN_HOURS_MAX)]
CueAt = Annotated[int, Meta(ge=-1, le=CUES_MAX)]


class SetPhase(Numbered, frozen=True, kw_only=True):
    """Hosts: begin the meeting, let it pass into fellowship, or give it another end (0: none)."""

    phase: Phase
    ends_ms: EndsMs


class CloseRoom(Numbered, frozen=True, kw_only=True):
    """Hosts: end the meeting for everybody."""


class AdmitGuest(Numbered, frozen=True, kw_only=True):
    """Who keeps the door: let a guest in."""

    member_id: OtherMember


class AdmitAll(Numbered, frozen=True, kw_only=True):
    """Who keeps the door: let everybody in whom nobody holds."""


class HoldGuest(Numbered, frozen=True, kw_only=True):
    """Who keeps the door: ask a guest for patience."""

    member_id: OtherMember


class TurnAway(Numbered, frozen=True, kw_only=True):
    """Who keeps the door: send a guest away for this sitting."""

    member_id: OtherMember


class TellGuest(Numbered, frozen=True, kw_only=True):
    """Say something at the door: to a guest, or as the guest with the own number to those inside."""

    member_id: OtherMember
    text: DoorText


class StepOut(Numbered, frozen=True, kw_only=True):
    """Hosts: send a member back to the door."""

    member_id: OtherMember


class BanMember(Numbered, frozen=True, kw_only=True):
    """Hosts: remove somebody, seated, at the door or gone, and refuse them in every room of the group."""

    member_id: OtherMember
    reason: BanReason
    hours: Hours


class LiftBan(Numbered, frozen=True, kw_only=True):
    """Hosts: end a ban before its time."""

    ban_id: ItemId


class LiftRemoval(Numbered, frozen=True, kw_only=True):
    """Hosts: let somebody who was removed come back."""

    member_id: OtherMember


class RemoveBurst(Numbered, frozen=True, kw_only=True):
    """Hosts: remove all strangers who came together; `hours` above 0 bans them as well."""

    reason: BanReason
    hours: Annotated[int, Meta(ge=0, le=BAN_HOURS_MAX)]


class SetRules(Numbered, frozen=True, kw_only=True):
    """Hosts: settle the group's rules for the room."""

    rules: Rules


class TakeLead(Numbered, frozen=True, kw_only=True):
    """Lead the meeting: when asked, or as the group's roster allows."""


class DeclineLead(Numbered, frozen=True, kw_only=True):
    """Say no when asked to lead."""


class ReleaseLine(Numbered, frozen=True, kw_only=True):
    """Hosts: let a line through that was held."""

    seq: Seq


class DropLine(Numbered, frozen=True, kw_only=True):
    """Drop a line that was held: as a host, or as its author."""

    seq: Seq


class BlockMember(Numbered, frozen=True, kw_only=True):
    """Neither hear nor read a member, nor be heard or read by them. They are not told."""

    member_id: OtherMember


class UnblockMember(Numbered, frozen=True, kw_only=True):
    """Lift an own block."""

    member_id: OtherMember


class ReportMember(Numbered, frozen=True, kw_only=True):
    """Tell the hosts and the operator about somebody; the last minutes of chat go with it, never sound."""

    member_id: OtherMember
    reason: ReportReason
    words: Annotated[str, Meta(max_length=REPORT_MAX_CHARS)]


class SettleReport(Numbered, frozen=True, kw_only=True):
    """Hosts: say that a report was looked into."""

    report_id: ItemId


class SetSheet(Numbered, frozen=True, kw_only=True):
    """Hosts: take a run-sheet, or none."""

    sheet: Sheet | None


class AssignCue(Numbered, frozen=True, kw_only=True):
    """Hosts: say who has the floor at a cue of the run-sheet; 0 for nobody."""

    at: CueAt
    member_id: Annotated[int, Meta(ge=0, le=MEMBER_ID_MAX)]


class ShowCue(Numbered, frozen=True, kw_only=True):
    """Hosts: go to a cue of the run-sheet, mostly the next."""

    at: CueAt


class ShowReading(Numbered, frozen=True, kw_only=True):
    """Hosts: show a text to everybody; an empty one takes it away."""

    title: Annotated[str, Meta(max_length=TITLE_MAX_CHARS)]
    text: Annotated[str, Meta(max_length=READING_MAX_CHARS)]


class MarkReading(Numbered, frozen=True, kw_only=True):
    """Whoever reads, and hosts: say at which line of the reading they are; 0 is the first."""

    line: Annotated[int, Meta(ge=0, le=READING_MAX_CHARS)]


class SetReachable(FromBrowser, frozen=True, kw_only=True):
    """Say whether others may ask to write privately. New devices are not reachable until they say so."""

    on: bool


class AskPrivate(FromBrowser, frozen=True, kw_only=True):
    """Ask a member to write privately: without any text."""

    member_id: OtherMember


class AnswerPrivate(FromBrowser, frozen=True, kw_only=True):
    """Answer somebody who asked to write privately, or end it with `yes` false."""

    member_id: OtherMember
    yes: bool


class SendPrivate(FromBrowser, frozen=True, kw_only=True):
    """A private line, once both agree. It is relayed and kept nowhere."""

    member_id: OtherMember
    text: ChatText


class MakeInvite(FromBrowser, frozen=True, kw_only=True):
    """Make an invite link. Answered by `Invited`. `role` is what its holder joins as."""

    uses: Annotated[int, Meta(ge=1, le=INVITE_USES_MAX)]
    hours: Hours
    role: Role


class ListInvites(FromBrowser, frozen=True, kw_only=True):
    """Ask for the group's invites. Answered by `Invites`."""


class RevokeInvite(FromBrowser, frozen=True, kw_only=True):
    """Revoke an invite and every one that grew from it."""

    invite_id: ItemId


class ListSheets(FromBrowser, frozen=True, kw_only=True):
    """Ask for the group's run-sheets. Answered by `Sheets`."""


class SaveSheet(FromBrowser, frozen=True, kw_only=True):
    """Keep a run-sheet for the group, in place of the one with its id.

    Whoever makes a sheet draws its id, so that one that is sent twice is kept once.
    """

    sheet_id: ItemId
    title: Annotated[str, Meta(max_length=TITLE_MAX_CHARS)]
    cues: Annotated[tuple[Cue, ...], Meta(max_length=CUES_MAX)]


class RemoveSheet(FromBrowser, frozen=True, kw_only=True):
    """Forget one of the group's run-sheets. The one that a room uses just now stays there."""

    sheet_id: ItemId
