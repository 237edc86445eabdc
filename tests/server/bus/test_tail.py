import pytest

from rooms.facts import (
    ChatPosted,
    ChatRetracted,
    Commit,
    Fact,
    MemberJoined,
    RoomOpened,
    ShareBegan,
    ShareWritten,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Lane, Member, Mutes, Revision, empty_record
from rooms.roles import Role
from server.bus.tail import RoomTail
from server.ports import Missing

MAYA = MemberId(5)
OPENED = RoomOpened(slug=RoomSlug("talk"), title="Talk", about="", meeting_id=MeetingId("m"))
JOINED = MemberJoined(
    member=Member(member_id=MAYA, name="Maya", role=Role.MEMBER, mutes=Mutes(), joined_ms=0)
)


def commits(first: int, *facts: Fact) -> tuple[Commit, ...]:
    return tuple(
        Commit(seq=seq, at_ms=1, by=MAYA, n=0, fact=fact) for seq, fact in enumerate(facts, start=first)
    )


def line(text: str) -> ChatPosted:
    return ChatPosted(member_id=MAYA, n=1, name="Maya", text=text)


def test_it_grows_and_says_which_commits_lost_their_words() -> None:
    tail = RoomTail(empty_record(7))
    assert tail.grow(commits(1, OPENED, JOINED, line("a"), line("b"))) == ()
    (bare,) = tail.grow(commits(5, ChatRetracted(line_seq=3)))
    assert (bare.seq, bare.fact) == (3, line(""))
    kept = tail.since(Revision(7, 2))
    assert not isinstance(kept, Missing)
    assert [commit.fact for commit in kept] == [line(""), line("b"), ChatRetracted(line_seq=3)]
    with pytest.raises(ValueError, match="does not follow"):
        tail.grow(commits(9, line("c")))


def test_a_copy_grows_by_itself() -> None:
    tail = RoomTail(empty_record(7))
    tail.grow(commits(1, OPENED, JOINED))
    copy = tail.copy()
    copy.grow(commits(3, line("a")))
    assert (tail.revision.seq, copy.revision.seq) == (2, 3)
    assert len(tail.commits) == 2


def test_one_that_begins_in_the_middle_of_a_share_in_writing_forgets_it_too() -> None:
    tail = RoomTail(empty_record(7))
    tail.grow(
        commits(
            *(1, OPENED, JOINED, ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0)),
            ShareWritten(member_id=MAYA, text="I was"),
        )
    )
    for later in (tail, tail.copy(), RoomTail(tail.record, tail.commits)):
        (bare,) = later.grow(commits(5, ShareWritten(member_id=MAYA, text="I was afraid")))
        assert (bare.seq, bare.fact) == (4, ShareWritten(member_id=MAYA, text=""))


def test_another_epoch_or_too_far_back_is_missing() -> None:
    tail = RoomTail(empty_record(7))
    tail.grow(commits(1, OPENED, JOINED))
    later = RoomTail(tail.record)
    assert isinstance(later.since(Revision(7, 1)), Missing)
    assert isinstance(later.since(Revision(6, 2)), Missing)
    assert later.since(Revision(7, 2)) == ()
