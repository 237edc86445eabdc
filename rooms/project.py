"""What one viewer may see of a commit and of a room.

For every viewer and every log: `change_room` over the projected commits equals `project_room` of
the record, for as long as the viewer's place and role stay the same; where they change, the viewer
gets a new snapshot. A hidden fact still has its seq, in a harmless form, so that no viewer sees a hole.
"""

from functools import singledispatch
from typing import NamedTuple

from msgspec.structs import replace

from rooms.facts import (
    BanLifted,
    BanMatched,
    BanPlaced,
    BurstSeen,
    ChatPosted,
    Commit,
    CueReached,
    Fact,
    GuestArrived,
    GuestHeld,
    GuestLeft,
    GuestTold,
    HeldDropped,
    LeaveReason,
    LineHeld,
    MemberBlocked,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberRenamed,
    MemberSteppedOut,
    MemberUnblocked,
    PassNoted,
    PhaseSet,
    RemovalLifted,
    ReportMade,
    ReportSettled,
    RoleGiven,
    RoleProposed,
    RoomClosed,
    RoomOpened,
    ShareWritten,
    SheetSet,
    Unseen,
    WatchSet,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.live_facts import CaptionWritten, Reacted
from rooms.model import Ban, Block, CaptionLine, ChatLine, Floor, Guest, Member, Order, Reactions, Room, Rules
from rooms.roles import Ability, Role, may

_UNSEEN = Unseen()


class Viewer(NamedTuple):
    """Who looks: a member, or with `is_outside` a guest; `blocks` part the viewer from others."""

    member_id: MemberId
    role: Role
    is_outside: bool = False
    blocks: tuple[Block, ...] = ()

    def may(self, ability: Ability) -> bool:
        """Whether the viewer, inside, holds the ability."""
        return not self.is_outside and may(self.role, ability)

    def is_parted(self, author: MemberId, seq: int) -> bool:
        """Whether a block parted the viewer from the author of a line when it was written."""
        return any(
            author == (block.member_id if block.by == self.member_id else block.by)
            and block.since_seq < seq
            and (not block.until_seq or seq < block.until_seq)
            for block in self.blocks
        )


def viewer_of(room: Room, member_id: MemberId) -> Viewer:
    """Return the viewer that a member or a guest of the room is now."""
    member = room.members.get(member_id)
    if member is None:
        return Viewer(member_id, Role.MEMBER, is_outside=True)
    blocks = tuple(block for block in room.blocks if member_id in {block.by, block.member_id})
    return Viewer(member_id, member.role, blocks=blocks)


def about(fact: Fact) -> MemberId:
    """Return the member who is shown the fact otherwise than others of the same role; 0 for nobody."""
    match fact:
        case MemberJoined(member=one) | MemberSteppedOut(guest=one) | GuestArrived(guest=one):
            return one.member_id
        case ReportMade(report=report):
            return report.member_id
        case MemberBlocked(by=by) | MemberUnblocked(by=by):
            return by
        case MemberRemoved() | LineHeld() | HeldDropped() | GuestLeft() | GuestHeld() | GuestTold():
            return fact.member_id
        case _:
            return NO_MEMBER


def is_move_of(member_id: MemberId, fact: Fact) -> bool:
    """Whether the fact changes from where or as what the member looks, so that a new snapshot is due."""
    match fact:
        case RoomOpened() | RoomClosed():
            return True
        case RoleGiven():
            return fact.member_id == member_id
        case MemberJoined(member=one) | MemberSteppedOut(guest=one) | GuestArrived(guest=one):
            return one.member_id == member_id
        case _:
            return False


def is_plain(commit: Commit) -> bool:
    """Whether every viewer inside sees the commit as it is, so that it is encoded once for all.

    Lines are plain but for viewers with `blocks`; for guests nothing is.
    """
    fact = commit.fact
    if isinstance(fact, MemberJoined):
        return not (fact.member.is_new or fact.member.probation_ms)
    if isinstance(fact, MemberRenamed):
        return not fact.was
    return not isinstance(fact, _PERSONAL)


def project(commit: Commit, viewer: Viewer) -> Commit:
    """Return what the viewer may see of the commit: the same object where that is all of it."""
    fact = _outside(commit.fact, viewer) if viewer.is_outside else _seen(commit.fact, viewer)
    if isinstance(fact, ChatPosted) and viewer.is_parted(fact.member_id, commit.seq):
        return replace(commit, fact=replace(fact, name="", text=""))
    if isinstance(fact, ShareWritten | CaptionWritten) and viewer.is_parted(fact.member_id, commit.seq):
        return replace(commit, fact=replace(fact, text=""))
    if isinstance(fact, ReportMade | Reacted) and commit.by != viewer.member_id:
        return replace(commit, by=NO_MEMBER, n=0)  # nobody is shown who told, or gave a sign
    if fact is commit.fact:
        return commit
    is_faceless = viewer.is_outside or isinstance(fact, Unseen | MemberLeft)
    if is_faceless and commit.by != viewer.member_id:
        return replace(commit, by=NO_MEMBER, n=0, fact=fact)
    return replace(commit, fact=fact)


def project_room(room: Room, viewer: Viewer) -> Room:
    """Return what the viewer may see of the room."""
    if viewer.is_outside:
        return replace(
            room,
            members={},
            chat=(),
            floor=Floor(),
            order=Order(),
            rules=Rules(),
            reading=None,
            on_duty=(),
            guests=_guests_up_to(room, viewer.member_id),
            held=(),
            blocks=(),
            burst=(),
            reports=(),
            proposals=(),
            sheet=None,
            bans=(),
            captions=(),
            reactions=Reactions(),
        )
    sees_order = viewer.may(Ability.SEE_MODERATION)
    return replace(
        room,
        members=room.members if sees_order else _members(room, viewer),
        chat=_chat(room, viewer),
        floor=_floor(room.floor, viewer),
        captions=_captions(room, viewer),
        guests=room.guests if viewer.may(Ability.KEEP_DOOR) else (),
        held=tuple(line for line in room.held if sees_order or line.member_id == viewer.member_id),
        blocks=tuple(block for block in room.blocks if block.by == viewer.member_id),
        burst=room.burst if sees_order else (),
        reports=tuple(one for one in room.reports if sees_order and one.member_id != viewer.member_id),
        proposals=room.proposals if sees_order else (),
        sheet=room.sheet if viewer.may(Ability.RUN_FLOOR) else None,
        bans=tuple(map(_shown_ban, room.bans)) if sees_order else (),
    )


def _floor(floor: Floor, viewer: Viewer) -> Floor:
    """Return the floor; of a share in writing the words only where no block parts the viewer from them."""
    share = floor.share
    if share is None or not viewer.is_parted(share.member_id, share.written_seq):
        return floor
    return replace(floor, share=replace(share, text=""))


def _chat(room: Room, viewer: Viewer) -> tuple[ChatLine, ...]:
    """Return the lines; those from whose authors a block parted the viewer keep their place without words."""
    if not viewer.blocks:
        return room.chat
    return tuple(
        replace(line, name="", text="") if viewer.is_parted(line.member_id, line.seq) else line
        for line in room.chat
    )


def _captions(room: Room, viewer: Viewer) -> tuple[CaptionLine, ...]:
    """Return the lines of live text; by whom a block parted the viewer from, without words."""
    if not viewer.blocks:
        return room.captions
    return tuple(
        replace(one, text="") if viewer.is_parted(one.member_id, one.seq) else one for one in room.captions
    )


def _members(room: Room, viewer: Viewer) -> dict[MemberId, Member]:
    """Return the seats as somebody sees them who does not keep order. Every newcomer is shown them all."""
    seen = {
        who: member if not (member.is_new or member.probation_ms or member.was) else _others(member)
        for who, member in room.members.items()
    }
    own = room.members.get(viewer.member_id)
    if own is not None:
        seen[viewer.member_id] = _member(own, viewer)
    return seen


def _member(member: Member, viewer: Viewer) -> Member:
    if viewer.may(Ability.SEE_MODERATION):
        return member
    if member.member_id == viewer.member_id:
        return replace(member, was=()) if member.was else member
    if not (member.is_new or member.probation_ms or member.was):
        return member
    return _others(member)


def _others(member: Member) -> Member:
    """Return a seat without what only its owner and those who keep order see."""
    return replace(member, is_new=False, probation_ms=0, was=())


def _shown_ban(ban: Ban) -> Ban:
    return replace(ban, device="", branch="")


# --- inside ---------------------------------------------------------------------------------------


@singledispatch
def _seen(fact: Fact, viewer: Viewer) -> Fact:
    del viewer
    return fact


@_seen.register
def _opened(fact: RoomOpened, viewer: Viewer) -> Fact:
    bans = tuple(map(_shown_ban, fact.bans)) if viewer.may(Ability.SEE_MODERATION) else ()
    return replace(fact, bans=bans) if fact.bans else fact


@_seen.register
def _joined(fact: MemberJoined, viewer: Viewer) -> Fact:
    member = _member(fact.member, viewer)
    return fact if member is fact.member else MemberJoined(member=member)


@_seen.register
def _renamed(fact: MemberRenamed, viewer: Viewer) -> Fact:
    return fact if viewer.may(Ability.SEE_MODERATION) or not fact.was else replace(fact, was="")


@_seen.register(MemberRemoved | MemberSteppedOut)
def _sent_out(fact: MemberRemoved | MemberSteppedOut, viewer: Viewer) -> Fact:
    who = fact.member_id if isinstance(fact, MemberRemoved) else fact.guest.member_id
    if who == viewer.member_id or viewer.may(Ability.SEE_MODERATION):
        return fact
    if isinstance(fact, MemberSteppedOut) and viewer.may(Ability.KEEP_DOOR):
        return fact
    return MemberLeft(member_id=who, reason=LeaveReason.LEFT)


@_seen.register
def _passed(_: PassNoted, __: Viewer) -> Fact:
    return _UNSEEN


@_seen.register(GuestArrived | GuestLeft | GuestHeld | GuestTold)
def _at_door(fact: GuestArrived | GuestLeft | GuestHeld | GuestTold, viewer: Viewer) -> Fact:
    return fact if viewer.may(Ability.KEEP_DOOR) else _UNSEEN


@_seen.register(BurstSeen | ReportSettled | RoleProposed | BanLifted | BanMatched | RemovalLifted)
def _of_order(fact: Fact, viewer: Viewer) -> Fact:
    return fact if viewer.may(Ability.SEE_MODERATION) else _UNSEEN


@_seen.register
def _banned(fact: BanPlaced, viewer: Viewer) -> Fact:
    if not viewer.may(Ability.SEE_MODERATION):
        return _UNSEEN
    return replace(fact, ban=_shown_ban(fact.ban))


@_seen.register
def _reported(fact: ReportMade, viewer: Viewer) -> Fact:
    is_about = fact.report.member_id == viewer.member_id
    return fact if viewer.may(Ability.SEE_MODERATION) and not is_about else _UNSEEN


@_seen.register(LineHeld | HeldDropped)
def _held(fact: LineHeld | HeldDropped, viewer: Viewer) -> Fact:
    sees = fact.member_id == viewer.member_id or viewer.may(Ability.SEE_MODERATION)
    return fact if sees else _UNSEEN


@_seen.register(MemberBlocked | MemberUnblocked)
def _blocked(fact: MemberBlocked | MemberUnblocked, viewer: Viewer) -> Fact:
    return fact if fact.by == viewer.member_id else _UNSEEN


@_seen.register(SheetSet | CueReached)
def _of_sheet(fact: SheetSet | CueReached, viewer: Viewer) -> Fact:
    return fact if viewer.may(Ability.RUN_FLOOR) else _UNSEEN


_PERSONAL = (
    RoomOpened,
    MemberRemoved,
    MemberSteppedOut,
    PassNoted,
    GuestArrived,
    GuestLeft,
    GuestHeld,
    GuestTold,
    BurstSeen,
    ReportSettled,
    RoleProposed,
    BanLifted,
    BanMatched,
    RemovalLifted,
    BanPlaced,
    ReportMade,
    LineHeld,
    HeldDropped,
    MemberBlocked,
    MemberUnblocked,
    SheetSet,
    CueReached,
    Reacted,
)


# --- at the door ----------------------------------------------------------------------------------


def _guests_up_to(room: Room, member_id: MemberId) -> tuple[Guest, ...]:
    """Return a guest as they are, behind those who came before, of whom only that they wait is shown."""
    place = next((at for at, guest in enumerate(room.guests) if guest.member_id == member_id), None)
    if place is None:
        return ()
    before = (
        Guest(member_id=guest.member_id, name="", since_ms=guest.since_ms, is_new=False)
        for guest in room.guests[:place]
    )
    return (*before, room.guests[place])


def _outside(fact: Fact, viewer: Viewer) -> Fact:
    """Return what a guest sees: the meeting's hours, what is about them, and who is before them no longer."""
    match fact:
        case RoomClosed() | PhaseSet() | WatchSet():
            return fact
        case GuestArrived(guest=guest) | MemberSteppedOut(guest=guest):
            # Who comes once more is behind the viewer now, and may have been before.
            return fact if guest.member_id == viewer.member_id else GuestLeft(member_id=guest.member_id)
        case GuestLeft(member_id=who, by=by):
            return fact if who == viewer.member_id or not by else GuestLeft(member_id=who)
        case MemberJoined(member=member):
            return GuestLeft(member_id=member.member_id)
        case GuestHeld(member_id=who) | GuestTold(member_id=who):
            return fact if who == viewer.member_id else _UNSEEN
        case _:
            return _UNSEEN
