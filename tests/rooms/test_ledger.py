import pytest
from msgspec.structs import replace

from rooms.commands import (
    Command,
    ExpireSeat,
    GiveRole,
    JoinRoom,
    LeaveRoom,
    PostChat,
    RemoveMember,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import (
    BanPlaced,
    Commit,
    Fact,
    GuestArrived,
    GuestLeft,
    LeaveReason,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberSteppedOut,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoomClosed,
    RoomOpened,
)
from rooms.host_commands import BlockMember, ReportMember
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.ledger import last_number, write_ledger
from rooms.limits import (
    BURST_BEFORE_FREEZE_MS,
    BURST_MAX,
    LEDGER_GONE_KEPT,
    LEDGER_GONE_MAX,
    LEDGER_MAX_GONE,
)
from rooms.model import (
    Answered,
    Ban,
    BanReason,
    Guest,
    Ledger,
    Member,
    Mutes,
    Pass,
    ReportReason,
    empty_record,
)
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, letters, peopled_story

AL = MemberId(44)
EMPTY = Ledger(answered={}, removed={})


def _after(*facts: Fact, by: MemberId = NO_MEMBER, n: int = 0, gap_ms: int = 1) -> Ledger:
    """The ledger after these, committed as 1, 2, 3 and so on, `gap_ms` apart from 0 on."""
    ledger = EMPTY
    for number, fact in enumerate(facts):
        commit = Commit(seq=number + 1, at_ms=number * gap_ms, by=by, n=n, fact=fact)
        ledger = write_ledger(ledger, commit)
    return ledger


def _joined(who: MemberId, *, is_new: bool = False) -> MemberJoined:
    member = Member(member_id=who, name="Jo", role=Role.MEMBER, mutes=Mutes(), joined_ms=0, is_new=is_new)
    return MemberJoined(member=member)


def _guest(who: MemberId, *, is_new: bool = False) -> Guest:
    return Guest(member_id=who, name="Jo", since_ms=0, is_new=is_new)


def _banned(who: MemberId) -> BanPlaced:
    ban = Ban(ban_id="a", reason=BanReason.FLOOD, placed_ms=0, until_ms=1)
    return BanPlaced(ban=ban, member_id=who)


def _left(who: MemberId) -> MemberLeft:
    return MemberLeft(member_id=who, reason=LeaveReason.LEFT)


@pytest.mark.parametrize(
    ("fact", "is_sent_away"),
    [
        (MemberRemoved(member_id=JO, by=TOM), True),
        (GuestLeft(member_id=JO, by=TOM), True),
        (_banned(JO), True),
        (GuestLeft(member_id=JO), False),
        (_left(JO), False),
        (_banned(NO_MEMBER), False),
    ],
)
def test_who_was_sent_away_in_this_sitting(*, fact: Fact, is_sent_away: bool) -> None:
    assert _after(fact).removed == ({JO: 1} if is_sent_away else {})


def test_a_removal_that_is_lifted_is_forgotten_and_no_other() -> None:
    removed = (MemberRemoved(member_id=JO, by=TOM), MemberRemoved(member_id=MAYA, by=TOM))
    assert _after(*removed, RemovalLifted(member_id=JO)).removed == {MAYA: 2}
    assert _after(*removed, RemovalLifted(member_id=TOM)).removed == {JO: 1, MAYA: 2}


def test_of_too_many_removals_the_oldest_are_forgotten() -> None:
    everybody = [MemberId(n) for n in range(1, LEDGER_MAX_GONE + 2)]
    removed = _after(*(MemberRemoved(member_id=who, by=TOM) for who in everybody)).removed
    assert list(removed) == everybody[1:]


def test_roles_and_passes_outlive_the_seat() -> None:
    noted = PassNoted(member_id=JO, pass_=Pass(device="d"))
    ledger = _after(noted, RoleGiven(member_id=JO, role=Role.READER), _left(JO))
    assert ledger.roles == {JO: Role.READER}
    assert ledger.passes == {JO: Pass(device="d")}


def test_whoever_stepped_out_is_outside_until_let_in() -> None:
    out = MemberSteppedOut(guest=_guest(JO), by=TOM)
    assert _after(out).outside == {JO: 1}
    assert _after(out, _joined(MAYA)).outside == {JO: 1}
    assert _after(out, _joined(JO)).outside == {}


def test_to_let_one_in_is_to_let_the_device_in() -> None:
    passes = [PassNoted(member_id=who, pass_=Pass(device="d")) for who in (JO, MAYA)]
    hidden = PassNoted(member_id=TOM, pass_=Pass())
    outside = [MemberSteppedOut(guest=_guest(who), by=TOM) for who in (JO, TOM)]
    assert _after(*passes, hidden, *outside, _joined(MAYA)).outside == {TOM: 5}


def test_strangers_are_noted_when_they_came_and_others_are_not() -> None:
    at_door, seated = GuestArrived(guest=_guest(JO, is_new=True)), _joined(MAYA, is_new=True)
    known = (_joined(TOM), GuestArrived(guest=_guest(MemberId(44))))
    assert _after(at_door, seated, *known).arrivals == {JO: 0, MAYA: 1}
    assert _after(at_door, _joined(JO, is_new=True)).arrivals == {JO: 0}


def test_arrivals_of_long_ago_are_no_burst() -> None:
    strangers = [_joined(MemberId(n), is_new=True) for n in (1, 2, 3)]
    assert _after(*strangers, gap_ms=BURST_BEFORE_FREEZE_MS).arrivals == {
        2: BURST_BEFORE_FREEZE_MS,
        3: 2 * BURST_BEFORE_FREEZE_MS,
    }


def test_a_burst_has_an_end() -> None:
    strangers = [_joined(MemberId(n), is_new=True) for n in range(1, BURST_MAX + 2)]
    assert list(_after(*strangers).arrivals) == list(range(2, BURST_MAX + 2))


@pytest.mark.parametrize(("by", "n"), [(NO_MEMBER, 0), (NO_MEMBER, 4), (JO, 0)])
def test_what_the_server_does_answers_no_command(by: MemberId, n: int) -> None:
    assert _after(_left(JO), by=by, n=n).answered == {}


def test_of_several_facts_of_one_command_the_last_is_its_end() -> None:
    assert _after(_left(MAYA), _left(TOM), by=JO, n=4).answered == {JO: Answered(4, 2)}


@pytest.mark.parametrize(
    "fact",
    [RoomClosed(), RoomOpened(slug=RoomSlug("a"), title="", about="", meeting_id=MeetingId("m"))],
)
def test_each_sitting_begins_with_nothing(fact: Fact) -> None:
    before = (
        MemberRemoved(member_id=JO, by=TOM),
        PassNoted(member_id=JO, pass_=Pass(device="d")),
        MemberSteppedOut(guest=_guest(MAYA), by=TOM),
        _joined(TOM, is_new=True),
        RoleGiven(member_id=TOM, role=Role.HOST),
    )
    assert _after(*before, fact) == EMPTY


# --- who has gone ----------------------------------------------------------------------------------

VISITS = 1_000
ENOUGH = LEDGER_GONE_MAX + 10  # that somebody is forgotten
FIRST = 100_000  # the number of the first visitor


def _visit(story: Story, number: int) -> MemberId:
    """Come with a device, do two numbered things, and leave."""
    who = MemberId(FIRST + number)
    story.do(JoinRoom(member_id=who, name=letters(number), pass_=Pass(device=f"d{number}", is_known=True)))
    for n, on in ((1, True), (2, False)):
        story.do(SetMicrophone(by=who, on=on), n=n)
    story.do(LeaveRoom(by=who))
    return who


def _visits(story: Story, many: int = VISITS) -> list[MemberId]:
    return [_visit(story, number) for number in range(many)]


def test_a_thousand_visits_leave_the_ledger_small_and_the_last_are_known() -> None:
    story = peopled_story()
    everybody = _visits(story)
    ledger = story.record.ledger
    for known in (ledger.answered, ledger.passes):
        gone = [who for who in known if who not in story.room.members]
        assert LEDGER_GONE_KEPT <= len(gone) <= LEDGER_GONE_MAX
        assert gone == everybody[-len(gone) :]
    assert ledger.passes.keys() >= {MAYA, JO}


def test_who_sits_or_waits_is_remembered_whoever_comes_and_goes() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=AL, name="Al", pass_=Pass(device="als")))
    for who in (MAYA, AL):
        story.do(SetMicrophone(by=who, on=True), n=1)
    before = story.record.ledger
    story.do(StrandMember(member_id=AL))  # within the grace time a lost one comes back and asks again
    _visits(story, ENOUGH)
    ledger = story.record.ledger
    for who in (MAYA, AL):
        assert ledger.answered[who] == before.answered[who]
        assert ledger.passes[who] == before.passes[who]


