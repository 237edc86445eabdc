"""Who comes in, who waits, and who is not let in: one function decides. And what is done at the door."""

from enum import Enum
from typing import Final

from rooms.arrivals import seat_of, seat_taken
from rooms.facts import Fact, GuestHeld, GuestLeft, GuestTold, MemberRemoved, MemberSteppedOut
from rooms.host_commands import AdmitAll, AdmitGuest, HoldGuest, StepOut, TellGuest, TurnAway
from rooms.ids import MemberId
from rooms.limits import DOOR_TEXT_MAX_CHARS, GUESTS_MAX, ROOM_MAX_MEMBERS
from rooms.model import Ban, DoorMode, Guest, Member, Pass
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Ability, Role, is_trusted, may
from rooms.sitting import Decision, Sitting, actor_with, has_leader, refuse, rule_for, seat_below

_RETRY_MAX_MS: Final = 2**31 - 1  # what a browser's timer can wait for


class Way(Enum):
    """Where whoever comes goes."""

    SEAT = "seat"
    WAIT = "wait"


def door_for(
    sitting: Sitting, member_id: MemberId, role: Role, pass_: Pass, *, is_back: bool
) -> Way | Refusal:
    """Return where whoever comes goes, or why nowhere.

    `role` is the one that a ticket or this sitting gives; `is_back` says that a ticket shows an earlier
    seat. Refusals: `banned`, `was_removed`, `locked`, `room_full`.
    """
    way = _shut_out(sitting, member_id, role, pass_) or _way(sitting, member_id, role, pass_, is_back=is_back)
    if isinstance(way, Refusal):
        return way
    room = sitting.room
    is_full = len(room.members) >= ROOM_MAX_MEMBERS if way is Way.SEAT else len(room.guests) >= GUESTS_MAX
    return refuse(RefusalCode.ROOM_FULL) if is_full else way


def ban_on(sitting: Sitting, pass_: Pass) -> Ban | None:
    """Return the ban that shuts out whoever came with this, the one that lasts longest, if any holds."""
    holding = [ban for ban in sitting.room.bans if ban.until_ms > sitting.now_ms and is_meant(ban, pass_)]
    return max(holding, key=lambda ban: ban.until_ms, default=None)


def is_meant(ban: Ban, pass_: Pass) -> bool:
    """Whether a ban shuts this device out. Who only came by the same invite is not to blame: they wait."""
    return bool(ban.device) and ban.device == pass_.device


def is_under(branch: str, root: str) -> bool:
    """Whether a branch is the root's own or grew from it. Nothing grew from an empty root."""
    return bool(root) and f"{branch}/".startswith(f"{root}/")


def sent_away(sitting: Sitting, member_id: MemberId, by: MemberId) -> tuple[Fact, ...]:
    """Return the fact that takes somebody's seat or place at the door; none where they are not here."""
    if sitting.seat(member_id) is not None:
        return (MemberRemoved(member_id=member_id, by=by),)
    if sitting.guest(member_id) is not None:
        return (GuestLeft(member_id=member_id, by=by),)
    return ()


def rank_of(sitting: Sitting, member_id: MemberId) -> int | None:
    """Return the rank of somebody seated, at the door or gone, None where nobody is known.

    Without a seat it is the highest that this sitting or the group's roster gave.
    """
    seat = sitting.seat(member_id)
    if seat is not None:
        return RANK[seat.role]
    ledger = sitting.ledger
    met = (ledger.passes, ledger.roles, ledger.removed, ledger.answered)
    if sitting.guest(member_id) is None and not any(member_id in known for known in met):
        return None
    given = ledger.roles.get(member_id, Role.MEMBER)
    return max(RANK[given], RANK[ledger.passes.get(member_id, Pass()).may_be])


