import pytest

from rooms.commands import ExpireChat, GiveRole, LeaveRoom, PostChat, RetractChat, SetChat, SetFreeze
from rooms.facts import HeldDropped, LineHeld, RulesSet, Unseen
from rooms.host_commands import DropLine, ReleaseLine
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import (
    CHAT_WINDOW_LINES,
    CHAT_WINDOW_MS,
    HELD_MAX,
    HELD_MAX_OF_ONE,
    HELD_RETRY_MS,
)
from rooms.model import ChatMode, Rules
from rooms.project import project, project_room, viewer_of
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story


def test_a_line_has_an_author_a_time_and_a_place() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=7, text=" hello\r\nthere "), n=7)
    (line,) = story.room.chat
    assert (line.text, line.name, line.member_id, line.n) == ("hello\nthere", "Maya", MAYA, 7)
    assert (line.seq, line.sent_ms) == (story.record.revision.seq, story.now_ms)


def test_an_empty_line_is_refused() -> None:
    assert code_of(peopled_story().try_(PostChat(by=MAYA, n=1, text=" \u200b\n"))) == "empty_text"


def test_only_members_write() -> None:
    assert code_of(peopled_story().try_(PostChat(by=MemberId(9), n=1, text="x"))) == "not_a_member"


def test_a_line_outlives_its_author() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="bye"), n=1)
    story.do(LeaveRoom(by=MAYA))
    assert story.room.chat[0].name == "Maya"


def test_taking_back_leaves_a_place_without_text() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="oops"), n=1)
    seq = story.room.chat[0].seq
    assert code_of(story.try_(RetractChat(by=JO, seq=seq))) == "no_such_line"
    assert code_of(story.try_(RetractChat(by=MAYA, seq=seq + 1))) == "no_such_line"
    assert code_of(story.try_(RetractChat(by=MemberId(9), seq=seq))) == "not_a_member"
    story.do(RetractChat(by=MAYA, seq=seq))
    assert (story.room.chat[0].text, story.room.chat[0].retracted) == ("", True)
    assert story.do(RetractChat(by=MAYA, seq=seq)) == ()


def test_the_window_holds_so_many_lines() -> None:
    story = peopled_story()
    for n in range(1, CHAT_WINDOW_LINES + 3):
        story.do(PostChat(by=MAYA, n=n, text=str(n)), n=n)
    assert len(story.room.chat) == CHAT_WINDOW_LINES
    assert story.room.chat[0].text == "3"


def test_old_lines_are_forgotten() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="old"), n=1)
    story.now_ms += CHAT_WINDOW_MS
    story.do(PostChat(by=MAYA, n=2, text="young"), n=2)
    assert story.do(ExpireChat()) == ()
    story.now_ms += 1
    story.do(ExpireChat())
    assert [line.text for line in story.room.chat] == ["young"]


def test_a_line_that_normalising_makes_too_long_says_so() -> None:
    grows = "\u0958" * 1_500  # composed characters that the normal form takes apart
    assert code_of(peopled_story().try_(PostChat(by=MAYA, n=1, text=grows))) == "text_too_long"


@pytest.mark.parametrize("mode", ChatMode)
@pytest.mark.parametrize("role", [role for role in Role if RANK[role] < RANK[Role.HOST]])
def test_who_may_write_in_every_mode(mode: ChatMode, role: Role) -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=role))
    story.do(SetChat(by=TOM, mode=mode, slow_ms=0))
    keeps_order = RANK[role] >= RANK[Role.SAFETY]
    may_write = mode is ChatMode.EVERYONE or (mode is ChatMode.HOSTS and keeps_order)
    assert code_of(story.try_(PostChat(by=MAYA, n=1, text="x"))) == ("" if may_write else "chat_closed")


def test_a_closed_chat_still_lets_words_be_taken_back() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="oops"))
    story.do(SetChat(by=TOM, mode=ChatMode.OFF, slow_ms=0))
    story.do(SetFreeze(by=TOM, on=True))
    story.do(RetractChat(by=MAYA, seq=story.room.chat[0].seq))
    assert story.room.chat[0].text == ""


def test_slow_mode_says_how_long_to_wait_to_each() -> None:
    story = peopled_story()
    story.do(SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=30_000))
    story.do(PostChat(by=MAYA, n=1, text="one"))
    story.now_ms += 10_000
    too_fast = Refusal(code=RefusalCode.TOO_FAST, retry_ms=20_000)
    assert story.try_(PostChat(by=MAYA, n=2, text="two")) == too_fast
    story.do(PostChat(by=JO, n=1, text="mine"))  # another's pace
    story.now_ms += 20_000
    story.do(PostChat(by=MAYA, n=3, text="two"))


def test_slow_mode_is_not_for_those_who_are_trusted() -> None:
    story = peopled_story()
    story.do(SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=30_000))
    for n in (2, 3):
        story.do(PostChat(by=TOM, n=n, text="x"))


NUMBER = "call me at 0151 2345 6789"


def holding_story() -> Story:
    """A room whose group wants a host to look at lines with contacts."""
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(holds_contacts=True)))
    return story


