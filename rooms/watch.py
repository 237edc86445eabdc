"""Who leads, and what happens when nobody does.

Somebody leads where a member who may run the floor is present. From when the last such member is gone:

* After `LEAD_LOST_MS` one member after the other is asked to lead, each `LEAD_ASK_MS` after the one before.
  First come those whose shift it is, then those whom the group's roster lists for it, in the list's order,
  then others who are trusted here: the higher rank, then the longer stay. Whoever was asked may say yes for
  as long as nobody leads, also late and also after a no; the last one stays asked.
* `LEAD_SAFE_MS` later, whoever was asked, safe mode begins: strangers wait at the door, hands are called by
  the timer. Who comes after that and could lead is asked as well.
* As soon as somebody leads, turns are taken as they were before.

Whoever the roster trusts with it may take the lead at any time, unless a host has made them a plain member in
this sitting. A room that nobody has led has no safe mode; one that everybody has left is as if nobody had.
"""

from msgspec.structs import replace

from rooms.facts import DutySet, Fact, TimeAdded, WatchSet
from rooms.floor import led, turned_to
from rooms.host_commands import DeclineLead, TakeLead
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import LEAD_ASK_MS, LEAD_LOST_MS, LEAD_SAFE_MS, SHARE_LIMIT_MAX_MS, SHARE_LIMIT_MS
from rooms.model import FloorMode, Member, Pass, Phase, Room, Watch
from rooms.moderation import role_given
from rooms.refusals import RefusalCode
from rooms.roles import RANK, Ability, Role, is_trusted, may
from rooms.sitting import Decision, Sitting, has_leader, no_seat, refuse, rule_for


@rule_for.register
def take_lead(command: TakeLead, sitting: Sitting) -> Decision:
    """Lead: as a host when asked, else with the role that the roster gives."""
    seat = sitting.seat(command.by)
    if seat is None:
        return no_seat(sitting, command.by)
    role = _role_to_take(sitting, seat)
    if not may(role, Ability.RUN_FLOOR):
        return refuse(RefusalCode.NOT_ASKED)
    if RANK[seat.role] >= RANK[role]:
        return ()
    return (*role_given(sitting.room, seat, role), *_turned_back(sitting.room, led(sitting.room)))


@rule_for.register
def decline_lead(command: DeclineLead, sitting: Sitting) -> Decision:
    """Say no; the next is asked at once. Saying no twice is the same."""
    if sitting.seat(command.by) is None:
        return no_seat(sitting, command.by)
    watch = sitting.room.watch
    if command.by == watch.asked:
        return (WatchSet(watch=_asking(sitting, (*watch.passed, command.by))),)
    return () if command.by in watch.passed else refuse(RefusalCode.NOT_ASKED)


def keep_duty(sitting: Sitting, accounts: tuple[str, ...]) -> tuple[DutySet, ...]:
    """Return whose shift it is, of those who are here, where that has changed."""
    room = sitting.room
    if not accounts:
        return (DutySet(members=()),) if room.on_duty else ()
    here = (
        (accounts.index(known.account), room.members[who].joined_ms, who)
        for who, known in sitting.ledger.passes.items()
        if known.account in accounts and who in room.members
    )
    members = tuple(who for _, _, who in sorted(here))
    return () if members == room.on_duty else (DutySet(members=members),)


def keep_watch(sitting: Sitting) -> tuple[Fact, ...]:
    """Return what is due by now because somebody leads, or because nobody does."""
    room, watch = sitting.room, sitting.room.watch
    if has_leader(room):
        return _turned_back(room, led(room))
    if not watch.was_led:
        return ()
    if not room.members and not room.guests:
        return _turned_back(room, replace(led(room), was_led=False))
    if not watch.lost_ms:
        return (WatchSet(watch=replace(watch, lost_ms=sitting.now_ms)),)
    return _sought(sitting) if sitting.now_ms >= watch.lost_ms + LEAD_LOST_MS else ()


