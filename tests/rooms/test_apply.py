from typing import get_args

import pytest
from msgspec.structs import replace

from rooms.apply import apply, change_room
from rooms.changing import change_for
from rooms.commands import EndShare, GiveFloor, GiveRole, LeaveRoom, PostChat, RemoveMember, SetMicrophone
from rooms.facts import ChatExpired, ChatPosted, Commit, Fact, RoomClosed, RoomOpened, ShareWritten, TimeAdded
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import LEDGER_MAX_ANSWERED, LEDGER_MAX_GONE, SHARED_MAX
from rooms.model import Answered, Ledger, empty_record
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, peopled_story


def _commit(seq: int, fact: Fact) -> Commit:
    return Commit(seq=seq, at_ms=1, by=NO_MEMBER, n=0, fact=fact)


def test_every_fact_has_exactly_one_rule() -> None:
    ruled = set(change_for.registry) - {object}
    assert ruled == set(get_args(Fact)) - {RoomOpened, RoomClosed}


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
        roles={MemberId(n): Role.READER for n in range(10**6, 10**6 + LEDGER_MAX_GONE)},
    )
    story.record = type(story.record)(
        revision=story.record.revision,
        ruling_seq=story.record.ruling_seq,
        room=story.room,
        ledger=full,
    )
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    ledger = story.record.ledger
    assert len(ledger.answered) == LEDGER_MAX_ANSWERED
    assert MAYA in ledger.answered
    assert numbers[0] not in ledger.answered
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.READER), n=1)
    story.do(RemoveMember(by=TOM, member_id=JO), n=2)
    ledger = story.record.ledger
    assert len(ledger.removed) == LEDGER_MAX_GONE
    assert JO in ledger.removed
    assert len(ledger.roles) == LEDGER_MAX_GONE
    assert ledger.roles[JO] is Role.READER


def test_opening_clears_the_ledger() -> None:
    opened = RoomOpened(slug=RoomSlug("a"), title="", about="", meeting_id=MeetingId("m"))
    record = apply(empty_record(1), _commit(1, opened))
    assert record.ledger == Ledger(answered={}, removed={})


def test_turns_of_long_ago_are_forgotten() -> None:
    story = peopled_story()
    shared = tuple(MemberId(n) for n in range(1_000, 1_000 + SHARED_MAX))
    floor = replace(story.room.floor, shared=shared)
    story.record = replace(story.record, room=replace(story.room, floor=floor))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(EndShare(by=TOM, passed=False))
    assert story.room.floor.shared == (*shared[1:], MAYA)


def test_time_for_no_share_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time was added to no share"):
        change_room(peopled_story().room, _commit(9, TimeAdded(limit_ms=1)))


def test_words_that_come_after_the_share_change_nothing() -> None:
    story = peopled_story()
    late = _commit(9, ShareWritten(member_id=MAYA, text="late"))
    assert change_room(story.room, late) == story.room
    story.do(GiveFloor(by=TOM, member_id=JO))
    assert change_room(story.room, late) == story.room


def test_a_line_of_somebody_who_has_left_meanwhile_has_its_place() -> None:
    story = peopled_story()
    story.do(LeaveRoom(by=MAYA))
    line = ChatPosted(member_id=MAYA, n=1, name="Maya", text="bye")
    room = change_room(story.room, _commit(9, line))
    assert [each.text for each in room.chat] == ["bye"]
    assert room.members == story.room.members
