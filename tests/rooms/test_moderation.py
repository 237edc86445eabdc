from rooms.commands import LiftMute, MuteMember, RemoveMember, SetMicrophone
from rooms.ids import MemberId
from rooms.model import Mutes
from tests.rooms.story import JO, MAYA, TOM, code_of, peopled_story

NOBODY = MemberId(99)


def test_only_hosts_act_on_others() -> None:
    story = peopled_story()
    for command in (
        MuteMember(by=MAYA, member_id=JO),
        LiftMute(by=MAYA, member_id=JO),
        RemoveMember(by=MAYA, member_id=JO),
    ):
        assert code_of(story.try_(command)) == "not_allowed"


def test_nobody_acts_on_somebody_who_is_not_there() -> None:
    story = peopled_story()
    for command in (
        MuteMember(by=TOM, member_id=NOBODY),
        LiftMute(by=TOM, member_id=NOBODY),
        RemoveMember(by=TOM, member_id=NOBODY),
    ):
        assert code_of(story.try_(command)) == "no_such_member"


def test_somebody_who_is_not_there_acts_on_nobody() -> None:
    assert code_of(peopled_story().try_(MuteMember(by=NOBODY, member_id=JO))) == "not_a_member"


def test_a_mute_closes_and_lifting_it_opens_nothing() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    story.do(MuteMember(by=TOM, member_id=MAYA))
    assert story.do(MuteMember(by=TOM, member_id=MAYA)) == ()
    assert story.member(MAYA).mutes == Mutes(by_self=True, by_host=True)
    story.do(LiftMute(by=TOM, member_id=MAYA))
    assert story.do(LiftMute(by=TOM, member_id=MAYA)) == ()
    assert story.member(MAYA).mutes == Mutes(by_self=True, by_host=False)
    assert not story.is_heard(MAYA)


def test_removing() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA))
    assert MAYA not in story.room.members
    assert story.do(RemoveMember(by=TOM, member_id=MAYA)) == ()
    assert code_of(story.try_(RemoveMember(by=TOM, member_id=TOM))) == "not_allowed"
