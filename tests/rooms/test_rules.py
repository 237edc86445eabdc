import pytest

from rooms.commands import GiveRole
from rooms.facts import RulesSet
from rooms.host_commands import SetRules
from rooms.ids import MemberId
from rooms.limits import PROBATION_MAX_MS, RESERVE_MAX_MS
from rooms.model import DoorMode, Rules
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, code_of, peopled_story

RULES = Rules(
    door=DoorMode.STRANGERS,
    probation_ms=PROBATION_MAX_MS,
    reserve_ms=RESERVE_MAX_MS,
    closes_share=True,
    holds_contacts=True,
    has_private=True,
    locks_alone=True,
)


def test_rules_are_settled_as_a_whole_and_found_again() -> None:
    story = peopled_story()
    assert story.do(SetRules(by=TOM, rules=RULES)) == (RulesSet(rules=RULES),)
    assert story.do(SetRules(by=TOM, rules=RULES)) == ()
    assert story.room.settings.rules == RULES


@pytest.mark.parametrize(
    "rules",
    [
        Rules(probation_ms=-1),
        Rules(probation_ms=PROBATION_MAX_MS + 1),
        Rules(reserve_ms=-1),
        Rules(reserve_ms=RESERVE_MAX_MS + 1),
    ],
)
def test_times_have_bounds(rules: Rules) -> None:
    assert code_of(peopled_story().try_(SetRules(by=TOM, rules=rules))) == "out_of_bounds"


def test_who_settles_rules() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    for who in (MAYA, JO):
        assert code_of(story.try_(SetRules(by=who, rules=RULES))) == "not_allowed"
    assert code_of(story.try_(SetRules(by=MemberId(99), rules=RULES))) == "not_a_member"
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.COHOST))
    story.do(SetRules(by=JO, rules=RULES))
