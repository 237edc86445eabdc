"""What the rules must remember of each fact and nobody is shown."""

from functools import singledispatch
from typing import TypeVar

from msgspec.structs import replace

from rooms.facts import (
    BanPlaced,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    MemberJoined,
    MemberRemoved,
    MemberSteppedOut,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoomClosed,
    RoomOpened,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import BURST_BEFORE_FREEZE_MS, BURST_MAX, LEDGER_MAX_ANSWERED, LEDGER_MAX_GONE
from rooms.model import Answered, Ledger, Pass

_What = TypeVar("_What")


def write_ledger(ledger: Ledger, commit: Commit) -> Ledger:
    """Return the ledger after one commit; each sitting has its own."""
    ledger = _remember(commit.fact, ledger, commit)
    if commit.by == NO_MEMBER or commit.n <= 0:
        return ledger
    answered = {who: last for who, last in ledger.answered.items() if who != commit.by}
    answered[commit.by] = Answered(commit.n, commit.seq)
    if len(answered) > LEDGER_MAX_ANSWERED:
        del answered[next(iter(answered))]
    return replace(ledger, answered=answered)


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
    others = [(who, old) for who, old in known.items() if who != member_id]
    return {**dict(others[-(most - 1) :]), member_id: what}


def _forgotten(known: dict[MemberId, _What], member_id: MemberId) -> dict[MemberId, _What]:
    if member_id not in known:
        return known
    return {who: what for who, what in known.items() if who != member_id}
