"""Two who are kept apart by the wish of one. Nobody else is told; those who keep order stand outside it."""

from collections.abc import Iterable, Sequence

from rooms.facts import Fact, MemberBlocked, MemberJoined, MemberUnblocked, RoleGiven
from rooms.host_commands import BlockMember, UnblockMember
from rooms.ids import MemberId
from rooms.limits import BLOCKS_MAX_OF_ONE
from rooms.model import Block, Room
from rooms.refusals import RefusalCode
from rooms.roles import Ability, Role, may
from rooms.sitting import Decision, Sitting, other_met, refuse, rule_for


@rule_for.register
def block_member(command: BlockMember, sitting: Sitting) -> Decision:
    """Keep apart from a member, seated or gone. Whoever keeps order must hear everybody, and be heard."""
    actor = sitting.seat(command.by)
    if actor is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    refusal = other_met(sitting, actor, command.member_id)
    if refusal is not None:
        return refusal
    if _keeps_order(actor.role) or _keeps_order(_role_of(sitting, command.member_id)):
        return refuse(RefusalCode.CANNOT_BLOCK)
    mine = [block for block in in_force(sitting.room) if block.by == command.by]
    if any(block.member_id == command.member_id for block in mine):
        return ()
    if len(mine) >= BLOCKS_MAX_OF_ONE:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    return (MemberBlocked(by=command.by, member_id=command.member_id),)


@rule_for.register
def unblock_member(command: UnblockMember, sitting: Sitting) -> Decision:
    """Lift an own block; lifting it twice is the same."""
    if sitting.seat(command.by) is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    pair = (command.by, command.member_id)
    if not any((block.by, block.member_id) == pair for block in in_force(sitting.room)):
        return ()
    return (MemberUnblocked(by=command.by, member_id=command.member_id),)


def in_force(room: Room) -> Iterable[Block]:
    """Return the blocks that hold now."""
    return (block for block in room.blocks if not block.until_seq)


def lifted_by(room: Room, facts: Sequence[Fact]) -> tuple[MemberUnblocked, ...]:
    """Return the ends of the blocks by or against those whom these facts make keepers of order.

    Those that the facts end already are not among them.
    """
    if not room.blocks:
        return ()
    keepers = {who for who, role in map(_made, facts) if _keeps_order(role)}
    ends = (
        MemberUnblocked(by=block.by, member_id=block.member_id)
        for block in in_force(room)
        if keepers & {block.by, block.member_id}
    )
    return tuple(end for end in ends if end not in facts)


def _made(fact: Fact) -> tuple[MemberId | None, Role]:
    match fact:
        case RoleGiven(member_id=member_id, role=role):
            return member_id, role
        case MemberJoined(member=member):
            return member.member_id, member.role
        case _:
            return None, Role.MEMBER


def _role_of(sitting: Sitting, member_id: MemberId) -> Role:
    """Return the role of somebody seated, or gone with one that was given in this sitting."""
    seat = sitting.seat(member_id)
    return seat.role if seat else sitting.ledger.roles.get(member_id, Role.MEMBER)


def _keeps_order(role: Role) -> bool:
    return may(role, Ability.KEEP_ORDER)
