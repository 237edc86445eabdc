import msgspec
import pytest

from rooms.apply import apply
from rooms.commands import (
    EndShare,
    EraseCaption,
    EraseLine,
    ExpireChat,
    GiveFloor,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    PostChat,
    RetractChat,
    SetMicrophone,
    WriteCaption,
    WriteShare,
)
from rooms.facts import (
    ChatPosted,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    GuestTold,
    LineHeld,
    MemberJoined,
    MemberRenamed,
    MemberSteppedOut,
    ReadingShown,
    ShareWritten,
)
from rooms.forget import loses_words, shown_share, withdrawn_lines, withdrawn_words, without_words
from rooms.host_commands import DropLine, ReleaseLine, ReportMember, SettleReport
from rooms.ids import MemberId
from rooms.limits import (
    CAPTION_WINDOW_MS,
    CHAT_WINDOW_LINES,
    CHAT_WINDOW_MS,
    DOOR_LINES_MAX,
    HELD_MAX,
    REPORTS_MAX,
    WAS_MAX,
)
from rooms.live_facts import CaptionWritten
from rooms.model import Guest, Member, Mutes, ReportReason, empty_record
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, peopled_story


def _kept(story: Story) -> list[Commit]:
    """What a log keeps that forgets at every commit."""
    record, kept, share_seq = empty_record(START_MS), list[Commit](), 0
    for commit in story.log:
        before, record = record, apply(record, commit)
        kept.append(commit)
        if before.room is None or record.room is None:
            continue
        gone = set(withdrawn_lines(before.room, record.room, commit))
        words = withdrawn_words(before.room, record.room, commit, kept)
        # by the rooms alone it is known as well: commits are kept only for a while
        assert loses_words(before.room, record.room, commit) == bool(words)
        gone |= words
        older, share_seq = share_seq, shown_share(record.room, commit, share_seq)
        if older not in (0, share_seq):
            gone.add(older)
        for seq in gone:
            kept[seq - 1] = without_words(kept[seq - 1], record.room)
    return kept


def _words(kept: list[Commit]) -> list[tuple[str, str]]:
    return [(commit.fact.name, commit.fact.text) for commit in kept if isinstance(commit.fact, ChatPosted)]


def _same_in_the_end(story: Story, kept: list[Commit]) -> bool:
    record = empty_record(START_MS)
    for commit in kept:
        record = apply(record, commit)
    return record == story.record


def test_a_line_taken_back_keeps_its_place_and_author() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="secret"), n=1)
    story.do(RetractChat(by=MAYA, seq=story.room.chat[0].seq), n=2)
    story.do(PostChat(by=MAYA, n=3, text="open"), n=3)
    kept = _kept(story)
    assert _words(kept) == [("Maya", ""), ("Maya", "open")]
    assert _same_in_the_end(story, kept)


def test_an_expired_line_keeps_nothing() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="taken back"), n=1)
    story.do(RetractChat(by=MAYA, seq=story.room.chat[0].seq), n=2)
    story.do(PostChat(by=MAYA, n=3, text="old"), n=3)
    story.now_ms += CHAT_WINDOW_MS + 1
    story.do(ExpireChat())
    kept = _kept(story)
    assert _words(kept) == [("", ""), ("", "")]
    assert _same_in_the_end(story, kept)


def test_a_line_pushed_out_of_the_window_keeps_nothing() -> None:
    story = peopled_story()
    for n in range(1, CHAT_WINDOW_LINES + 2):
        story.do(PostChat(by=MAYA, n=n, text=str(n)), n=n)
    kept = _kept(story)
    assert _words(kept)[:2] == [("", ""), ("Maya", "2")]
    assert _same_in_the_end(story, kept)


def test_an_erased_line_keeps_its_place_and_author() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="slur"), n=1)
    story.do(EraseLine(by=TOM, seq=story.room.chat[0].seq), n=1)
    kept = _kept(story)
    assert _words(kept) == [("Maya", "")]
    assert _same_in_the_end(story, kept)


