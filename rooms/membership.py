"""Coming, going and being called something."""

from rooms.commands import (
    ExpireSeat,
    JoinRoom,
    LeaveRoom,
    OpenRoom,
    RenameSelf,
    ResumeSeat,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import (
    LeaveReason,
    MemberJoined,
    MemberLeft,
    MemberRenamed,
    MemberReturned,
    MemberStranded,
    MicrophoneSet,
    RoomOpened,
)
from rooms.hearing import may_speak_now
from rooms.ids import MemberId
from rooms.limits import ROOM_MAX_MEMBERS
from rooms.model import Member, Mutes, Record
from rooms.naming import return_name, take_name
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, Role, is_trusted
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


def open_room(record: Record, command: OpenRoom) -> Decision:
    """Open a meeting where none is open."""
    if record.room is not None:
        return refuse(RefusalCode.ALREADY_OPEN)
    return (
        RoomOpened(
            slug=command.slug,
            title=command.title,
            about=command.about,
            meeting_id=command.meeting_id,
            settings=command.settings,
        ),
    )


@rule_for.register
def join_room(command: JoinRoom, sitting: Sitting) -> Decision:
    """Take a new seat under a name that nobody here can be taken for."""
    if command.member_id in sitting.ledger.removed:
        return refuse(RefusalCode.WAS_REMOVED)
    if sitting.seat(command.member_id) is not None:
        return refuse(RefusalCode.BUSY)  # the same number was drawn twice: draw again
    closed = _closed_to(sitting, command.role, is_back=False)
    if closed is not None:
        return closed
    name = take_name(command.name, sitting.room.members.values(), command.role)
    if isinstance(name, Refusal):
        return name
    return (_joined(sitting, command.member_id, name, command.role),)


@rule_for.register
def resume_seat(command: ResumeSeat, sitting: Sitting) -> Decision:
    """Return to the seat, or take it anew under the same number where the log no longer has it.

    A name that somebody took in the meantime gets a number or an initial; whoever comes back is never refused
    for it. A role that was given in this sitting stands above the one in the ticket.
    """
    if command.by in sitting.ledger.removed:
        return refuse(RefusalCode.WAS_REMOVED)
    seat = sitting.seat(command.by)
    if seat is not None:
        return (MemberReturned(member_id=command.by),) if seat.stranded_ms else ()
    role = sitting.ledger.roles.get(command.by, command.role)
    closed = _closed_to(sitting, role, is_back=True)
    if closed is not None:
        return closed
    name = return_name(command.name, sitting.room.members.values(), role)
    if isinstance(name, Refusal):
        return name
    return (_joined(sitting, command.by, name, role),)


@rule_for.register
def leave_room(command: LeaveRoom, sitting: Sitting) -> Decision:
    """Give up the own seat; leaving twice is leaving."""
    if sitting.seat(command.by) is None:
        return ()
    return (MemberLeft(member_id=command.by, reason=LeaveReason.LEFT),)


@rule_for.register
def strand_member(command: StrandMember, sitting: Sitting) -> Decision:
    """Note that the member's connection is gone."""
    seat = sitting.seat(command.member_id)
    if seat is None or seat.stranded_ms:
        return ()
    return (MemberStranded(member_id=command.member_id),)


@rule_for.register
def expire_seat(command: ExpireSeat, sitting: Sitting) -> Decision:
    """End the seat of somebody who has been away for the whole grace time."""
    seat = sitting.seat(command.member_id)
    if seat is None:
        return ()
    if not seat.stranded_ms or seat.stranded_ms != command.stranded_ms:
        return refuse(RefusalCode.TOO_SOON)
    return (MemberLeft(member_id=command.member_id, reason=LeaveReason.LOST),)


@rule_for.register
def rename_self(command: RenameSelf, sitting: Sitting) -> Decision:
    """Take another name that nobody else here uses. A name is words too: none while the room is frozen."""
    seat = sitting.seat(command.by)
    if seat is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    if sitting.room.order.is_frozen and not is_trusted(seat.role):
        return refuse(RefusalCode.FROZEN)
    others = (member for member in sitting.room.members.values() if member is not seat)
    name = take_name(command.name, others, seat.role)
    if isinstance(name, Refusal):
        return name
    return () if name == seat.name else (MemberRenamed(member_id=command.by, name=name),)


@rule_for.register
def set_microphone(command: SetMicrophone, sitting: Sitting) -> Decision:
    """Turn the own microphone on or off. Off always works; on waits for a host who closed it."""
    actor = actor_with(sitting, command.by, Ability.SPEAK)
    if isinstance(actor, Refusal):
        return actor
    if command.on and actor.mutes.by_host:
        return refuse(RefusalCode.MUTED_BY_HOST)
    if command.on is not actor.mutes.by_self:
        return ()
    if command.on and not may_speak_now(sitting.room, actor):
        return refuse(RefusalCode.FROZEN if sitting.room.order.is_frozen else RefusalCode.NO_FLOOR)
    return (MicrophoneSet(member_id=command.by, on=command.on),)


def _closed_to(sitting: Sitting, role: Role, *, is_back: bool) -> Refusal | None:
    """Return why there is no seat: the doors, then the chairs. Who comes back was let in before."""
    order = sitting.room.order
    if order.is_frozen and not is_trusted(role):
        return refuse(RefusalCode.LOCKED)
    if order.is_locked and not is_back and not is_trusted(role):
        return refuse(RefusalCode.LOCKED)
    if len(sitting.room.members) >= ROOM_MAX_MEMBERS:
        return refuse(RefusalCode.ROOM_FULL)
    return None


def _joined(sitting: Sitting, member_id: MemberId, name: str, role: Role) -> MemberJoined:
    return MemberJoined(
        member=Member(member_id=member_id, name=name, role=role, mutes=Mutes(), joined_ms=sitting.now_ms)
    )
