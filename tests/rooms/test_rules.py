import pytest
from msgspec.structs import replace

from rooms.commands import GiveRole, SetChat, SetFloor, SetMicrophone, SetPhase
from rooms.facts import ChatSet, FloorSet, RulesSet, WatchSet
from rooms.host_commands import SetRules
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import PROBATION_MAX_MS, RESERVE_MAX_MS
from rooms.model import ChatMode, DoorMode, FloorMode, Phase, RoomSettings, Rules, Watch
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


def test_a_group_settles_its_room_from_outside() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=JO, on=True))
    assert story.do(SetRules(by=NO_MEMBER, rules=RULES)) == (RulesSet(rules=RULES),)
    chat = SetChat(by=NO_MEMBER, mode=ChatMode.OFF, slow_ms=1_000)
    assert story.do(chat) == (ChatSet(mode=ChatMode.OFF, slow_ms=1_000),)
    floor = SetFloor(by=NO_MEMBER, mode=FloorMode.ROUND, limit_ms=60_000)
    assert story.do(floor)[0] == FloorSet(mode=FloorMode.ROUND, limit_ms=60_000)
    assert not story.is_heard(JO)
    assert story.room.settings == RoomSettings(
        floor=FloorMode.ROUND, limit_ms=60_000, chat=ChatMode.OFF, slow_ms=1_000, rules=RULES
    )
    for wrong in (replace(chat, slow_ms=-1), replace(floor, limit_ms=1)):
        assert code_of(story.try_(wrong)) == "out_of_bounds"


def test_from_outside_neither_fellowship_nor_safe_mode_is_ended() -> None:
    chosen = SetFloor(by=NO_MEMBER, mode=FloorMode.ROUND, limit_ms=60_000)
    story = peopled_story()
    story.do(SetPhase(phase=Phase.FELLOWSHIP, ends_ms=0))
    assert len(story.do(chosen)) == 2
    assert (story.room.floor.mode, story.room.floor.limit_ms) == (FloorMode.OPEN, 60_000)
    assert story.do(chosen) == ()
    assert story.room.settings.floor is FloorMode.ROUND
    story.do(SetPhase(phase=Phase.ON, ends_ms=0))
    assert story.room.floor.mode is FloorMode.ROUND
    story = peopled_story()
    story.commit(WatchSet(watch=Watch(was_led=True, is_safe=True)))
    story.do(chosen)
    assert story.room.watch.is_safe
    assert (story.room.floor.mode, story.room.settings.floor) == (FloorMode.OPEN, FloorMode.ROUND)


def test_who_settles_rules() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    for who in (MAYA, JO):
        assert code_of(story.try_(SetRules(by=who, rules=RULES))) == "not_allowed"
    assert code_of(story.try_(SetRules(by=MemberId(99), rules=RULES))) == "not_a_member"
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.COHOST))
    story.do(SetRules(by=JO, rules=RULES))
