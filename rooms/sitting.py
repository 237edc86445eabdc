"""What every rule is given, and the table of rules, dispatched by the command's type."""

from functools import singledispatch
from typing import NamedTuple

from rooms.commands import Command
from rooms.facts import Fact
from rooms.ids import MemberId
from rooms.model import Guest, Ledger, Member, Room
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Ability, Role, may

Decision = tuple[Fact, ...] | Refusal


class Sitting(NamedTuple):
    """An open meeting at the moment of a decision. `now_ms` is wall-clock time."""

    room: Room
    ledger: Ledger
    now_ms: int

    def seat(self, member_id: MemberId) -> Member | None:
        """The member's seat, if there is one."""
        return self.room.members.get(member_id)

    def guest(self, member_id: MemberId) -> Guest | None:
        """Whoever waits at the door under this number."""
        return next((guest for guest in self.room.guests if guest.member_id == member_id), None)


def refuse(code: RefusalCode, suggestion: str = "") -> Refusal:
    """Say no."""
    return Refusal(code=code, suggestion=suggestion)


def no_seat(sitting: Sitting, by: MemberId) -> Refusal:
    """Say no to somebody who has no seat: at the door, or not here at all."""
    is_outside = sitting.guest(by) is not None
    return refuse(RefusalCode.STEPPED_OUT if is_outside else RefusalCode.NOT_A_MEMBER)


def actor_with(sitting: Sitting, by: MemberId, ability: Ability) -> Member | Refusal:
    """Return the acting member if seated and able, else the refusal."""
    actor = sitting.seat(by)
    if actor is None:
        return no_seat(sitting, by)
    if not may(actor.role, ability):
        return refuse(RefusalCode.NOT_ALLOWED)
    return actor


def seat_below(sitting: Sitting, actor: Member, member_id: MemberId) -> Member | Refusal:
    """Return the seat of a member whom the actor may act upon, else the refusal."""
    seat = sitting.seat(member_id)
    if seat is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    if RANK[seat.role] >= RANK[actor.role]:
        return refuse(RefusalCode.HIGHER_RANK)
    return seat


def other_met(sitting: Sitting, actor: Member, member_id: MemberId) -> Refusal | None:
    """Return the refusal unless the member is another one, seated or gone, whom this sitting has met.

    Of those who are gone it knows whoever came with anything to be known by, or has done anything.
    """
    if member_id == actor.member_id:
        return refuse(RefusalCode.NOT_ALLOWED)
    ledger = sitting.ledger
    is_met = member_id in sitting.room.members or member_id in ledger.passes or member_id in ledger.answered
    return None if is_met else refuse(RefusalCode.NO_SUCH_MEMBER)


def has_leader(room: Room) -> bool:
    """Whether somebody who may run the floor is present."""
    plain = Role.MEMBER  # most are; asked each second of everybody
    return any(
        member.role is not plain and not member.stranded_ms and may(member.role, Ability.RUN_FLOOR)
        for member in room.members.values()
    )


@singledispatch
def rule_for(command: Command, sitting: Sitting) -> Decision:
    """Decide one command; each noun's module registers its own rules.

    Raises:
        TypeError: if a command has no rule. A test walks the whole union.
    """
    msg = f"no rule for {type(command).__name__} in {sitting.room.slug}"
    raise TypeError(msg)
