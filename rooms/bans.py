"""Who may not come: bans of a group, what lifts them, and the removal of many at once.

A ban means a device and a branch of invites, never a name. It shuts out nobody of the actor's rank or above.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from rooms.arrivals import is_loose
from rooms.door import ban_on, is_under, rank_of, sent_away
from rooms.facts import BanLifted, BanMatched, BanPlaced, BurstSeen, Fact, RemovalLifted
from rooms.host_commands import BanMember, ForgetBan, LearnBan, LiftBan, LiftRemoval, NoteTry, RemoveBurst
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import BAN_HOURS_MAX, TRY_TOLD_MS
from rooms.model import Ban, BanReason, Member, Pass
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Ability
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for

_HOUR_MS: Final = 3_600_000


@rule_for.register
def ban_member(command: BanMember, sitting: Sitting) -> Decision:
    """Ban somebody who sits, waits or is gone. Other seats and guests of the same device go too."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if not 1 <= command.hours <= BAN_HOURS_MAX:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    refused = _spares(sitting, actor, command.member_id)
    if refused is not None:
        return refused
    if _known(sitting, command.ban_id) is not None:
        return ()
    ban = _ban(sitting, actor, command.member_id, command.ban_id, command.reason, command.hours)
    return _banned(sitting, actor, {command.member_id: ban})


@rule_for.register
def remove_burst(command: RemoveBurst, sitting: Sitting) -> Decision:
    """Remove, and with `hours` ban, all who came together and are neither trusted nor of a higher rank."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if not 0 <= command.hours <= BAN_HOURS_MAX:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    room = sitting.room
    if not room.burst:
        return ()
    meant = [who for who in room.burst if is_loose(sitting, who) and _is_below(sitting, actor, who)]
    if not command.hours:
        gone = tuple(fact for who in meant for fact in sent_away(sitting, who, command.by))
        return (*gone, BurstSeen(members=()))
    bans = {
        who: _ban(sitting, actor, who, f"{command.ban_id}-{number}", command.reason, command.hours)
        for number, who in enumerate(meant, start=1)
    }
    return (*_banned(sitting, actor, bans), BurstSeen(members=()))


@rule_for.register
def lift_ban(command: LiftBan, sitting: Sitting) -> Decision:
    """End a ban before its time; whoever was removed with it may come back."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    ban = _known(sitting, command.ban_id)
    return refuse(RefusalCode.NO_SUCH_BAN) if ban is None else _lifted(sitting, ban)


@rule_for.register
def learn_ban(command: LearnBan, sitting: Sitting) -> Decision:
    """Take over a ban from another room of the group: whom it means goes, unless a role is theirs."""
    ban = command.ban
    if _known(sitting, ban.ban_id) == ban or ban.until_ms <= sitting.now_ms:
        return lapsed(sitting)
    meant = [who for who in _everybody(sitting) if is_loose(sitting, who) and _has_device(sitting, who, ban)]
    gone = (fact for who in meant for fact in sent_away(sitting, who, NO_MEMBER))
    return (*lapsed(sitting), BanPlaced(ban=ban), *gone)


@rule_for.register
def forget_ban(command: ForgetBan, sitting: Sitting) -> Decision:
    """Forget a ban that was lifted elsewhere, and the removals that came with it."""
    ban = _known(sitting, command.ban_id)
    forgotten = () if ban is None else _lifted(sitting, ban)
    return tuple(dict.fromkeys((*lapsed(sitting), *forgotten)))


@rule_for.register
def note_try(command: NoteTry, sitting: Sitting) -> Decision:
    """Let those who keep order know that a banned one tries to come in, now and then."""
    ban = ban_on(sitting, command.pass_)
    if ban is None or sitting.now_ms - ban.tried_ms < TRY_TOLD_MS:
        return ()
    return (BanMatched(ban_id=ban.ban_id),)


