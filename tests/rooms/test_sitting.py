from typing import get_args

import pytest

from rooms import decide
from rooms.commands import Command, OpenRoom
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Sitting, actor_with, refuse, rule_for
from tests.rooms.story import MAYA, TOM, peopled_story


def test_every_command_but_opening_has_exactly_one_rule() -> None:
    assert decide.decide  # importing it registers the rules
    ruled = set(rule_for.registry) - {object}
    assert ruled == set(get_args(Command)) - {OpenRoom}


def test_a_command_without_a_rule_is_a_bug() -> None:
    story = peopled_story()
    with pytest.raises(TypeError, match="no rule for int"):
        rule_for(5, Sitting(story.room, story.record.ledger, 0))  # type: ignore[arg-type]


def test_an_actor_needs_a_seat_and_the_ability() -> None:
    story = peopled_story()
    sitting = Sitting(story.room, story.record.ledger, story.now_ms)
    assert actor_with(sitting, TOM, Ability.KEEP_ORDER) is story.member(TOM)
    refused = actor_with(sitting, MAYA, Ability.KEEP_ORDER)
    assert refused == Refusal(code=RefusalCode.NOT_ALLOWED)


def test_a_refusal_may_suggest() -> None:
    assert refuse(RefusalCode.NAME_TAKEN, "Maya 2").suggestion == "Maya 2"
