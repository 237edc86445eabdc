from itertools import product

import pytest
from msgspec.structs import replace

from rooms.commands import GiveFloor, GiveRole, MuteMember, SetFloor, SetFreeze, SetMicrophone
from rooms.hearing import has_floor, is_heard, may_speak_now
from rooms.model import FloorMode, Mutes
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story


def _in_mode(mode: FloorMode) -> Story:
    story = peopled_story()
    story.do(SetFloor(by=TOM, mode=mode, limit_ms=0))
    return story


@pytest.mark.parametrize(("mode", "role", "is_frozen"), list(product(FloorMode, Role, [False, True])))
def test_who_may_speak_in_every_mode(mode: FloorMode, role: Role, is_frozen: bool) -> None:  # noqa: FBT001
    room = peopled_story().room
    room = replace(
        room,
        floor=replace(room.floor, mode=mode),
        order=replace(room.order, is_frozen=is_frozen),
    )
    member = replace(room.members[MAYA], role=role, mutes=Mutes(by_self=False))
    heard = role not in {Role.MEMBER, Role.CAPTIONER} or (mode is FloorMode.OPEN and not is_frozen)
    assert may_speak_now(room, member) is heard
    assert is_heard(room, member) is heard


@pytest.mark.parametrize("mode", [FloorMode.HANDS, FloorMode.ROUND, FloorMode.LISTEN])
def test_the_floor_makes_one_member_heard_and_no_other(mode: FloorMode) -> None:
    story = _in_mode(mode)
    assert code_of(story.try_(SetMicrophone(by=MAYA, on=True))) == "no_floor"
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    assert not story.is_heard(MAYA)  # the microphone is the member's own
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
    assert has_floor(story.room, story.member(MAYA))
    assert not has_floor(story.room, story.member(JO))
    assert code_of(story.try_(SetMicrophone(by=JO, on=True))) == "no_floor"


def test_the_floor_is_not_above_a_freeze_nor_above_a_mute() -> None:
    story = _in_mode(FloorMode.HANDS)
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(MuteMember(by=TOM, member_id=MAYA))
    assert not story.is_heard(MAYA)
    story.do(GiveFloor(by=TOM, member_id=JO))
    story.do(SetMicrophone(by=JO, on=True))
    story.do(SetFreeze(by=TOM, on=True))
    assert not story.is_heard(JO)
    assert code_of(story.try_(SetMicrophone(by=JO, on=True))) == "frozen"


def test_a_trusted_role_is_heard_without_the_floor() -> None:
    story = _in_mode(FloorMode.LISTEN)
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.SPEAKER))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
