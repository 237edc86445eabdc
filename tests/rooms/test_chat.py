import pytest

from rooms.commands import ExpireChat, GiveRole, LeaveRoom, PostChat, RetractChat, SetChat, SetFreeze
from rooms.ids import MemberId
from rooms.limits import CHAT_WINDOW_LINES, CHAT_WINDOW_MS
from rooms.model import ChatMode
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import RANK, Role
from tests.rooms.story import JO, MAYA, TOM, code_of, peopled_story


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
