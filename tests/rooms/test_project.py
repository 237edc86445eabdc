from rooms.apply import change_room
from rooms.commands import GiveFloor, PostChat, RaiseHand, RemoveMember
from rooms.facts import LeaveReason, MemberLeft, MemberRemoved
from rooms.ids import NO_MEMBER, MemberId
from rooms.model import Lane
from rooms.project import Viewer, is_plain, project, project_room
from rooms.roles import RANK, Role
from tests.rooms.story import JO, MAYA, TOM, peopled_story


def test_a_removal_is_seen_by_hosts_and_by_the_member_only() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA), n=1)
    commit = story.log[-1]
    assert not is_plain(commit)
    assert project(commit, Viewer(TOM, Role.HOST)) is commit
    assert project(commit, Viewer(MAYA, Role.MEMBER)) is commit
    seen = project(commit, Viewer(JO, Role.MEMBER))
    assert seen.fact == MemberLeft(member_id=MAYA, reason=LeaveReason.LEFT)
    assert (seen.seq, seen.at_ms, seen.by, seen.n) == (commit.seq, commit.at_ms, NO_MEMBER, 0)
    assert isinstance(commit.fact, MemberRemoved)


def test_those_who_keep_order_see_who_was_removed_and_others_do_not() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA), n=1)
    for role in Role:
        seen = project(story.log[-1], Viewer(JO, role)).fact
        assert isinstance(seen, MemberRemoved) is (RANK[role] >= RANK[Role.SAFETY])


def test_a_removal_takes_hand_and_share_from_whoever_is_not_told_of_it() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    for who in (MAYA, JO):
        before = story.room
        story.do(RemoveMember(by=TOM, member_id=who), n=1)
        seen = project(story.log[-1], Viewer(MemberId(99), Role.MEMBER))
        assert change_room(before, seen) == story.room
    assert (story.room.floor.share, story.room.floor.hands) == (None, ())


def test_what_everybody_sees_is_not_copied() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    commit = story.log[-1]
    assert is_plain(commit)
    assert project(commit, Viewer(JO, Role.MEMBER)) is commit
    assert project_room(story.room, Viewer(JO, Role.MEMBER)) == story.room
