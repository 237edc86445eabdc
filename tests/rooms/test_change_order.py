import pytest

from rooms.apply import change_room
from rooms.facts import (
    BanLifted,
    BanPlaced,
    BurstSeen,
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    ChatSet,
    Commit,
    Fact,
    HeldDropped,
    LineErased,
    LineHeld,
    MemberBlocked,
    MemberUnblocked,
    PhaseSet,
    ReportMade,
    ReportSettled,
    RoomClosed,
    RoomFrozen,
    RoomLocked,
    RulesSet,
    WatchSet,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import (
    BANS_MAX,
    BLOCKS_MAX,
    BLOCKS_MAX_OF_ONE,
    CHAT_WINDOW_LINES,
    HELD_MAX,
    REPORTS_MAX,
)
from rooms.model import (
    Ban,
    BanReason,
    Block,
    ChatMode,
    DoorMode,
    Order,
    Phase,
    Report,
    ReportReason,
    Room,
    Rules,
    Watch,
)
from tests.rooms.story import JO, MAYA, START_MS, TOM, peopled_story

FIRST_SEQ = 10


def _after(*facts: Fact, room: Room | None = None) -> Room:
    """The room after these, committed as 10, 11, 12 and so on, a millisecond apart."""
    room = room or peopled_story().room
    for number, fact in enumerate(facts):
        commit = Commit(seq=FIRST_SEQ + number, at_ms=START_MS + number, by=NO_MEMBER, n=0, fact=fact)
        changed = change_room(room, commit)
        assert changed is not None
        room = changed
    return room


def _line(text: str, held_seq: int = 0) -> ChatPosted:
    return ChatPosted(member_id=JO, n=1, name="Jo", text=text, held_seq=held_seq)


def _held(text: str) -> LineHeld:
    return LineHeld(member_id=JO, n=1, name="Jo", text=text)


def _ban(ban_id: str, until_ms: int = START_MS) -> BanPlaced:
    ban = Ban(ban_id=ban_id, reason=BanReason.FLOOD, placed_ms=START_MS, until_ms=until_ms, device=ban_id)
    return BanPlaced(ban=ban)


def _report(report_id: str) -> ReportMade:
    report = Report(report_id=report_id, member_id=JO, reason=ReportReason.OTHER, words="", at_ms=START_MS)
    return ReportMade(report=report)


def test_a_line_has_the_seq_and_the_time_of_its_commit() -> None:
    room = _after(_line("one"))
    (line,) = room.chat
    assert (line.seq, line.sent_ms, line.text) == (FIRST_SEQ, START_MS, "one")
    assert room.members[JO].wrote_ms == START_MS


def test_only_the_newest_lines_stay() -> None:
    room = _after(*(_line(str(n)) for n in range(CHAT_WINDOW_LINES + 2)))
    assert [line.text for line in room.chat] == [str(n) for n in range(2, CHAT_WINDOW_LINES + 2)]


@pytest.mark.parametrize("fact", [ChatRetracted(line_seq=11), LineErased(line_seq=11, by=TOM)])
def test_a_line_that_is_taken_away_keeps_its_place(fact: Fact) -> None:
    room = _after(_line("one"), _line("two"), fact)
    assert [(line.text, line.retracted) for line in room.chat] == [("one", False), ("", True)]


def test_lines_are_forgotten_up_to_one() -> None:
    room = _after(_line("one"), _line("two"), _line("three"), ChatExpired(through_seq=11))
    assert [line.text for line in room.chat] == ["three"]


def test_order_is_set_piece_by_piece() -> None:
    room = _after(ChatSet(mode=ChatMode.HOSTS, slow_ms=5_000), RoomLocked(on=True), RoomFrozen(on=True))
    assert room.order == Order(is_locked=True, is_frozen=True, chat=ChatMode.HOSTS, slow_ms=5_000)
    assert _after(RoomLocked(on=False), RoomFrozen(on=False), room=room).order == Order(
        chat=ChatMode.HOSTS, slow_ms=5_000
    )


def test_a_held_line_is_not_in_the_chat_until_it_is_let_through() -> None:
    room = _after(_held("one"), _held("two"))
    assert room.chat == ()
    assert [(line.seq, line.text) for line in room.held] == [(10, "one"), (11, "two")]
    released = _after(_held("one"), _held("two"), _line("one", held_seq=10))
    assert [line.text for line in released.held] == ["two"]
    assert [line.text for line in released.chat] == ["one"]
    assert _after(_held("one"), _held("two"), HeldDropped(line_seq=11, member_id=JO)).held == room.held[:1]


def test_held_lines_have_an_end() -> None:
    room = _after(*(_held(str(n)) for n in range(HELD_MAX + 1)))
    assert [line.text for line in room.held] == [str(n) for n in range(1, HELD_MAX + 1)]


def test_a_block_begins_and_ends_with_its_commits() -> None:
    room = _after(MemberBlocked(by=JO, member_id=MAYA), MemberUnblocked(by=JO, member_id=MAYA))
    assert room.blocks == (Block(by=JO, member_id=MAYA, since_seq=10, until_seq=11),)
    again = _after(MemberBlocked(by=JO, member_id=MAYA), room=room)
    assert [block.until_seq for block in again.blocks] == [11, 0]


def test_lifting_ones_own_block_lifts_nobody_elses() -> None:
    both = (MemberBlocked(by=JO, member_id=MAYA), MemberBlocked(by=MAYA, member_id=JO))
    room = _after(*both, MemberUnblocked(by=JO, member_id=MAYA))
    assert [(block.by, block.until_seq) for block in room.blocks] == [(JO, 12), (MAYA, 0)]


def test_of_ones_blocks_a_lifted_one_is_forgotten_first() -> None:
    blocked = [MemberBlocked(by=JO, member_id=MemberId(100 + n)) for n in range(BLOCKS_MAX_OF_ONE)]
    lifted = MemberUnblocked(by=JO, member_id=MemberId(107))
    room = _after(*blocked, lifted, MemberBlocked(by=JO, member_id=MAYA))
    whom = [block.member_id for block in room.blocks]
    assert len(whom) == BLOCKS_MAX_OF_ONE
    assert MemberId(107) not in whom
    assert whom[-1] == MAYA


def test_of_all_blocks_those_of_whoever_is_gone_are_forgotten_before_those_of_whoever_is_here() -> None:
    here = MemberBlocked(by=MAYA, member_id=JO)
    gone = [MemberBlocked(by=MemberId(1_000 + n), member_id=JO) for n in range(BLOCKS_MAX - 1)]
    room = _after(here, *gone, MemberBlocked(by=TOM, member_id=JO))
    by = [block.by for block in room.blocks]
    assert (len(by), by[0], by[1], by[-1]) == (BLOCKS_MAX, MAYA, MemberId(1_001), TOM)


def test_bans_are_known_until_they_are_lifted() -> None:
    room = _after(_ban("a"), _ban("b"))
    assert [ban.ban_id for ban in room.bans] == ["a", "b"]
    assert [ban.ban_id for ban in _after(BanLifted(ban_id="a"), room=room).bans] == ["b"]


def test_of_too_many_bans_the_one_that_ends_first_is_forgotten() -> None:
    many = [_ban(str(n), until_ms=START_MS + (n or 9_999_999)) for n in range(BANS_MAX)]
    room = _after(*many, _ban("late", until_ms=START_MS + 9_999_999))
    known = [ban.ban_id for ban in room.bans]
    assert len(known) == BANS_MAX
    assert "1" not in known
    assert {"0", "2", "late"} <= set(known)


def test_a_burst_is_who_was_named_last() -> None:
    assert _after(BurstSeen(members=(JO, MAYA)), BurstSeen(members=(JO,))).burst == (JO,)
    assert _after(BurstSeen(members=(JO,)), BurstSeen(members=())).burst == ()


def test_reports_are_shown_until_they_are_settled_and_only_the_newest() -> None:
    room = _after(*(_report(str(n)) for n in range(REPORTS_MAX + 1)), ReportSettled(report_id="7"))
    assert [one.report_id for one in room.reports] == [str(n) for n in range(1, REPORTS_MAX + 1) if n != 7]


def test_rules_watch_and_phase_are_as_was_said_last() -> None:
    rules, watch = Rules(door=DoorMode.EVERYBODY), Watch(was_led=True, lost_ms=5)
    room = _after(RulesSet(rules=rules), WatchSet(watch=watch), PhaseSet(phase=Phase.FELLOWSHIP, ends_ms=7))
    assert (room.rules, room.watch) == (rules, watch)
    assert (room.phase, room.ends_ms) == (Phase.FELLOWSHIP, 7)


def test_of_a_meeting_that_is_over_nothing_is_left() -> None:
    commit = Commit(seq=10, at_ms=1, by=NO_MEMBER, n=0, fact=RoomClosed())
    assert change_room(peopled_story().room, commit) is None