def test_who_stayed_for_long_is_not_the_first_to_be_forgotten() -> None:
    story = peopled_story()
    _visits(story, LEDGER_GONE_MAX)
    story.do(LeaveRoom(by=MAYA))
    for number in range(LEDGER_GONE_KEPT - 1):
        _visit(story, VISITS + number)
    assert MAYA in story.record.ledger.passes


SPEAKING: dict[str, Command] = {
    "a line": PostChat(by=AL, n=1, text="x"),
    "a report": ReportMember(by=MAYA, member_id=AL, reason=ReportReason.OTHER, words="x", report_id="r"),
    "a block": BlockMember(by=AL, member_id=MAYA),
    "a block the other way": BlockMember(by=MAYA, member_id=AL),
    "a removal": RemoveMember(by=TOM, member_id=AL),
    "": SetMicrophone(by=AL, on=True),
}


@pytest.mark.parametrize("what", SPEAKING)
def test_what_somebody_came_with_is_known_while_something_speaks_of_them(what: str) -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=AL, name="Al", pass_=Pass(device="als")))
    story.do(SPEAKING[what], n=1)
    story.try_(LeaveRoom(by=AL))
    _visits(story, ENOUGH)
    assert (AL in story.record.ledger.passes) is bool(what)
    assert AL not in story.record.ledger.answered


