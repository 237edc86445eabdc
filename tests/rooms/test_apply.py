from typing import get_args

import pytest

from rooms import apply as applying
from rooms.apply import apply, change_room
from rooms.commands import OpenRoom, PostChat, RemoveMember, SetMicrophone
from rooms.facts import ChatExpired, Commit, Fact, RoomOpened
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import LEDGER_MAX_ANSWERED, LEDGER_MAX_GONE
from rooms.model import Answered, Ledger, empty_record
from tests.rooms.story import JO, MAYA, TOM, peopled_story


def _commit(seq: int, fact: Fact) -> Commit:
    return Commit(seq=seq, at_ms=1, by=NO_MEMBER, n=0, fact=fact)


def test_every_fact_has_exactly_one_rule() -> None:
    ruled = set(applying._change.registry) - {object}
    assert ruled == set(get_args(Fact)) - {RoomOpened}


def test_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="does not follow"):
        apply(empty_record(1), _commit(2, ChatExpired(through_seq=1)))


def test_a_fact_before_the_opening_is_refused() -> None:
    with pytest.raises(ValueError, match="before its opening"):
        change_room(None, _commit(1, ChatExpired(through_seq=1)))


def test_a_fact_without_a_rule_is_a_bug() -> None:
    with pytest.raises(TypeError, match="no rule for int"):
        change_room(peopled_story().room, _commit(1, 5))  # type: ignore[arg-type]


def test_only_ruling_facts_move_the_ruling_seq() -> None:
    story = peopled_story()
    before = story.record.ruling_seq
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    assert story.record.ruling_seq == before
    story.do(SetMicrophone(by=MAYA, on=True), n=2)
    assert story.record.ruling_seq == story.record.revision.seq


def test_the_ledger_knows_the_last_number_of_each() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    story.do(PostChat(by=MAYA, n=2, text="y"), n=2)
    assert story.record.ledger.answered == {MAYA: Answered(2, story.record.revision.seq)}


def test_the_ledger_is_bounded() -> None:
    story = peopled_story()
    numbers = [MemberId(n) for n in range(1000, 1000 + LEDGER_MAX_ANSWERED)]
    full = Ledger(
        answered={who: Answered(1, 1) for who in numbers},
        removed={MemberId(n): n for n in range(10**6, 10**6 + LEDGER_MAX_GONE)},
    )
    story.record = type(story.record)(
        revision=story.record.revision,
        ruling_seq=story.record.ruling_seq,
        room=story.room,
        ledger=full,
    )
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    story.do(RemoveMember(by=TOM, member_id=JO), n=1)
    ledger = story.record.ledger
    assert len(ledger.answered) == LEDGER_MAX_ANSWERED
    assert len(ledger.removed) == LEDGER_MAX_GONE
    assert MAYA in ledger.answered
    assert JO in ledger.removed
    assert numbers[0] not in ledger.answered


def test_opening_clears_the_ledger() -> None:
    opened = RoomOpened(slug=RoomSlug("a"), title="", about="", meeting_id=MeetingId("m"))
    record = apply(empty_record(1), _commit(1, opened))
    assert record.ledger == Ledger(answered={}, removed={})
    assert OpenRoom
