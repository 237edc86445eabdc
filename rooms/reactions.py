"""Silent signs, counted and nobody's: so that a share is not followed by silence alone."""

from rooms.commands import React
from rooms.live_facts import Reacted
from rooms.refusals import RefusalCode
from rooms.roles import is_trusted
from rooms.sitting import Decision, Sitting, no_seat, refuse, rule_for


@rule_for.register
def react(command: React, sitting: Sitting) -> Decision:
    """Give a sign. How often one member may is a pace, since no count of one's own is kept anywhere.

    Blocks do not part here: a count that differs from one viewer to the next would tell whose it is.
    """
    actor = sitting.seat(command.by)
    if actor is None:
        return no_seat(sitting, command.by)
    if not sitting.room.rules.has_reactions:
        return refuse(RefusalCode.REACTIONS_OFF)
    if sitting.room.order.is_frozen and not is_trusted(actor.role):
        return refuse(RefusalCode.FROZEN)
    return (Reacted(kind=command.kind),)
