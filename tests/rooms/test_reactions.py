import msgspec
import pytest

from rooms.commands import GiveFloor, GiveRole, JoinRoom, React, SetFreeze
from rooms.host_commands import BlockMember, SetRules
from rooms.ids import NO_MEMBER, MemberId
from rooms.model import Pass, Reaction, Reactions, Rules
from rooms.project import is_plain, project, project_room, viewer_of
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, code_of, open_story, peopled_story

NOBODY = MemberId(99)


def _counts(story: Story) -> dict[str, int]:
    counted = msgspec.structs.asdict(story.room.reactions)
    return {kind: count for kind, count in counted.items() if kind != "at_ms" and count}


def test_signs_are_counted() -> None:
    story = peopled_story()
    for who, kind in ((MAYA, Reaction.THANKS), (JO, Reaction.THANKS), (TOM, Reaction.APPLAUSE)):
        story.do(React(by=who, kind=kind))
    assert _counts(story) == {"thanks": 2, "applause": 1}
    assert story.room.reactions.at_ms == START_MS


@pytest.mark.parametrize("kind", Reaction)
def test_every_kind_has_its_count(kind: Reaction) -> None:
    story = peopled_story()
    story.do(React(by=MAYA, kind=kind))
    assert _counts(story) == {kind.value: 1}


def test_whoever_has_no_seat_gives_none() -> None:
    assert code_of(peopled_story().try_(React(by=NOBODY, kind=Reaction.THANKS))) == "not_a_member"


def test_hosts_switch_them_off() -> None:
    story = peopled_story()
    story.do(SetRules(by=TOM, rules=Rules(has_reactions=False)))
    assert code_of(story.try_(React(by=TOM, kind=Reaction.THANKS))) == "reactions_off"


def test_in_a_frozen_room_only_those_with_a_role_give_one() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.CAPTIONER))
    story.do(SetFreeze(by=TOM, on=True))
    assert code_of(story.try_(React(by=MAYA, kind=Reaction.THANKS))) == "frozen"
    story.do(React(by=JO, kind=Reaction.THANKS))
    assert _counts(story) == {"thanks": 1}


def test_newcomers_may() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
    story.do(SetRules(by=TOM, rules=Rules(probation_ms=60_000)))
    story.do(JoinRoom(member_id=MAYA, name="Maya", pass_=Pass()))
    assert story.member(MAYA).probation_ms
    story.do(React(by=MAYA, kind=Reaction.WITH_YOU))
    assert _counts(story) == {"with_you": 1}


def test_nobody_is_shown_whose_it_is_but_the_one() -> None:
    story = peopled_story()
    story.do(React(by=MAYA, kind=Reaction.THANKS), n=5)
    commit = story.log[-1]
    assert not is_plain(commit)
    for who in (TOM, JO):
        seen = project(commit, viewer_of(story.room, who))
        assert (seen.by, seen.n) == (NO_MEMBER, 0)
        assert str(MAYA) not in msgspec.json.encode(seen).decode()
    mine = project(commit, viewer_of(story.room, MAYA))
    assert (mine.by, mine.n) == (MAYA, 5)


def test_a_block_does_not_tell_by_the_count_whose_it_is() -> None:
    story = peopled_story()
    story.do(BlockMember(by=JO, member_id=MAYA))
    story.do(React(by=MAYA, kind=Reaction.THANKS))
    shown = {project_room(story.room, viewer_of(story.room, who)).reactions.thanks for who in (MAYA, TOM, JO)}
    assert shown == {1}


def test_the_state_knows_nothing_but_counts() -> None:
    assert set(Reactions.__struct_fields__) == {*(kind.value for kind in Reaction), "at_ms"}


def test_the_next_share_has_its_own() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(React(by=JO, kind=Reaction.THANKS))
    story.do(GiveFloor(by=TOM, member_id=JO))
    assert _counts(story) == {}