def test_the_last_number_of_one_who_is_forgotten_is_that_of_the_last_line_there_is() -> None:
    story = peopled_story()
    assert last_number(story.record, MAYA) == 0
    story.do(PostChat(by=JO, n=9, text="x"), n=9)
    for n in (3, 4):
        story.do(PostChat(by=MAYA, n=n, text="x"), n=n)
    story.do(SetMicrophone(by=MAYA, on=True), n=5)
    assert last_number(story.record, MAYA) == 5
    story.do(LeaveRoom(by=MAYA))
    _visits(story, ENOUGH)
    assert MAYA not in story.record.ledger.answered
    assert last_number(story.record, MAYA) == 4
    assert last_number(empty_record(1), MAYA) == 0


def test_who_proposed_a_role_is_known_as_long_as_that_holds() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=AL, name="Al", role=Role.HOST, pass_=Pass(device="als")))
    story.do(GiveRole(by=AL, member_id=JO, role=Role.HOST))
    story.do(LeaveRoom(by=AL))
    _visits(story, ENOUGH)
    assert story.record.ledger.passes[AL] == Pass(device="als")


def test_the_end_of_a_seat_that_was_held_is_a_departure_too() -> None:
    story = peopled_story()
    many = LEDGER_GONE_MAX + 10
    for number in range(many):
        who = MemberId(FIRST + number)
        story.do(
            JoinRoom(member_id=who, name=letters(number), pass_=Pass(device=f"d{number}", is_known=True))
        )
        story.do(SetMicrophone(by=who, on=True), n=1)
        story.do(StrandMember(member_id=who))
    assert len(story.record.ledger.answered) == many
    for who in [who for who, seat in story.room.members.items() if seat.stranded_ms]:
        story.do(ExpireSeat(member_id=who, stranded_ms=story.now_ms))
    ledger = story.record.ledger
    for known in (ledger.answered, ledger.passes):
        gone = [who for who in known if who not in story.room.members]
        assert LEDGER_GONE_KEPT <= len(gone) <= LEDGER_GONE_MAX


def test_a_ledger_that_grew_under_another_rule_is_brought_into_bounds() -> None:
    story = peopled_story()
    numbers = [MemberId(n) for n in range(10**6, 10**6 + 6_000)]
    large = replace(
        story.record.ledger,
        answered={who: Answered(1, 1) for who in numbers},
        passes={who: Pass(device="d") for who in numbers},
    )
    story.record = replace(story.record, ledger=large)
    story.do(LeaveRoom(by=MAYA))
    assert list(story.record.ledger.answered) == numbers[-LEDGER_GONE_KEPT:]
    assert len(story.record.ledger.passes) == LEDGER_GONE_KEPT
