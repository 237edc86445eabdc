import pytest

from rooms.commands import (
    EraseCaption,
    ExpireChat,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    SetChat,
    SetFreeze,
    WriteCaption,
)
from rooms.facts import Fact
from rooms.ids import MemberId
from rooms.limits import CAPTION_LINES, CAPTION_MAX_CHARS, CAPTION_WINDOW_MS
from rooms.model import ChatMode
from rooms.refusals import Refusal
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, open_story, peopled_story

NOBODY = MemberId(99)


def _captioned() -> Story:
    """Maya writes live text."""
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.CAPTIONER))
    return story


def _write(
    story: Story, text: str, line: int = 1, *, by: MemberId = MAYA, is_over: bool = False
) -> tuple[Fact, ...] | Refusal:
    return story.try_(WriteCaption(by=by, line=line, text=text, is_over=is_over))


def _shown(story: Story) -> list[str]:
    return [one.text for one in story.room.captions]


def test_letters_come_in_groups_and_a_line_is_written_in_place() -> None:
    story = _captioned()
    _write(story, "good")
    _write(story, "good evening ")
    _write(story, "Good evening.", is_over=True)
    _write(story, "welcome", line=2)
    assert _shown(story) == ["Good evening.", "welcome"]
    first, second = story.room.captions
    assert (first.name, first.is_over, second.is_over) == ("Maya", True, False)
    assert second.seq == story.record.revision.seq
    assert second.at_ms == story.now_ms


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CAPTIONER])
def test_only_a_captioner_writes(role: Role) -> None:
    story = open_story()
    story.do(JoinRoom(member_id=TOM, name="Tom", role=role))
    assert code_of(_write(story, "x", by=TOM)) == "not_allowed"
    assert code_of(_write(story, "x", by=NOBODY)) == "not_a_member"


def test_it_goes_on_in_a_frozen_room_and_in_slow_mode() -> None:
    story = _captioned()
    story.do(SetChat(by=TOM, mode=ChatMode.OFF, slow_ms=60_000))
    story.do(SetFreeze(by=TOM, on=True))
    _write(story, "the host says", is_over=True)
    _write(story, "please wait", line=2)
    assert _shown(story) == ["the host says", "please wait"]
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.MEMBER))
    assert code_of(_write(story, "please wait no", line=2)) == "not_allowed"


def test_the_newest_line_is_corrected_and_no_older_one() -> None:
    story = _captioned()
    _write(story, "one", is_over=True)
    _write(story, "too", line=2, is_over=True)
    _write(story, "two", line=2, is_over=True)
    assert code_of(_write(story, "uno", line=1)) == "no_such_line"
    assert _shown(story) == ["one", "two"]
    _write(story, "", line=2)
    assert _shown(story) == ["one", ""]
    assert code_of(_write(story, "x", line=0)) == "out_of_bounds"


def test_what_is_already_so_is_no_fact() -> None:
    story = _captioned()
    _write(story, "one")
    assert _write(story, " one\u200b ") == ()
    assert len(story.try_(WriteCaption(by=MAYA, line=1, text="one", is_over=True))) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a b"), ("a\u202eb", "ab"), ("\u200b", ""), ("x" * CAPTION_MAX_CHARS, "x" * CAPTION_MAX_CHARS)],
)
def test_a_line_is_cleaned(text: str, shown: str) -> None:
    story = _captioned()
    _write(story, text)
    assert _shown(story) == [shown]


def test_a_long_line_is_refused() -> None:
    assert code_of(_write(_captioned(), "x" * (CAPTION_MAX_CHARS + 1))) == "text_too_long"


def test_only_the_last_lines_are_kept() -> None:
    story = _captioned()
    for line in range(1, CAPTION_LINES + 3):
        _write(story, str(line), line, is_over=True)
    assert _shown(story) == [str(line) for line in range(3, CAPTION_LINES + 3)]


def test_a_host_erases_a_line_and_what_was_on_its_way_does_not_bring_it_back() -> None:
    story = _captioned()
    _write(story, "her name is")
    story.do(EraseCaption(by=TOM, member_id=MAYA, line=1))
    assert _shown(story) == [""]
    assert story.room.captions[0].is_erased
    assert code_of(_write(story, "her name is Ann")) == "no_such_line"
    assert story.do(EraseCaption(by=TOM, member_id=MAYA, line=1)) == ()
    _write(story, "and then", line=2)
    assert _shown(story) == ["", "and then"]


def test_who_may_erase() -> None:
    story = _captioned()
    _write(story, "one", is_over=True)
    _write(story, "two", line=2)
    assert code_of(story.try_(EraseCaption(by=JO, member_id=MAYA, line=1))) == "not_allowed"
    assert code_of(story.try_(EraseCaption(by=NOBODY, member_id=MAYA, line=1))) == "not_a_member"
    assert code_of(story.try_(EraseCaption(by=TOM, member_id=MAYA, line=3))) == "no_such_line"
    story.do(EraseCaption(by=MAYA, member_id=MAYA, line=1))  # the author, also an older one
    assert _shown(story) == ["", "two"]
    story.do(LeaveRoom(by=MAYA))
    story.do(EraseCaption(by=TOM, member_id=MAYA, line=2))
    assert _shown(story) == ["", ""]


def test_it_is_forgotten_a_few_minutes_after() -> None:
    story = _captioned()
    _write(story, "old", is_over=True)
    story.now_ms += CAPTION_WINDOW_MS
    assert story.do(ExpireChat()) == ()
    _write(story, "young", line=2)
    story.now_ms += 1
    story.do(ExpireChat())
    assert _shown(story) == ["young"]


def test_two_captioners_take_turns() -> None:
    story = _captioned()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.CAPTIONER))
    _write(story, "one")
    _write(story, "two", by=JO)
    _write(story, "one more")
    assert [(one.name, one.text) for one in story.room.captions] == [("Maya", "one more"), ("Jo", "two")]
