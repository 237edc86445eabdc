"""From a command to facts or a refusal. Pure: the record, the command and the time are all there is.

One function per command, grouped by noun in the modules of `_NOUNS`. Nothing else in the project may say
yes or no to a member, but for private words (`rooms.private`), which are no part of the record.
"""

from rooms import (
    bans,
    blocks,
    captions,
    chat,
    door,
    floor,
    membership,
    moderation,
    reactions,
    reports,
    rules,
    sheet,
    timekeeping,
    watch,
)
from rooms.commands import Command, OpenRoom
from rooms.facts import Fact
from rooms.model import Record
from rooms.refusals import Refusal, RefusalCode
from rooms.sitting import Decision, Sitting, rule_for

__all__ = ["Decision", "decide"]

_NOUNS = (
    membership,
    door,
    bans,
    floor,
    moderation,
    rules,
    sheet,
    timekeeping,
    watch,
    chat,
    captions,
    reactions,
    blocks,
    reports,
)
"""Importing them registers their rules."""


def decide(record: Record, command: Command, now_ms: int) -> tuple[Fact, ...] | Refusal:
    """Return the facts that the command leads to, or why it is refused.

    No facts means that what was asked for is already so. `now_ms` is wall-clock time.
    """
    if isinstance(command, OpenRoom):
        return membership.open_room(record, command)
    if record.room is None:
        return Refusal(code=RefusalCode.NO_ROOM)
    decision = rule_for(command, Sitting(record.room, record.ledger, now_ms))
    if isinstance(decision, Refusal):
        return decision
    return (*decision, *blocks.lifted_by(record.room, decision))
