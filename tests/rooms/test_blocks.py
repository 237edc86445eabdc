import pytest
from msgspec.structs import replace

from rooms.blocks import in_force
from rooms.commands import GiveRole, JoinRoom, LeaveRoom, PostChat
from rooms.facts import MemberBlocked, MemberUnblocked, PassNoted, RoleGiven
from rooms.host_commands import BlockMember, UnblockMember
from rooms.ids import MemberId
from rooms.limits import BLOCKS_MAX, BLOCKS_MAX_OF_ONE
from rooms.model import Block, Pass
from rooms.project import project_room, viewer_of
from rooms.roles import RANK, Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story

ELSE = MemberId(9)


def note_pass(story: Story, member_id: MemberId) -> None:
    """What a join leaves in the ledger."""
    fact = PassNoted(member_id=member_id, pass_=Pass())
    story.commit(fact)


def test_a_block_is_of_both_and_shown_to_one() -> None:
    story = peopled_story()
    assert story.do(BlockMember(by=MAYA, member_id=JO)) == (MemberBlocked(by=MAYA, member_id=JO),)
    assert story.do(BlockMember(by=MAYA, member_id=JO)) == ()
    for author in (MAYA, JO, TOM):
        story.do(PostChat(by=author, n=1, text=f"{author}"))
    read = {
        who: [line.text for line in project_room(story.room, viewer_of(story.room, who)).chat]
        for who in (MAYA, JO, TOM)
    }
    assert read == {MAYA: ["11", "", "22"], JO: ["", "33", "22"], TOM: ["11", "33", "22"]}
    shown = {who: project_room(story.room, viewer_of(story.room, who)).blocks for who in (MAYA, JO, TOM)}
    assert [len(shown[who]) for who in (MAYA, JO, TOM)] == [1, 0, 0]


def test_a_block_is_lifted_by_whoever_placed_it() -> None:
    story = peopled_story()
    story.do(BlockMember(by=MAYA, member_id=JO))
    assert story.do(UnblockMember(by=JO, member_id=MAYA)) == ()
    assert story.do(UnblockMember(by=MAYA, member_id=JO)) == (MemberUnblocked(by=MAYA, member_id=JO),)
    assert story.do(UnblockMember(by=MAYA, member_id=JO)) == ()
    story.do(PostChat(by=JO, n=1, text="hello"))
    assert project_room(story.room, viewer_of(story.room, MAYA)).chat[0].text == "hello"


def test_nobody_is_apart_from_oneself_nor_from_somebody_who_was_never_here() -> None:
    story = peopled_story()
    assert code_of(story.try_(BlockMember(by=MAYA, member_id=MAYA))) == "not_allowed"
    assert code_of(story.try_(BlockMember(by=MAYA, member_id=ELSE))) == "no_such_member"
    assert code_of(story.try_(BlockMember(by=ELSE, member_id=MAYA))) == "not_a_member"
    assert code_of(story.try_(UnblockMember(by=ELSE, member_id=MAYA))) == "not_a_member"


def test_somebody_who_is_gone_can_be_blocked_before_coming_back() -> None:
    story = peopled_story()
    note_pass(story, JO)
    story.do(LeaveRoom(by=JO))
    assert story.do(BlockMember(by=MAYA, member_id=JO))


@pytest.mark.parametrize("role", [role for role in Role if RANK[role] < RANK[Role.HOST]])
def test_who_keeps_order_can_neither_block_nor_be_blocked(role: Role) -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=role))
    keeps_order = RANK[role] >= RANK[Role.SAFETY]
    code = "cannot_block" if keeps_order else ""
    assert code_of(story.try_(BlockMember(by=MAYA, member_id=JO))) == code
    assert code_of(story.try_(BlockMember(by=JO, member_id=MAYA))) == code


def test_who_was_to_keep_order_and_left_cannot_be_blocked_either() -> None:
    story = peopled_story()
    note_pass(story, JO)
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    story.do(LeaveRoom(by=JO))
    assert code_of(story.try_(BlockMember(by=MAYA, member_id=JO))) == "cannot_block"


def test_blocks_end_with_the_role_that_stands_outside_them() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=ELSE, name="Ada"))
    story.do(BlockMember(by=MAYA, member_id=JO))
    story.do(BlockMember(by=JO, member_id=ELSE))
    story.do(BlockMember(by=MAYA, member_id=ELSE))
    given = story.do(GiveRole(by=TOM, member_id=JO, role=Role.COHOST))
    assert sorted(map(repr, given)) == sorted(
        map(
            repr,
            (
                RoleGiven(member_id=JO, role=Role.COHOST),
                MemberUnblocked(by=MAYA, member_id=JO),
                MemberUnblocked(by=JO, member_id=ELSE),
            ),
        )
    )
    assert [(block.by, block.member_id) for block in in_force(story.room)] == [(MAYA, ELSE)]


def test_blocks_end_with_a_seat_in_such_a_role() -> None:
    story = peopled_story()
    note_pass(story, JO)
    story.do(LeaveRoom(by=JO))
    story.do(BlockMember(by=MAYA, member_id=JO))
    story.do(JoinRoom(member_id=JO, name="Jo", role=Role.HOST))
    assert list(in_force(story.room)) == []


def test_one_may_block_so_many() -> None:
    story = peopled_story()
    many = [MemberId(n) for n in range(1_000, 1_000 + BLOCKS_MAX_OF_ONE + 1)]
    for who in many:
        note_pass(story, who)
    for who in many[:-1]:
        story.do(BlockMember(by=MAYA, member_id=who))
    assert code_of(story.try_(BlockMember(by=MAYA, member_id=many[-1]))) == "out_of_bounds"
    story.do(UnblockMember(by=MAYA, member_id=many[3]))
    story.do(BlockMember(by=MAYA, member_id=many[-1]))
    assert len(list(in_force(story.room))) == len(story.room.blocks) == BLOCKS_MAX_OF_ONE


def test_of_too_many_blocks_those_that_matter_least_are_forgotten() -> None:
    story = peopled_story()
    held = [Block(by=MAYA, member_id=MemberId(1_000 + n), since_seq=n) for n in range(BLOCKS_MAX - 2)]
    lifted = Block(by=TOM, member_id=ELSE, since_seq=BLOCKS_MAX, until_seq=BLOCKS_MAX + 1)
    of_gone = Block(by=ELSE, member_id=MAYA, since_seq=BLOCKS_MAX + 2)
    story.record = replace(story.record, room=replace(story.room, blocks=(*held, of_gone, lifted)))
    for known in ([*held, of_gone], held, held[1:]):
        story.commit(MemberBlocked(by=JO, member_id=TOM))
        assert set(known) <= set(story.room.blocks)
        assert len(story.room.blocks) == BLOCKS_MAX
        assert lifted not in story.room.blocks
    assert held[0] not in story.room.blocks
