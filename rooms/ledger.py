"""What the rules must remember of each fact and nobody is shown.

Of whoever has a seat, also one that is held for them, or waits at the door, everything is remembered. Of who
has gone: what they came with for as long as something in the room speaks of them (`_spoken_of`), so that they
can be banned and what was said of them holds on; and of all others the last ones, with the last number that
each used, so that a command which is repeated after the seat's end is still answered and not carried out
again. Their order and number decide who is forgotten, no clock: see docs/decisions/0020-who-has-gone.md.
"""

from collections.abc import Container
from functools import singledispatch
from itertools import chain, islice
from typing import TypeVar

from msgspec.structs import replace

from rooms.facts import (
    BanPlaced,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberSteppedOut,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoomClosed,
    RoomOpened,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import (
    BURST_BEFORE_FREEZE_MS,
    BURST_MAX,
    LEDGER_GONE_KEPT,
    LEDGER_GONE_MAX,
    LEDGER_MAX_ANSWERED,
    LEDGER_MAX_GONE,
)
from rooms.model import Answered, Ledger, Pass, Record, Room

_What = TypeVar("_What")


def write_ledger(ledger: Ledger, commit: Commit) -> Ledger:
    """Return the ledger after one commit; each sitting has its own."""
    ledger = _remember(commit.fact, ledger, commit)
    if commit.by == NO_MEMBER or commit.n <= 0:
        return ledger
    last = Answered(commit.n, commit.seq)
    return replace(ledger, answered=_remembered(ledger.answered, commit.by, last, LEDGER_MAX_ANSWERED))


def last_number(record: Record, member_id: MemberId) -> int:
    """Return the last number under which a member's command was carried out, 0 where none is known.

    Of one who is forgotten that is the greatest of the lines that are still there, so that who comes back
    late writes no line twice.
    """
    last = record.ledger.answered.get(member_id)
    if last is not None:
        return last.n
    lines = chain(record.room.chat, record.room.held) if record.room else ()
    return max((line.n for line in lines if line.member_id == member_id), default=0)


def forget_gone(ledger: Ledger, room: Room, fact: Fact) -> Ledger:
    """Return the ledger without those who are long gone, where somebody goes with this fact.

    `room` is the one after it. The ledger is gone through once in `LEDGER_GONE_MAX - LEDGER_GONE_KEPT`
    departures at the most, not at each.
    """
    if not isinstance(fact, MemberLeft | MemberRemoved | GuestLeft):
        return ledger
    answered, passes = ledger.answered, ledger.passes
    if fact.member_id in passes:  # the order is that of going, not that of coming
        passes = _remembered(passes, fact.member_id, passes[fact.member_id], LEDGER_MAX_ANSWERED)
    here = len(room.members) + len(room.guests)
    if len(answered) > here + LEDGER_GONE_MAX:
        answered = _without_oldest(answered, _here(room))
    if len(passes) > here + LEDGER_GONE_MAX:
        kept = _here(room) | _spoken_of(room, ledger)
        if len(passes) > len(kept) + LEDGER_GONE_MAX:
            passes = _without_oldest(passes, kept)
    return replace(ledger, answered=answered, passes=passes)


def _here(room: Room) -> set[MemberId]:
    return {*room.members, *(guest.member_id for guest in room.guests)}


def _spoken_of(room: Room, ledger: Ledger) -> set[MemberId]:
    """Return everybody whose pass a rule may need although they have gone.

    Those who were sent away or out, by whatever number they come back; both sides of a block, which holds
    between devices; who proposed a role, for the second host must be another; and whose words or report are
    in front of hosts, who may still ban them.
    """
    lines = (line.member_id for line in chain(room.chat, room.held))
    heard = (line.member_id for line in room.captions)
    reported = (report.member_id for report in room.reports)
    pairs = (pair for block in room.blocks for pair in (block.by, block.member_id))
    proposers = (proposal.by for proposal in room.proposals)
    return {*ledger.removed, *ledger.outside, *lines, *heard, *reported, *pairs, *proposers}


def _without_oldest(known: dict[MemberId, _What], kept: Container[MemberId]) -> dict[MemberId, _What]:
    """Return those who are to be kept, and of the others the last `LEDGER_GONE_KEPT`, in their order."""
    gone = [who for who in known if who not in kept]
    forgotten = {*gone[: max(0, len(gone) - LEDGER_GONE_KEPT)]}
    return {who: what for who, what in known.items() if who not in forgotten}


@singledispatch
def _remember(fact: Fact, ledger: Ledger, commit: Commit) -> Ledger:
    del fact, commit
    return ledger


@_remember.register(RoomOpened | RoomClosed)
def _new_sitting(_: RoomOpened | RoomClosed, __: Ledger, ___: Commit) -> Ledger:
    return Ledger(answered={}, removed={})


@_remember.register
def _removed(fact: MemberRemoved, ledger: Ledger, commit: Commit) -> Ledger:
    return _sent_away(ledger, fact.member_id, commit)


@_remember.register
def _turned_away(fact: GuestLeft, ledger: Ledger, commit: Commit) -> Ledger:
    return ledger if fact.by == NO_MEMBER else _sent_away(ledger, fact.member_id, commit)


@_remember.register
def _banned(fact: BanPlaced, ledger: Ledger, commit: Commit) -> Ledger:
    return ledger if fact.member_id == NO_MEMBER else _sent_away(ledger, fact.member_id, commit)


@_remember.register
def _removal_lifted(fact: RemovalLifted, ledger: Ledger, _: Commit) -> Ledger:
    return replace(ledger, removed=_forgotten(ledger.removed, fact.member_id))


@_remember.register
def _role_given(fact: RoleGiven, ledger: Ledger, _: Commit) -> Ledger:
    return replace(ledger, roles=_remembered(ledger.roles, fact.member_id, fact.role))


@_remember.register
def _pass_noted(fact: PassNoted, ledger: Ledger, _: Commit) -> Ledger:
    passes = _remembered(ledger.passes, fact.member_id, fact.pass_, LEDGER_MAX_ANSWERED)
    return replace(ledger, passes=passes)


@_remember.register
def _stepped_out(fact: MemberSteppedOut, ledger: Ledger, commit: Commit) -> Ledger:
    return replace(ledger, outside=_remembered(ledger.outside, fact.guest.member_id, commit.seq))


@_remember.register
def _joined(fact: MemberJoined, ledger: Ledger, commit: Commit) -> Ledger:
    if ledger.outside:
        ledger = replace(ledger, outside=_let_in(ledger, fact.member.member_id))
    if commit.by != NO_MEMBER:  # somebody looked at them and let them in
        return replace(ledger, arrivals=_forgotten(ledger.arrivals, fact.member.member_id))
    return _note_arrival(ledger, fact.member.member_id, commit) if fact.member.is_new else ledger


@_remember.register
def _arrived(fact: GuestArrived, ledger: Ledger, commit: Commit) -> Ledger:
    return _note_arrival(ledger, fact.guest.member_id, commit) if fact.guest.is_new else ledger


def _let_in(ledger: Ledger, member_id: MemberId) -> dict[MemberId, int]:
    """Return who is still outside, when one is let in: nobody else with the same device."""
    theirs = ledger.passes.get(member_id, Pass())
    return {
        who: seq
        for who, seq in ledger.outside.items()
        if who != member_id and not theirs.shares_device(ledger.passes.get(who))
    }


def _sent_away(ledger: Ledger, member_id: MemberId, commit: Commit) -> Ledger:
    return replace(ledger, removed=_remembered(ledger.removed, member_id, commit.seq))


def _note_arrival(ledger: Ledger, member_id: MemberId, commit: Commit) -> Ledger:
    if member_id in ledger.arrivals:  # first at the door, then let in
        return ledger
    oldest_ms = commit.at_ms - BURST_BEFORE_FREEZE_MS
    recent = {who: at_ms for who, at_ms in ledger.arrivals.items() if at_ms >= oldest_ms}
    return replace(ledger, arrivals=_remembered(recent, member_id, commit.at_ms, BURST_MAX))


def _remembered(
    known: dict[MemberId, _What], member_id: MemberId, what: _What, most: int = LEDGER_MAX_GONE
) -> dict[MemberId, _What]:
    """Return what is known with one more, the newest last; of too many the oldest is forgotten."""
    now = known.copy()  # not a comprehension: of five thousand, 32 us instead of 300
    now.pop(member_id, None)
    for oldest in tuple(islice(now, max(0, len(now) - most + 1))):
        del now[oldest]
    now[member_id] = what
    return now


def _forgotten(known: dict[MemberId, _What], member_id: MemberId) -> dict[MemberId, _What]:
    if member_id not in known:
        return known
    return {who: what for who, what in known.items() if who != member_id}
