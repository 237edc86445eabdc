import pytest

from rooms.changing import (
    change_for,
    inserted,
    mute,
    with_hands,
    with_member,
    without_hand,
    without_member,
)
from rooms.commands import GiveFloor, RaiseHand
from rooms.facts import ChatExpired, Commit
from rooms.ids import NO_MEMBER
from rooms.model import Hand, Lane, Mutes
from tests.rooms.story import JO, MAYA, TOM, peopled_story

HANDS = tuple(Hand(member_id=who, lane=Lane.SHARE, raised_ms=0) for who in (MAYA, TOM))
LATE = Hand(member_id=JO, lane=Lane.SHARE, raised_ms=0)


def test_what_is_no_fact_has_no_rule() -> None:
    room = peopled_story().room
    commit = Commit(seq=9, at_ms=1, by=NO_MEMBER, n=0, fact=ChatExpired(through_seq=1))
    with pytest.raises(TypeError, match="no rule for str at 9 of talk"):
        change_for("words", room, commit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "order"),
    [(0, [JO, MAYA, TOM]), (1, [MAYA, JO, TOM]), (2, [MAYA, TOM, JO]), (500, [MAYA, TOM, JO])],
)
def test_a_hand_is_put_at_its_place(place: int, order: list[int]) -> None:
    assert [hand.member_id for hand in inserted(HANDS, LATE, place)] == order


def test_hands_are_told_apart_by_whose_they_are() -> None:
    assert without_hand(HANDS, MAYA) == HANDS[1:]
    assert without_hand(HANDS, JO) == HANDS
    assert with_hands(peopled_story().room, HANDS).floor.hands == HANDS


def test_a_member_takes_the_place_of_what_it_was() -> None:
    room = peopled_story().room
    jo = type(room.members[JO])(
        member_id=JO, name="Joan", role=room.members[JO].role, mutes=Mutes(), joined_ms=1
    )
    changed = with_member(room, jo)
    assert changed.members == {**room.members, JO: jo}
    assert list(changed.members) == list(room.members)
    assert room.members[JO].name == "Jo"


def test_whoever_goes_takes_hand_and_share_along_and_nothing_of_others() -> None:
    story = peopled_story()
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    without_maya = without_member(story.room, MAYA)
    assert list(without_maya.members) == [TOM, JO]
    assert without_maya.floor.share is None
    assert [hand.member_id for hand in without_maya.floor.hands] == [JO]
    without_jo = without_member(story.room, JO)
    assert without_jo.floor.share == story.room.floor.share
    assert without_jo.floor.hands == ()


@pytest.mark.parametrize("was", [Mutes(by_self=a, by_host=b) for a in (True, False) for b in (True, False)])
def test_a_mute_that_is_not_named_stays(was: Mutes) -> None:
    story = peopled_story()
    room = mute(story.room, JO, by_self=was.by_self, by_host=was.by_host)
    assert room.members[JO].mutes == was
    assert mute(room, JO).members[JO].mutes == was
    assert mute(room, JO, by_self=True).members[JO].mutes == Mutes(by_self=True, by_host=was.by_host)
    assert mute(room, JO, by_host=False).members[JO].mutes == Mutes(by_self=was.by_self, by_host=False)
    assert room.members[MAYA] == story.room.members[MAYA]
