from rooms.apply import apply
from rooms.commands import (
    EndShare,
    EraseLine,
    ExpireChat,
    GiveFloor,
    PostChat,
    RetractChat,
    SetMicrophone,
    WriteShare,
)
from rooms.facts import ChatPosted, Commit, ShareWritten
from rooms.forget import shown_share, withdrawn_lines, without_words
from rooms.limits import CHAT_WINDOW_LINES, CHAT_WINDOW_MS
from rooms.model import empty_record
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
    assert without_words(commit, story.room) is commit
