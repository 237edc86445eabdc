"""What those who keep order may do to others. Nothing here can open anybody's microphone."""

from msgspec.structs import replace

from rooms.arrivals import burst_before
from rooms.commands import (
    EraseLine,
    GiveRole,
    LiftMute,
    MuteAll,
    MuteMember,
    RemoveMember,
    SetChat,
    SetFreeze,
    SetLock,
)
from rooms.door import guest_sent_away, sent_away
from rooms.facts import (
    AllMuted,
    BurstSeen,
    ChatSet,
    Fact,
    LineErased,
    MemberMuted,
    MuteLifted,
    RoleGiven,
    RoleProposed,
    RoomFrozen,
    RoomLocked,
)
from rooms.hearing import has_floor, may_speak_now
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import PROPOSAL_MS, SLOW_MAX_MS
from rooms.model import Member, Pass, Proposal, Room
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Ability, Role, may
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for, seat_below


@rule_for.register
def mute_member(command: MuteMember, sitting: Sitting) -> Decision:
    """Close a member's microphone until a host lifts the mute."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    seat = seat_below(sitting, actor, command.member_id)
    if isinstance(seat, Refusal):
        return seat
    if seat.mutes.by_host:
        return ()
    return (MemberMuted(member_id=command.member_id, by=command.by),)


@rule_for.register
def lift_mute(command: LiftMute, sitting: Sitting) -> Decision:
    """Allow the member to open the microphone again. Nobody lifts the own mute."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if command.member_id == command.by:
        return refuse(RefusalCode.NOT_ALLOWED)
    seat = sitting.seat(command.member_id)
    if seat is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    return (MuteLifted(member_id=command.member_id, by=command.by),) if seat.mutes.by_host else ()


@rule_for.register
def mute_all(command: MuteAll, sitting: Sitting) -> Decision:
    """Close every microphone but those of trusted roles and of whoever has the floor."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    return muted_all(sitting.room, keeps_share=True)


@rule_for.register
def remove_member(command: RemoveMember, sitting: Sitting) -> Decision:
    """Take a member out, or a guest; the seat's ticket is of no more use in this sitting."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if command.member_id in sitting.ledger.removed:
        return ()
    if command.member_id == command.by:
        return refuse(RefusalCode.NOT_ALLOWED)  # to go oneself is to leave
    if sitting.guest(command.member_id) is not None:
        return guest_sent_away(sitting, actor, command.member_id)
    seat = seat_below(sitting, actor, command.member_id)
    if isinstance(seat, Refusal):
        return seat
    return sent_away(sitting, command.member_id, command.by)


@rule_for.register
def give_role(command: GiveRole, sitting: Sitting) -> Decision:
    """Trust a member with a role below the own one, or take it back.

    Who leads is not settled by asking one host for it: a role that gives roles goes to whom the group's
    roster names for one, or to whom a second host, on another device, gives the same one within
    `PROPOSAL_MS`. An older proposal counts as none.
    """
    actor = actor_with(sitting, command.by, Ability.GIVE_ROLES)
    if isinstance(actor, Refusal):
        return actor
    seat = seat_below(sitting, actor, command.member_id)
    if isinstance(seat, Refusal):
        return seat
    if seat.role is command.role:
        return ()
    return (
        role_given(sitting.room, seat, command.role)
        if _is_settled(command, sitting)
        else _proposed(command, sitting)
    )


def _is_settled(command: GiveRole, sitting: Sitting) -> bool:
    """Whether one host's word is enough, or is the second one."""
    known = sitting.ledger.passes.get(command.member_id, Pass())
    if not may(command.role, Ability.GIVE_ROLES) or RANK[known.may_be] >= RANK[command.role]:
        return True
    return any(_is_second(sitting, one.by, command.by) for one in _proposals(command, sitting))


def _proposed(command: GiveRole, sitting: Sitting) -> Decision:
    if _proposals(command, sitting):
        return ()
    proposal = Proposal(member_id=command.member_id, role=command.role, by=command.by, at_ms=sitting.now_ms)
    return (RoleProposed(proposal=proposal),)


def _proposals(command: GiveRole, sitting: Sitting) -> list[Proposal]:
    """Return what was proposed of the same, and has not lapsed."""
    return [
        one
        for one in sitting.room.proposals
        if (one.member_id, one.role) == (command.member_id, command.role)
        and sitting.now_ms - one.at_ms <= PROPOSAL_MS
    ]


def _is_second(sitting: Sitting, first: MemberId, second: MemberId) -> bool:
    """Whether these are two: other members, and as far as is known other devices."""
    passes = sitting.ledger.passes
    return first != second and not passes.get(first, Pass()).shares_device(passes.get(second))


def role_given(room: Room, seat: Member, role: Role) -> tuple[Fact, ...]:
    """Return what gives a member a role.

    A microphone that the new role does not let be heard is closed, so that no later change of mode opens it
    again.
    """
    given = RoleGiven(member_id=seat.member_id, role=role)
    is_cut = seat.is_open and not may_speak_now(room, replace(seat, role=role))
    return (given, AllMuted(members=(seat.member_id,))) if is_cut else (given,)


@rule_for.register
def set_lock(command: SetLock, sitting: Sitting) -> Decision:
    """Lock the room, or open it."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    return () if sitting.room.order.is_locked is command.on else (RoomLocked(on=command.on),)


@rule_for.register
def set_freeze(command: SetFreeze, sitting: Sitting) -> Decision:
    """Freeze the room: every microphone that is not trusted is closed with it.

    Strangers who came shortly before are grouped, so that they can be removed at once; letting the room go on
    ends the grouping.
    """
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if sitting.room.order.is_frozen is command.on:
        return ()
    frozen: Fact = RoomFrozen(on=command.on)
    if command.on:
        return (frozen, *muted_all(sitting.room, keeps_share=False), *burst_before(sitting))
    return (frozen, BurstSeen(members=())) if sitting.room.burst else (frozen,)


@rule_for.register
def set_chat(command: SetChat, sitting: Sitting) -> Decision:
    """Choose who may write, and how often."""
    if command.by != NO_MEMBER:
        actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
        if isinstance(actor, Refusal):
            return actor
    if not 0 <= command.slow_ms <= SLOW_MAX_MS:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    order = sitting.room.order
    if (order.chat, order.slow_ms) == (command.mode, command.slow_ms):
        return ()
    return (ChatSet(mode=command.mode, slow_ms=command.slow_ms),)


@rule_for.register
def erase_line(command: EraseLine, sitting: Sitting) -> Decision:
    """Erase a line everywhere; erasing it twice is the same."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    for line in sitting.room.chat:
        if line.seq == command.seq:
            return () if line.retracted else (LineErased(line_seq=command.seq, by=command.by),)
    return refuse(RefusalCode.NO_SUCH_LINE)


def muted_all(room: Room, *, keeps_share: bool, keeps: MemberId = NO_MEMBER) -> tuple[AllMuted, ...]:
    """Return the fact that closes the open microphones of those who are not heard unasked, if there are any.

    That of `keeps` stays open, and with `keeps_share` that of whoever has the floor.
    """
    members = tuple(
        member.member_id
        for member in room.members.values()
        if member.is_open
        and not may(member.role, Ability.SPEAK_UNASKED)
        and member.member_id != keeps
        and not (keeps_share and has_floor(room, member))
    )
    return (AllMuted(members=members),) if members else ()
