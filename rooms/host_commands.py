"""Intents about doors, order, trust and the run-sheet. `rooms.commands` has the others and the union."""

import msgspec

from rooms.ids import MemberId
from rooms.model import Ban, BanReason, Pass, ReportReason, Rules, Sheet


class AdmitGuest(msgspec.Struct, frozen=True, kw_only=True):
    """Let a guest in."""

    by: MemberId
    member_id: MemberId


class AdmitAll(msgspec.Struct, frozen=True, kw_only=True):
    """Let every guest in whom nobody holds."""

    by: MemberId


class HoldGuest(msgspec.Struct, frozen=True, kw_only=True):
    """Ask a guest for patience."""

    by: MemberId
    member_id: MemberId


class TurnAway(msgspec.Struct, frozen=True, kw_only=True):
    """Send a guest away for this sitting."""

    by: MemberId
    member_id: MemberId


class TellGuest(msgspec.Struct, frozen=True, kw_only=True):
    """Say something at the door: to a guest, or as the guest (`member_id` is the own) to those inside."""

    by: MemberId
    member_id: MemberId
    text: str


class StepOut(msgspec.Struct, frozen=True, kw_only=True):
    """Send a member back to the door."""

    by: MemberId
    member_id: MemberId


class BanMember(msgspec.Struct, frozen=True, kw_only=True):
    """Remove somebody and refuse the device and the branch of invites, in every room of the group.

    The member may be seated, at the door, or gone in this sitting. `ban_id` was drawn by chance.
    """

    by: MemberId
    member_id: MemberId
    ban_id: str
    reason: BanReason
    hours: int


class LiftBan(msgspec.Struct, frozen=True, kw_only=True):
    """End a ban before its time."""

    by: MemberId
    ban_id: str


class LearnBan(msgspec.Struct, frozen=True, kw_only=True):
    """Take over a ban from another room of the group. Only the server sends this."""

    ban: Ban


class ForgetBan(msgspec.Struct, frozen=True, kw_only=True):
    """Forget a ban that was lifted elsewhere. Only the server sends this."""

    ban_id: str


class NoteTry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is banned tried to come in with this. Only the server sends this."""

    pass_: Pass


class LiftRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """Let somebody who was removed come back."""

    by: MemberId
    member_id: MemberId


class RemoveBurst(msgspec.Struct, frozen=True, kw_only=True):
    """Remove all strangers who came together; with `hours` above 0 they are banned as well.

    `ban_id` was drawn by chance; each ban's own id continues it.
    """

    by: MemberId
    ban_id: str
    reason: BanReason
    hours: int


class SetRules(msgspec.Struct, frozen=True, kw_only=True):
    """Settle the group's rules for the room. `by` 0: the group does, from outside."""

    by: MemberId
    rules: Rules


class TakeLead(msgspec.Struct, frozen=True, kw_only=True):
    """Lead the meeting: when asked, or as the roster allows."""

    by: MemberId


class DeclineLead(msgspec.Struct, frozen=True, kw_only=True):
    """Say no when asked to lead."""

    by: MemberId


class ReleaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Let a line through that was held."""

    by: MemberId
    seq: int


class DropLine(msgspec.Struct, frozen=True, kw_only=True):
    """Drop a line that was held: as a host, or as its author."""

    by: MemberId
    seq: int


class BlockMember(msgspec.Struct, frozen=True, kw_only=True):
    """No longer hear or read a member, nor be heard or read by them. They are not told."""

    by: MemberId
    member_id: MemberId


class UnblockMember(msgspec.Struct, frozen=True, kw_only=True):
    """Lift an own block."""

    by: MemberId
    member_id: MemberId


class ReportMember(msgspec.Struct, frozen=True, kw_only=True):
    """Tell the hosts about a member, seated or gone. `report_id` was drawn by chance."""

    by: MemberId
    member_id: MemberId
    report_id: str
    reason: ReportReason
    words: str


class SettleReport(msgspec.Struct, frozen=True, kw_only=True):
    """Say that a report was looked into."""

    by: MemberId
    report_id: str


class SetSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Take a run-sheet, or none."""

    by: MemberId
    sheet: Sheet | None


class AssignCue(msgspec.Struct, frozen=True, kw_only=True):
    """Say who has the floor at a cue; 0 for nobody."""

    by: MemberId
    at: int
    member_id: MemberId


class ShowCue(msgspec.Struct, frozen=True, kw_only=True):
    """Go to a cue of the run-sheet, mostly the next."""

    by: MemberId
    at: int


class MarkReading(msgspec.Struct, frozen=True, kw_only=True):
    """Say at which line of the reading its reader is."""

    by: MemberId
    line: int


class ShowReading(msgspec.Struct, frozen=True, kw_only=True):
    """Show a text to everybody, or take it away with an empty one."""

    by: MemberId
    title: str
    text: str
