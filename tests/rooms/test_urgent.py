import pytest

from rooms.commands import Command, LiftMute, MuteAll, MuteMember, PostChat, RemoveMember, SetFreeze
from rooms.facts import MemberMuted, MemberRemoved
from rooms.hearing import is_heard
from rooms.host_commands import BlockMember, StepOut, UnblockMember
from rooms.urgent import in_effect, is_urgent
from tests.rooms.story import JO, MAYA, TOM, peopled_story

NOW_MS = 2_000_000


@pytest.mark.parametrize(
    "command",
    [
        MuteMember(by=TOM, member_id=MAYA),
        MuteAll(by=TOM),
        RemoveMember(by=TOM, member_id=MAYA),
        StepOut(by=TOM, member_id=MAYA),
        SetFreeze(by=TOM, on=True),
        BlockMember(by=JO, member_id=MAYA),
    ],
)
def test_what_takes_voice_or_hearing_away_is_urgent(command: Command) -> None:
    assert is_urgent(command)


@pytest.mark.parametrize(
    "command",
    [
        LiftMute(by=TOM, member_id=MAYA),
        SetFreeze(by=TOM, on=False),
        UnblockMember(by=JO, member_id=MAYA),
        PostChat(by=MAYA, n=1, text="hello"),
    ],
)
def test_what_gives_some_back_can_wait(command: Command) -> None:
    assert not is_urgent(command)


def test_the_effect_is_what_the_record_would_be_and_the_record_stays() -> None:
    record = peopled_story().record
    orders = [MuteMember(by=TOM, member_id=MAYA), RemoveMember(by=TOM, member_id=JO)]
    effect, commits = in_effect(record, orders, NOW_MS)
    assert effect.room is not None
    assert record.room is not None
    assert not is_heard(effect.room, effect.room.members[MAYA])
    assert JO not in effect.room.members
    assert JO in record.room.members
    assert [type(commit.fact) for commit in commits] == [MemberMuted, MemberRemoved]


def test_what_the_room_refuses_has_no_effect() -> None:
    record = peopled_story().record
    assert in_effect(record, [MuteMember(by=MAYA, member_id=TOM)], NOW_MS) == (record, ())
