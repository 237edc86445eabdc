"""What hosts may do to others. Nothing here can open anybody's microphone."""

from rooms.commands import LiftMute, MuteMember, RemoveMember
from rooms.facts import MemberMuted, MemberRemoved, MuteLifted
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


@rule_for.register
def mute_member(command: MuteMember, sitting: Sitting) -> Decision:
    """Close a member's microphone until a host lifts the mute."""
    actor = actor_with(sitting, command.by, Ability.MUTE_OTHERS)
    if isinstance(actor, Refusal):
        return actor
    seat = sitting.seat(command.member_id)
    if seat is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    if seat.mutes.by_host:
        return ()
    return (MemberMuted(member_id=command.member_id, by=command.by),)


@rule_for.register
def lift_mute(command: LiftMute, sitting: Sitting) -> Decision:
    """Allow the member to open the microphone again."""
    actor = actor_with(sitting, command.by, Ability.MUTE_OTHERS)
    if isinstance(actor, Refusal):
        return actor
    seat = sitting.seat(command.member_id)
    if seat is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    return (MuteLifted(member_id=command.member_id, by=command.by),) if seat.mutes.by_host else ()


@rule_for.register
def remove_member(command: RemoveMember, sitting: Sitting) -> Decision:
    """Take a member out; the seat's ticket is of no more use in this sitting."""
    actor = actor_with(sitting, command.by, Ability.REMOVE_OTHERS)
    if isinstance(actor, Refusal):
        return actor
    if command.member_id in sitting.ledger.removed:
        return ()
    if sitting.seat(command.member_id) is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    if command.member_id == command.by:
        return refuse(RefusalCode.NOT_ALLOWED)  # to go oneself is to leave
    return (MemberRemoved(member_id=command.member_id, by=command.by),)