def test_a_line_with_a_contact_waits_for_a_host_and_its_author_sees_it() -> None:
    story = holding_story()
    (held,) = story.do(PostChat(by=MAYA, n=7, text=NUMBER), n=7)
    assert held == LineHeld(member_id=MAYA, n=7, name="Maya", text=NUMBER)
    assert story.room.chat == ()
    shown = {who: project_room(story.room, viewer_of(story.room, who)).held for who in (MAYA, TOM, JO)}
    assert [len(shown[who]) for who in (MAYA, TOM, JO)] == [1, 1, 0]
    own = project(story.log[-1], viewer_of(story.room, MAYA))
    assert (own.by, own.n, own.fact) == (MAYA, 7, held)
    other = project(story.log[-1], viewer_of(story.room, JO))
    assert (other.by, other.n, other.fact) == (NO_MEMBER, 0, Unseen())


def test_nothing_is_held_where_the_rules_do_not_say_so_nor_of_those_who_are_trusted() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text=NUMBER))
    story.commit(RulesSet(rules=Rules(holds_contacts=True)))
    story.do(PostChat(by=TOM, n=1, text=NUMBER))
    story.do(PostChat(by=MAYA, n=2, text="I am 12 days sober"))
    assert len(story.room.chat) == 3


def test_a_released_line_is_its_authors() -> None:
    story = holding_story()
    story.do(PostChat(by=MAYA, n=7, text=NUMBER), n=7)
    seq = story.room.held[0].seq
    story.now_ms += 5_000
    story.do(LeaveRoom(by=MAYA))
    assert code_of(story.try_(ReleaseLine(by=JO, seq=seq))) == "not_allowed"
    assert code_of(story.try_(ReleaseLine(by=TOM, seq=seq + 1))) == "no_such_line"
    story.do(ReleaseLine(by=TOM, seq=seq), n=4)
    assert story.room.held == ()
    (line,) = story.room.chat
    assert (line.member_id, line.name, line.n, line.text) == (MAYA, "Maya", 7, NUMBER)
    assert (line.seq, line.sent_ms) == (story.record.revision.seq, story.now_ms)
    assert (story.log[-1].by, story.log[-1].n) == (TOM, 4)
    assert code_of(story.try_(ReleaseLine(by=TOM, seq=seq))) == "no_such_line"


def test_letting_a_line_through_is_decided_once() -> None:
    story = holding_story()
    story.do(PostChat(by=MAYA, n=7, text=NUMBER), n=7)
    before = story.record.ruling_seq
    story.do(ReleaseLine(by=TOM, seq=story.room.held[0].seq))
    assert story.record.ruling_seq == story.record.revision.seq > before


def test_a_held_line_is_dropped_by_a_host_or_by_its_author() -> None:
    story = holding_story()
    for n in (1, 2):
        story.do(PostChat(by=MAYA, n=n, text=f"{NUMBER}{n}"), n=n)
    first, second = (line.seq for line in story.room.held)
    assert code_of(story.try_(DropLine(by=JO, seq=first))) == "no_such_line"
    assert code_of(story.try_(DropLine(by=MemberId(9), seq=first))) == "not_a_member"
    assert story.do(DropLine(by=MAYA, seq=first)) == (HeldDropped(line_seq=first, member_id=MAYA),)
    assert story.do(DropLine(by=TOM, seq=second)) == (HeldDropped(line_seq=second, member_id=MAYA),)
    assert code_of(story.try_(DropLine(by=TOM, seq=second))) == "no_such_line"
    assert (story.room.held, story.room.chat) == ((), ())


def test_so_many_lines_wait_of_one_and_of_all() -> None:
    story = holding_story()
    for n in range(HELD_MAX_OF_ONE):
        story.do(PostChat(by=MAYA, n=n, text=NUMBER))
    too_fast = Refusal(code=RefusalCode.TOO_FAST, retry_ms=HELD_RETRY_MS)
    assert story.try_(PostChat(by=MAYA, n=9, text=NUMBER)) == too_fast
    story.do(PostChat(by=MAYA, n=9, text="hello"))  # the pace of other lines is another
    for n in range(HELD_MAX - HELD_MAX_OF_ONE):
        story.commit(LineHeld(member_id=MemberId(100 + n), n=1, name="x", text=NUMBER))
    assert story.try_(PostChat(by=JO, n=1, text=NUMBER)) == too_fast


def test_a_line_that_waits_counts_for_slow_mode_and_for_a_freeze() -> None:
    story = holding_story()
    story.do(SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=30_000))
    story.do(PostChat(by=MAYA, n=1, text=NUMBER))
    story.now_ms += 10_000
    too_fast = Refusal(code=RefusalCode.TOO_FAST, retry_ms=20_000)
    assert story.try_(PostChat(by=MAYA, n=2, text="hello")) == too_fast
    assert story.try_(PostChat(by=MAYA, n=2, text=NUMBER)) == too_fast
    story.do(SetFreeze(by=TOM, on=True))
    assert code_of(story.try_(PostChat(by=MAYA, n=2, text=NUMBER))) == "frozen"


def test_old_lines_that_were_held_are_forgotten_one_by_one() -> None:
    story = holding_story()
    story.do(PostChat(by=MAYA, n=1, text=NUMBER))
    old = story.room.held[0].seq
    story.now_ms += CHAT_WINDOW_MS
    story.do(PostChat(by=JO, n=1, text=NUMBER))
    assert story.do(ExpireChat()) == ()
    story.now_ms += 1
    assert story.do(ExpireChat()) == (HeldDropped(line_seq=old, member_id=MAYA),)
    assert [line.member_id for line in story.room.held] == [JO]
