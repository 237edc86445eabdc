"""What a group settles about its room, beside turns and chat."""

from rooms.facts import RulesSet
from rooms.host_commands import SetRules
from rooms.ids import NO_MEMBER
from rooms.limits import PROBATION_MAX_MS, RESERVE_MAX_MS
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


@rule_for.register
def set_rules(command: SetRules, sitting: Sitting) -> Decision:
    """Settle the rules as a whole."""
    if command.by != NO_MEMBER:
        actor = actor_with(sitting, command.by, Ability.SET_RULES)
        if isinstance(actor, Refusal):
            return actor
    rules = command.rules
    if not (0 <= rules.probation_ms <= PROBATION_MAX_MS and 0 <= rules.reserve_ms <= RESERVE_MAX_MS):
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    return () if rules == sitting.room.rules else (RulesSet(rules=rules),)
