"""Coming, going and being called something."""

from collections.abc import Iterator
from typing import NamedTuple

from rooms.arrivals import burst_with, is_stranger, pass_noted, place_taken, seat_of, seat_taken
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
from rooms.door import Way, door_for
from rooms.facts import (
    Fact,
    GuestLeft,
    LeaveReason,
    MemberLeft,
    MemberRenamed,
    MemberReturned,
    MemberStranded,
    MicrophoneSet,
    RoomOpened,
)
from rooms.hearing import has_floor, may_speak_now
from rooms.ids import MemberId
from rooms.model import Guest, Member, Pass, Record
from rooms.naming import return_name, take_name
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, Role, is_trusted
from rooms.sitting import Decision, Sitting, actor_with, no_seat, refuse, rule_for
from rooms.timekeeping import opening_turns


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
            phase=command.phase,
            starts_ms=command.starts_ms,
            ends_ms=command.ends_ms,
            bans=command.bans,
        ),
        *opening_turns(command.phase, command.settings),
    )


@rule_for.register
def join_room(command: JoinRoom, sitting: Sitting) -> Decision:
    """Take a new seat, or a place at the door, under a name that nobody here can be taken for."""
    who = command.member_id
    if sitting.seat(who) is not None or sitting.guest(who) is not None:
        return refuse(RefusalCode.BUSY)  # the same number was drawn twice: draw again
    way = door_for(sitting, who, command.role, command.pass_, is_back=False)
    if isinstance(way, Refusal):
        return way
    name = take_name(command.name, _named_here(sitting), command.role)
    if isinstance(name, Refusal):
        return name
    return _arrived(sitting, _Comer(who, name, command.role, command.pass_), way)


@rule_for.register
def resume_seat(command: ResumeSeat, sitting: Sitting) -> Decision:
    """Return to the seat, or take it anew under the same number where the log no longer has it.

    A name that somebody took in the meantime gets a number or an initial; whoever comes back is never refused
    for it. A role that was given in this sitting stands above the one in the ticket.
    """
    seat = sitting.seat(command.by)
    if seat is not None:
        return (MemberReturned(member_id=command.by),) if seat.stranded_ms else ()
    if sitting.guest(command.by) is not None:
        return ()
    role = sitting.ledger.roles.get(command.by, command.role)
    is_back = not command.is_guest
    way = door_for(sitting, command.by, role, command.pass_, is_back=is_back)
    if isinstance(way, Refusal):
        return way
    name = return_name(command.name, _named_here(sitting), role)
    if isinstance(name, Refusal):
        return name
    return _arrived(sitting, _Comer(command.by, name, role, command.pass_, is_back), way)


@rule_for.register
def leave_room(command: LeaveRoom, sitting: Sitting) -> Decision:
    """Give up the own seat, or the place at the door; leaving twice is leaving."""
    if sitting.seat(command.by) is not None:
        return (MemberLeft(member_id=command.by, reason=LeaveReason.LEFT),)
    return _left_door(sitting, command.by)


@rule_for.register
def strand_member(command: StrandMember, sitting: Sitting) -> Decision:
    """Note that the member's connection is gone. A guest's place is not kept: they wait anew."""
    seat = sitting.seat(command.member_id)
    if seat is None:
        return _left_door(sitting, command.member_id)
    return () if seat.stranded_ms else (MemberStranded(member_id=command.member_id),)


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
        return no_seat(sitting, command.by)
    if sitting.room.order.is_frozen and not is_trusted(seat.role):
        return refuse(RefusalCode.FROZEN)
    others = (one for one in _named_here(sitting) if one is not seat)
    name = take_name(command.name, others, seat.role)
    if isinstance(name, Refusal):
        return name
    if name == seat.name:
        return ()
    return (MemberRenamed(member_id=command.by, name=name, was=seat.name),)


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
    wait_ms = actor.probation_ms - sitting.now_ms
    if command.on and wait_ms > 0 and not is_trusted(actor.role) and not has_floor(sitting.room, actor):
        return Refusal(code=RefusalCode.ON_PROBATION, retry_ms=wait_ms)
    return (MicrophoneSet(member_id=command.by, on=command.on),)


class _Comer(NamedTuple):
    """Somebody whom the door does not refuse. `is_back` says that they had a seat before."""

    member_id: MemberId
    name: str
    role: Role
    pass_: Pass
    is_back: bool = False


def _arrived(sitting: Sitting, comer: _Comer, way: Way) -> tuple[Fact, ...]:
    """Return the facts of a seat or of a place at the door, and of a burst where this completes one."""
    who = comer.member_id
    is_new = is_stranger(comer.role, comer.pass_)
    noted = pass_noted(sitting, who, comer.pass_)
    burst = burst_with(sitting, who) if is_new and not comer.is_back else ()
    if way is Way.WAIT:
        return (*noted, place_taken(sitting, who, comer.name, is_new=is_new), *burst)
    seat = seat_of(sitting, who, comer.name, comer.role, is_new=is_new)
    return (*noted, *seat_taken(sitting, seat, comer.pass_), *burst)


def _left_door(sitting: Sitting, member_id: MemberId) -> tuple[GuestLeft, ...]:
    return () if sitting.guest(member_id) is None else (GuestLeft(member_id=member_id),)


def _named_here(sitting: Sitting) -> Iterator[Member | Guest]:
    """Yield everybody whose name must not be taken for another's: those inside and those at the door."""
    yield from sitting.room.members.values()
    yield from sitting.room.guests