@rule_for.register
def lift_removal(command: LiftRemoval, sitting: Sitting) -> Decision:
    """Let somebody who was removed come back, under whatever number the same device was removed."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    ledger = sitting.ledger
    if command.member_id not in ledger.removed:
        return ()
    theirs = ledger.passes.get(command.member_id, Pass())
    return tuple(
        RemovalLifted(member_id=who)
        for who in ledger.removed
        if who == command.member_id or theirs.shares_device(ledger.passes.get(who))
    )


def lapsed(sitting: Sitting) -> tuple[Fact, ...]:
    """Return what ends the bans whose time is over.

    The removals that came with them end too: a sitting round the clock would keep people out for ever.
    """
    over = (ban for ban in sitting.room.bans if ban.until_ms <= sitting.now_ms)
    return tuple(dict.fromkeys(fact for ban in over for fact in _lifted(sitting, ban)))


def _spares(sitting: Sitting, actor: Member, member_id: MemberId) -> Refusal | None:
    """Return why the actor cannot ban somebody seated, at the door, or gone."""
    if member_id == actor.member_id:
        return refuse(RefusalCode.NOT_ALLOWED)
    rank = rank_of(sitting, member_id)
    if rank is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    return refuse(RefusalCode.HIGHER_RANK) if rank >= RANK[actor.role] else None


def _known(sitting: Sitting, ban_id: str) -> Ban | None:
    return next((ban for ban in sitting.room.bans if ban.ban_id == ban_id), None)


def _everybody(sitting: Sitting) -> Iterable[MemberId]:
    yield from sitting.room.members
    yield from (guest.member_id for guest in sitting.room.guests)


def _is_below(sitting: Sitting, actor: Member, member_id: MemberId) -> bool:
    rank = rank_of(sitting, member_id)
    return rank is not None and rank < RANK[actor.role]


def _has_device(sitting: Sitting, member_id: MemberId, ban: Ban) -> bool:
    known = sitting.ledger.passes.get(member_id, Pass())
    return bool(ban.device) and known.device == ban.device


def _ban(
    sitting: Sitting, actor: Member, member_id: MemberId, ban_id: str, reason: BanReason, hours: int
) -> Ban:
    """Return the ban of whatever somebody came with, but for what would shut out the actor or a higher rank.

    Where nothing is left the ban means nobody elsewhere, and here the one who was removed.
    """
    passes = sitting.ledger.passes
    theirs = passes.get(member_id, Pass())
    spared = [passes.get(who, Pass()) for who in _everybody(sitting) if not _is_below(sitting, actor, who)]
    has_device = not any(theirs.shares_device(other) for other in spared)
    has_branch = not any(is_under(other.branch, theirs.branch) for other in spared)
    return Ban(
        ban_id=ban_id,
        reason=reason,
        placed_ms=sitting.now_ms,
        until_ms=sitting.now_ms + hours * _HOUR_MS,
        device=theirs.device if has_device else "",
        branch=theirs.branch if has_branch else "",
    )


def _banned(sitting: Sitting, actor: Member, bans: Mapping[MemberId, Ban]) -> tuple[Fact, ...]:
    """Return the facts of bans: each who is here goes, so does whoever shares a banned device."""
    sharing = [
        who
        for who in _everybody(sitting)
        if _is_below(sitting, actor, who) and any(_has_device(sitting, who, ban) for ban in bans.values())
    ]
    meant = dict.fromkeys((*bans, *sharing))
    gone = (fact for who in meant for fact in sent_away(sitting, who, actor.member_id))
    placed = (BanPlaced(ban=ban, member_id=who, by=actor.member_id) for who, ban in bans.items())
    return (*gone, *placed)


def _lifted(sitting: Sitting, ban: Ban) -> tuple[Fact, ...]:
    """Return the facts of a ban's end. Whose removal ends with it is known by its device, else its branch."""
    passes = sitting.ledger.passes
    freed = (
        RemovalLifted(member_id=who)
        for who in sitting.ledger.removed
        if (
            _has_device(sitting, who, ban)
            if ban.device
            else is_under(passes.get(who, Pass()).branch, ban.branch)
        )
    )
    return (BanLifted(ban_id=ban.ban_id), *freed)