def _sought(sitting: Sitting) -> tuple[Fact, ...]:
    """Return who is asked next, and with it the beginning of safe mode when it is time."""
    room, watch = sitting.room, sitting.room.watch
    seeking = _sought_next(sitting)
    if watch.is_safe or sitting.now_ms < watch.lost_ms + LEAD_LOST_MS + LEAD_SAFE_MS:
        return () if seeking == watch else (WatchSet(watch=seeking),)
    safe = replace(seeking, is_safe=True, floor=room.settings.floor)
    return (WatchSet(watch=safe), *turned_to(room, FloorMode.HANDS), *_timed(sitting))


def _timed(sitting: Sitting) -> tuple[TimeAdded, ...]:
    """Return the limit of a share that has none, so that the timer can end it."""
    share = sitting.room.floor.share
    if share is None or share.limit_ms:
        return ()
    limit_ms = sitting.now_ms - share.since_ms + SHARE_LIMIT_MS
    return (TimeAdded(limit_ms=min(limit_ms, SHARE_LIMIT_MAX_MS)),)


def _turned_back(room: Room, watch: Watch) -> tuple[Fact, ...]:
    """Return what makes the watch like this, and turns as they were before safe mode."""
    if watch == room.watch:
        return ()
    if not room.watch.is_safe:
        return (WatchSet(watch=watch),)
    mode = FloorMode.OPEN if room.phase is Phase.FELLOWSHIP else room.watch.floor
    return (WatchSet(watch=watch), *turned_to(room, mode))


def _sought_next(sitting: Sitting) -> Watch:
    """Return the watch with the next one asked, or as it is where there is no need or nobody."""
    watch = sitting.room.watch
    last = sitting.seat(watch.asked)
    is_here = last is not None and not last.stranded_ms
    if is_here and sitting.now_ms < watch.asked_ms + LEAD_ASK_MS:
        return watch
    seeking = _asking(sitting, (*watch.passed, watch.asked))
    return watch if is_here and seeking.asked == NO_MEMBER else seeking


def _asking(sitting: Sitting, passed: tuple[MemberId, ...]) -> Watch:
    """Return the watch with the first one asked who has not passed, if there is one."""
    members = sitting.room.members
    plain = Role.MEMBER  # most are; in a large room in safe mode this is asked each second
    few = {who for who, known in sitting.ledger.passes.items() if known.place > 0 and who in members}
    few |= {who for who in sitting.room.on_duty if who in members}
    few |= {who for who, member in members.items() if member.role is not plain}
    candidates = (
        (standing, who)
        for who in few - {*passed}
        if (standing := _standing(sitting, members[who])) is not None
    )
    _, asked = min(candidates, default=((0, 0, 0), NO_MEMBER))
    return replace(
        sitting.room.watch,
        asked=asked,
        asked_ms=sitting.now_ms if asked else 0,
        passed=tuple(who for who in passed if who in members),
    )


def _standing(sitting: Sitting, member: Member) -> tuple[int, int, int] | None:
    """Return how early a member is asked, the least first; None for not at all."""
    if member.stranded_ms:
        return None
    if member.member_id in sitting.room.on_duty and may(_roster_role(sitting, member), Ability.RUN_FLOOR):
        return -1, 0, member.joined_ms
    place = sitting.ledger.passes.get(member.member_id, Pass()).place
    if place > 0 and may(_roster_role(sitting, member), Ability.RUN_FLOOR):
        return 0, place, member.joined_ms
    return (1, -RANK[member.role], member.joined_ms) if is_trusted(member.role) else None


def _roster_role(sitting: Sitting, member: Member) -> Role:
    """Return the role that the roster gives, unless a host took the member's away in this sitting."""
    if sitting.ledger.roles.get(member.member_id) is Role.MEMBER:
        return Role.MEMBER
    return sitting.ledger.passes.get(member.member_id, Pass()).may_be


def _role_to_take(sitting: Sitting, seat: Member) -> Role:
    """Return the highest role that the member may take now, the one that is there already included."""
    watch = sitting.room.watch
    roles = [_roster_role(sitting, seat), seat.role]
    if seat.member_id in {watch.asked, *watch.passed}:
        roles.append(Role.HOST)
    return max(roles, key=RANK.__getitem__)