def _written(kept: list[Commit]) -> list[str]:
    return [commit.fact.text for commit in kept if isinstance(commit.fact, ShareWritten)]


def test_of_a_share_in_writing_only_the_newest_words_are_kept_and_none_when_it_is_over() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(WriteShare(by=MAYA, text="I was"))
    story.do(WriteShare(by=MAYA, text="I was afraid"))
    story.do(PostChat(by=JO, n=1, text="thank you"), n=1)
    kept = _kept(story)
    assert _written(kept) == ["", "I was afraid"]
    assert _same_in_the_end(story, kept)
    story.do(EndShare(by=MAYA, passed=False))
    kept = _kept(story)
    assert _written(kept) == ["", ""]
    assert _same_in_the_end(story, kept)


def test_words_that_came_after_the_share_was_over_are_shown_nowhere() -> None:
    story = peopled_story()
    late = Commit(seq=9, at_ms=1, by=MAYA, n=1, fact=ShareWritten(member_id=MAYA, text="late"))
    assert shown_share(story.room, late, 0) == 0
    story.do(GiveFloor(by=TOM, member_id=JO))
    story.do(WriteShare(by=JO, text="mine"))
    assert shown_share(story.room, late, 7) == 7


def test_other_commits_take_nothing_away() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=MAYA, on=True), n=1)
    commit = story.log[-1]
    assert withdrawn_lines(story.room, story.room, commit) == frozenset()
    assert withdrawn_words(story.room, story.room, commit, story.log) == frozenset()
    assert without_words(commit, story.room) is commit


ADA = MemberId(44)


def _kept_texts(story: Story) -> bytes:
    kept = _kept(story)
    assert _same_in_the_end(story, kept)
    return msgspec.json.encode(kept)


def test_a_held_line_leaves_its_words_where_it_ends() -> None:
    story = peopled_story()
    for n in range(1, 4):
        story.commit(LineHeld(member_id=MAYA, n=n, name="Maya", text=f"number {n}"))
    first, second, third = (line.seq for line in story.room.held)
    assert _kept_texts(story).count(b"number") == 3
    story.do(DropLine(by=MAYA, seq=first))
    story.do(ReleaseLine(by=TOM, seq=second))
    kept = _kept(story)
    held = [commit.fact for commit in kept if isinstance(commit.fact, LineHeld)]
    assert [(fact.name, fact.text) for fact in held] == [("", ""), ("", ""), ("Maya", "number 3")]
    assert _words(kept) == [("Maya", "number 2")]
    story.now_ms += CHAT_WINDOW_MS + 1
    story.do(ExpireChat())
    assert b"number" not in _kept_texts(story)
    assert third not in {line.seq for line in story.room.held}


def test_held_lines_that_are_pushed_out_leave_no_words() -> None:
    story = peopled_story()
    for n in range(HELD_MAX + 1):
        story.commit(LineHeld(member_id=MAYA, n=n, name="Maya", text=f"number {n}."))
    texts = _kept_texts(story)
    assert b"number 0." not in texts
    assert b"number 1." in texts


def _at_the_door(story: Story) -> None:
    guest = Guest(member_id=ADA, name="Ada", since_ms=story.now_ms, is_new=True)
    story.commit(GuestArrived(guest=guest))


@pytest.mark.parametrize(
    "ending",
    [
        GuestLeft(member_id=ADA, by=TOM),
        MemberJoined(
            member=Member(member_id=ADA, name="Ada", role=Role.MEMBER, mutes=Mutes(), joined_ms=START_MS)
        ),
        GuestArrived(guest=Guest(member_id=ADA, name="Ada", since_ms=START_MS, is_new=True)),
    ],
)
def test_words_at_the_door_are_gone_with_the_guest(ending: Fact) -> None:
    story = peopled_story()
    _at_the_door(story)
    story.commit(GuestTold(member_id=ADA, by=ADA, text="let me in"))
    story.commit(GuestTold(member_id=ADA, by=TOM, text="who sent you"))
    assert b"who sent you" in _kept_texts(story)
    story.commit(ending)
    texts = _kept_texts(story)
    assert b"let me in" not in texts
    assert b"who sent you" not in texts