def _shut_out(sitting: Sitting, member_id: MemberId, role: Role, pass_: Pass) -> Refusal | None:
    """Return the refusal of whoever was banned, or removed in this sitting.

    Another number with the same device is taken for the same person; not where a role shows that it is
    another one, for a household may share a browser.
    """
    ban = ban_on(sitting, pass_)
    if ban is not None:
        retry_ms = min(ban.until_ms - sitting.now_ms, _RETRY_MAX_MS)
        return Refusal(code=RefusalCode.BANNED, suggestion=ban.reason.value, retry_ms=retry_ms)
    ledger = sitting.ledger
    if member_id in ledger.removed:
        return refuse(RefusalCode.WAS_REMOVED)
    if is_trusted(role):
        return None
    if any(ledger.passes.get(other, Pass()).shares_device(pass_) for other in ledger.removed):
        return refuse(RefusalCode.WAS_REMOVED)
    return None


def _way(sitting: Sitting, member_id: MemberId, role: Role, pass_: Pass, *, is_back: bool) -> Way | Refusal:
    """Return where the room's order and rules send somebody who is not shut out."""
    order = sitting.room.order
    is_sent_out = member_id in sitting.ledger.outside  # whoever sent them out lets them in, also with a role
    if is_sent_out:
        return Way.WAIT
    is_reviewed = not is_back and _is_under_review(sitting, pass_)
    if is_trusted(role):
        return Way.WAIT if is_reviewed else Way.SEAT
    if order.is_frozen or _is_outside(sitting, pass_):
        return Way.WAIT
    if is_back:
        return Way.SEAT
    if order.is_locked:
        return refuse(RefusalCode.LOCKED)
    return Way.WAIT if is_reviewed or _waits_by_rule(sitting, pass_) else Way.SEAT


def _is_under_review(sitting: Sitting, pass_: Pass) -> bool:
    """Whether the invites that led here, or those that they grew from, also led somebody who is banned."""
    bans = sitting.room.bans
    return any(ban.until_ms > sitting.now_ms and is_under(pass_.branch, ban.branch) for ban in bans)


def _waits_by_rule(sitting: Sitting, pass_: Pass) -> bool:
    """Whether the group's rules let somebody new wait. In safe mode nobody could let them in later."""
    room = sitting.room
    if room.watch.is_safe:
        return not pass_.is_known
    if room.rules.locks_alone and not pass_.is_known and not has_leader(sitting.room):
        return True
    if room.rules.door is DoorMode.STRANGERS:
        return not pass_.is_known
    return room.rules.door is DoorMode.EVERYBODY


def _is_outside(sitting: Sitting, pass_: Pass) -> bool:
    ledger = sitting.ledger
    return any(pass_.shares_device(ledger.passes.get(who)) for who in ledger.outside)


# --- what is done at the door ---------------------------------------------------------------------


@rule_for.register
def admit_guest(command: AdmitGuest, sitting: Sitting) -> Decision:
    """Let one guest in. While the room is closed to newcomers only those who keep order may."""
    actor = _admitting(sitting, command.by)
    if isinstance(actor, Refusal):
        return actor
    if sitting.seat(command.member_id) is not None:
        return ()
    guest = sitting.guest(command.member_id)
    if guest is None:
        return refuse(RefusalCode.NO_SUCH_GUEST)
    ban = ban_on(sitting, _pass_of(sitting, guest))
    if ban is not None:
        return refuse(RefusalCode.BANNED, ban.reason.value)
    if len(sitting.room.members) >= ROOM_MAX_MEMBERS:
        return refuse(RefusalCode.ROOM_FULL)
    return _let_in(sitting, guest)


@rule_for.register
def admit_all(command: AdmitAll, sitting: Sitting) -> Decision:
    """Let in, in the order of coming, all whom nobody holds and no ban means, while there are seats."""
    actor = _admitting(sitting, command.by)
    if isinstance(actor, Refusal):
        return actor
    waiting = [
        guest
        for guest in sitting.room.guests
        if not guest.is_held and ban_on(sitting, _pass_of(sitting, guest)) is None
    ]
    free = max(0, ROOM_MAX_MEMBERS - len(sitting.room.members))
    if waiting and not free:
        return refuse(RefusalCode.ROOM_FULL)
    return tuple(fact for guest in waiting[:free] for fact in _let_in(sitting, guest))