def test_at_the_door_the_newest_words_are_kept() -> None:
    story = peopled_story()
    _at_the_door(story)
    for n in range(DOOR_LINES_MAX + 1):
        story.commit(GuestTold(member_id=ADA, by=ADA, text=f"word {n}."))
    texts = _kept_texts(story)
    assert b"word 0." not in texts
    assert b"word 1." in texts


def test_words_of_one_guest_outlive_another() -> None:
    story = peopled_story()
    _at_the_door(story)
    story.commit(GuestTold(member_id=ADA, by=ADA, text="let me in"))
    story.do(JoinRoom(member_id=MemberId(55), name="Ben"))
    assert b"let me in" in _kept_texts(story)


def test_earlier_names_are_gone_with_their_member() -> None:
    story = peopled_story()
    for n in range(WAS_MAX + 1):
        story.commit(MemberRenamed(member_id=MAYA, name=f"Maya {n}", was=f"earlier {n}."))
    texts = _kept_texts(story)
    assert b"earlier 0." not in texts
    assert b"earlier 1." in texts
    story.do(LeaveRoom(by=MAYA))
    assert b"earlier" not in _kept_texts(story)


def test_earlier_names_are_gone_with_whoever_is_sent_out() -> None:
    story = peopled_story()
    story.commit(MemberRenamed(member_id=MAYA, name="May", was="earlier"))
    guest = Guest(member_id=MAYA, name="May", since_ms=START_MS, is_new=False)
    story.commit(MemberSteppedOut(guest=guest, by=TOM))
    assert b"earlier" not in _kept_texts(story)


def test_a_report_leaves_no_words_when_it_is_settled_or_pushed_out() -> None:
    story = peopled_story()
    for n in range(REPORTS_MAX + 1):
        words = f"words {n}."
        story.do(
            ReportMember(by=MAYA, member_id=JO, report_id=f"r{n}", reason=ReportReason.OTHER, words=words)
        )
    texts = _kept_texts(story)
    assert b"words 0." not in texts
    assert b"words 1." in texts
    story.do(SettleReport(by=TOM, report_id="r1"))
    texts = _kept_texts(story)
    assert b"words 1." not in texts
    assert b"words 2." in texts


def test_of_readings_the_one_that_is_shown_is_kept() -> None:
    story = peopled_story()
    for n in range(2):
        story.commit(ReadingShown(title=f"title {n}.", text=f"text {n}."))
    texts = _kept_texts(story)
    assert b"0." not in texts
    assert (b"title 1." in texts, b"text 1." in texts) == (True, True)
    story.commit(ReadingShown(title="", text=""))
    assert b"1." not in _kept_texts(story)


def _captions(kept: list[Commit]) -> list[str]:
    return [commit.fact.text for commit in kept if isinstance(commit.fact, CaptionWritten)]


def test_of_live_text_only_what_is_shown_is_kept() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.CAPTIONER))
    for line, text in ((1, "her na"), (1, "her name"), (2, "said Ann"), (3, "and then")):
        story.do(WriteCaption(by=MAYA, line=line, text=text, is_over=False))
    story.do(EraseCaption(by=TOM, member_id=MAYA, line=2))
    late = CaptionWritten(member_id=MAYA, line=2, text="said Anna", is_over=False)
    story.commit(late, MAYA)
    kept = _kept(story)
    assert _captions(kept) == ["", "her name", "", "and then", ""]
    assert _same_in_the_end(story, kept)
    story.now_ms += CAPTION_WINDOW_MS + 1
    story.do(ExpireChat())
    kept = _kept(story)
    assert _captions(kept) == [""] * 5
    assert _same_in_the_end(story, kept)