@rule_for.register
def hold_guest(command: HoldGuest, sitting: Sitting) -> Decision:
    """Ask a guest for patience; `AdmitAll` passes over them."""
    actor = actor_with(sitting, command.by, Ability.KEEP_DOOR)
    if isinstance(actor, Refusal):
        return actor
    guest = sitting.guest(command.member_id)
    if guest is None:
        return refuse(RefusalCode.NO_SUCH_GUEST)
    return () if guest.is_held else (GuestHeld(member_id=command.member_id),)


@rule_for.register
def turn_away(command: TurnAway, sitting: Sitting) -> Decision:
    """Send a guest away for this sitting; doing it twice is the same."""
    actor = actor_with(sitting, command.by, Ability.KEEP_DOOR)
    if isinstance(actor, Refusal):
        return actor
    if sitting.guest(command.member_id) is None:
        is_done = command.member_id in sitting.ledger.removed
        return () if is_done else refuse(RefusalCode.NO_SUCH_GUEST)
    return guest_sent_away(sitting, actor, command.member_id)


@rule_for.register
def tell_guest(command: TellGuest, sitting: Sitting) -> Decision:
    """Say something at the door: those who keep it to a guest, a guest to those who keep it."""
    is_own = command.by == command.member_id and sitting.guest(command.by) is not None
    if not is_own:
        actor = actor_with(sitting, command.by, Ability.KEEP_DOOR)
        if isinstance(actor, Refusal):
            return actor
        if sitting.guest(command.member_id) is None:
            return refuse(RefusalCode.NO_SUCH_GUEST)
    text = read_text(command.text, max_chars=DOOR_TEXT_MAX_CHARS)
    if isinstance(text, Refusal):
        return text
    return (GuestTold(member_id=command.member_id, by=command.by, text=text),)


@rule_for.register
def step_out(command: StepOut, sitting: Sitting) -> Decision:
    """Send a member back to the door, until somebody lets them in by name.

    One whose connection is lost cannot be seen waiting: they wait when they come back.
    """
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    if sitting.guest(command.member_id) is not None:
        return ()
    if command.member_id == command.by:
        return refuse(RefusalCode.NOT_ALLOWED)
    seat = seat_below(sitting, actor, command.member_id)
    if isinstance(seat, Refusal):
        return seat
    if len(sitting.room.guests) >= GUESTS_MAX:
        return refuse(RefusalCode.ROOM_FULL)
    guest = Guest(
        member_id=seat.member_id,
        name=seat.name,
        since_ms=sitting.now_ms,
        is_new=seat.is_new,
        is_held=True,
    )
    out = MemberSteppedOut(guest=guest, by=command.by)
    return (out, GuestLeft(member_id=seat.member_id)) if seat.stranded_ms else (out,)


def guest_sent_away(sitting: Sitting, actor: Member, member_id: MemberId) -> Decision:
    """Return the fact that somebody at the door is sent away, unless their rank forbids it."""
    rank = rank_of(sitting, member_id)
    if rank is not None and rank >= RANK[actor.role]:
        return refuse(RefusalCode.HIGHER_RANK)
    return sent_away(sitting, member_id, actor.member_id)


def _admitting(sitting: Sitting, by: MemberId) -> Member | Refusal:
    """Return who lets somebody in, if that is theirs to do now."""
    actor = actor_with(sitting, by, Ability.KEEP_DOOR)
    if isinstance(actor, Refusal) or may(actor.role, Ability.KEEP_ORDER):
        return actor
    order = sitting.room.order
    if order.is_frozen or order.is_locked:
        return refuse(RefusalCode.FROZEN if order.is_frozen else RefusalCode.LOCKED)
    return actor


def _let_in(sitting: Sitting, guest: Guest) -> tuple[Fact, ...]:
    role = sitting.ledger.roles.get(guest.member_id, Role.MEMBER)
    is_new = guest.is_new and not is_trusted(role)
    seat = seat_of(sitting, guest.member_id, guest.name, role, is_new=is_new)
    return seat_taken(sitting, seat, _pass_of(sitting, guest))


def _pass_of(sitting: Sitting, guest: Guest) -> Pass:
    return sitting.ledger.passes.get(guest.member_id, Pass())
