from rooms.blocks import in_force
from rooms.commands import GiveRole, JoinRoom, LeaveRoom, ResumeSeat, StrandMember
from rooms.facts import (
    BurstSeen,
    GuestArrived,
    MemberBlocked,
    MemberJoined,
    MemberReturned,
    PassNoted,
    RulesSet,
)
from rooms.host_commands import AdmitGuest, BlockMember, UnblockMember
from rooms.ids import MemberId
from rooms.limits import BURST_MAX, BURST_MIN, BURST_WINDOW_MS
from rooms.model import DoorMode, Guest, Member, Pass, Rules
from rooms.roles import Role
from tests.rooms.story import JO, KNOWN, MAYA, TOM, Story, letters, open_story, peopled_story

ANN, BEN = MemberId(101), MemberId(102)
ANNS = Pass(device="ann")


def crowd(story: Story, count: int, first: int = 200, every_ms: int = 0) -> list[MemberId]:
    """Let so many strangers come, one after the other."""
    came = [MemberId(number) for number in range(first, first + count)]
    for who in came:
        story.now_ms += every_ms
        story.do(JoinRoom(member_id=who, name=letters(who)))
    return came


def bursts(story: Story) -> list[tuple[MemberId, ...]]:
    return [commit.fact.members for commit in story.log if isinstance(commit.fact, BurstSeen)]


# --- with what somebody comes ----------------------------------------------------------------


def test_the_pass_is_noted_before_the_seat_and_before_the_place_at_the_door() -> None:
    story = open_story()
    join = JoinRoom(member_id=ANN, name="Ann", pass_=ANNS)
    noted, joined = story.do(join)
    assert noted == PassNoted(member_id=ANN, pass_=ANNS)
    assert isinstance(joined, MemberJoined)
    story.commit(RulesSet(rules=Rules(door=DoorMode.EVERYBODY)))
    noted, arrived = story.do(JoinRoom(member_id=BEN, name="Ben", pass_=KNOWN))
    assert noted == PassNoted(member_id=BEN, pass_=KNOWN)
    assert arrived == GuestArrived(
        guest=Guest(member_id=BEN, name="Ben", since_ms=story.now_ms, is_new=False)
    )
    assert story.record.ledger.passes == {ANN: ANNS, BEN: KNOWN}


def test_a_pass_that_is_known_already_is_not_noted_again() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    story.do(StrandMember(member_id=ANN))
    other = Pass(device="ann", is_known=True)
    back = ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=other)
    assert story.do(back) == (MemberReturned(member_id=ANN),)  # the seat keeps what it was taken with
    story.do(LeaveRoom(by=ANN))
    (joined,) = story.do(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=ANNS))
    assert isinstance(joined, MemberJoined)
    story.do(LeaveRoom(by=ANN))
    noted, _ = story.do(back)
    assert noted == PassNoted(member_id=ANN, pass_=other)


def test_who_is_new() -> None:
    story = open_story()
    for number, (pass_, role, is_new) in enumerate(
        [
            (Pass(), Role.MEMBER, True),
            (ANNS, Role.MEMBER, True),
            (KNOWN, Role.MEMBER, False),
            (Pass(), Role.SPEAKER, False),
        ],
        start=200,
    ):
        story.do(JoinRoom(member_id=MemberId(number), name=f"N {number}", role=role, pass_=pass_))
        assert story.member(MemberId(number)).is_new is is_new


def test_only_strangers_are_on_probation() -> None:
    story = open_story()
    crowd(story, 1)
    assert story.member(MemberId(200)).probation_ms == 0
    story.commit(RulesSet(rules=Rules(probation_ms=60_000)))
    crowd(story, 1, first=201)
    assert story.member(MemberId(201)).probation_ms == story.now_ms + 60_000
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=KNOWN))
    story.do(JoinRoom(member_id=BEN, name="Ben", role=Role.READER))
    assert (story.member(ANN).probation_ms, story.member(BEN).probation_ms) == (0, 0)


def test_the_probation_of_a_guest_begins_with_the_seat() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(probation_ms=60_000, door=DoorMode.STRANGERS)))
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    story.now_ms += 100_000
    story.do(AdmitGuest(by=TOM, member_id=ANN))
    assert story.member(ANN).probation_ms == story.now_ms + 60_000


# --- strangers who come together --------------------------------------------------------------


def test_enough_strangers_at_once_are_a_burst_that_grows() -> None:
    story = peopled_story()
    came = crowd(story, BURST_MIN - 1)
    assert bursts(story) == []
    came += crowd(story, 2, first=300)
    assert bursts(story) == [tuple(came[:-1]), tuple(came)]
    assert story.room.burst == tuple(came)


def test_who_is_known_or_trusted_is_no_part_of_it() -> None:
    story = open_story()
    for number in range(200, 220):
        story.do(JoinRoom(member_id=MemberId(number), name=f"N {number}", pass_=KNOWN))
        story.do(JoinRoom(member_id=MemberId(number + 100), name=f"R {number}", role=Role.READER))
    assert bursts(story) == []


def test_strangers_who_come_one_by_one_are_no_burst() -> None:
    story = open_story()
    crowd(story, 20, every_ms=BURST_WINDOW_MS // (BURST_MIN - 1) + 1)
    assert bursts(story) == []
    story = open_story()
    crowd(story, BURST_MIN, every_ms=BURST_WINDOW_MS // (BURST_MIN - 1))
    assert len(bursts(story)) == 1


def test_whoever_waits_counts_and_whoever_has_gone_or_is_trusted_now_does_not() -> None:
    story = peopled_story()
    gone, trusted, left = crowd(story, 3)
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    story.do(LeaveRoom(by=gone))
    story.do(GiveRole(by=TOM, member_id=trusted, role=Role.SPEAKER))
    outside = crowd(story, BURST_MIN - 2, first=300)
    outside += crowd(story, 1, first=400)
    assert bursts(story) == [(left, *outside)]


def test_one_who_comes_and_goes_is_no_burst() -> None:
    story = open_story()
    for who in (MemberId(number) for number in range(200, 220)):
        story.do(JoinRoom(member_id=who, name="Ann", pass_=ANNS))
        story.do(LeaveRoom(by=who))
    assert bursts(story) == []


def test_whoever_comes_back_is_no_part_of_a_burst() -> None:
    story = open_story()
    for number in range(200, 220):
        story.do(ResumeSeat(by=MemberId(number), name=f"N {number}", role=Role.MEMBER))
    assert bursts(story) == []


def test_a_burst_stays_grouped_while_it_lasts_and_is_bounded() -> None:
    story = open_story()
    came = crowd(story, 20, every_ms=2_000)
    assert story.room.burst == tuple(came)
    story.do(LeaveRoom(by=came[0]))
    came += crowd(story, 1, first=300)
    assert story.room.burst == tuple(came[1:])
    more = crowd(story, BURST_MAX + 5, first=1_000)
    assert story.room.burst == tuple(more[5:])


# --- blocks hold for a device -----------------------------------------------------------------


def blocked_story() -> Story:
    """Maya keeps apart from Ann, whose device is known by its key."""
    story = open_story()
    story.do(JoinRoom(member_id=MAYA, name="Maya", pass_=Pass(device="maya", is_known=True)))
    story.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=ANNS))
    story.do(BlockMember(by=MAYA, member_id=ANN))
    return story


def carried(story: Story, join: JoinRoom | ResumeSeat | AdmitGuest) -> list[tuple[MemberId, MemberId]]:
    return [(fact.by, fact.member_id) for fact in story.do(join) if isinstance(fact, MemberBlocked)]


def test_whoever_was_blocked_comes_again_in_vain() -> None:
    story = blocked_story()
    story.do(LeaveRoom(by=ANN))
    assert carried(story, JoinRoom(member_id=BEN, name="Ben", pass_=ANNS)) == [(MAYA, BEN)]
    assert [(block.by, block.member_id) for block in in_force(story.room)] == [(MAYA, ANN), (MAYA, BEN)]


def test_whoever_blocked_is_kept_apart_also_under_another_number() -> None:
    story = blocked_story()
    story.do(LeaveRoom(by=MAYA))
    join = JoinRoom(member_id=JO, name="Jo", pass_=Pass(device="maya", is_known=True))
    assert carried(story, join) == [(JO, ANN)]
    assert [(block.by, block.member_id) for block in in_force(story.room)] == [(MAYA, ANN), (JO, ANN)]


def test_both_under_other_numbers_and_the_first_one_back() -> None:
    story = blocked_story()
    story.do(LeaveRoom(by=MAYA))
    story.do(LeaveRoom(by=ANN))
    assert carried(story, JoinRoom(member_id=BEN, name="Ben", pass_=ANNS)) == []  # from nobody who is here
    back = ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER, pass_=Pass(device="maya", is_known=True))
    assert carried(story, back) == [(MAYA, BEN)]
    story.do(LeaveRoom(by=MAYA))
    assert carried(story, back) == []  # it holds


def test_a_guest_is_kept_apart_from_the_first_moment_inside() -> None:
    story = blocked_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    assert carried(story, JoinRoom(member_id=BEN, name="Ben", pass_=ANNS)) == []
    assert carried(story, AdmitGuest(by=TOM, member_id=BEN)) == [(MAYA, BEN)]


def test_no_block_is_carried_to_others_to_keepers_of_order_or_once_it_is_lifted() -> None:
    story = blocked_story()
    for number, pass_ in enumerate((Pass(), Pass(device="x")), start=200):
        assert carried(story, JoinRoom(member_id=MemberId(number), name=f"N {number}", pass_=pass_)) == []
    assert carried(story, JoinRoom(member_id=JO, name="Jo", role=Role.SAFETY, pass_=ANNS)) == []
    story.do(UnblockMember(by=MAYA, member_id=ANN))
    assert carried(story, JoinRoom(member_id=BEN, name="Ben", pass_=ANNS)) == []


def test_a_new_seat_is_silent() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=KNOWN))
    ann = story.member(ANN)
    assert ann == Member(member_id=ANN, name="Ann", role=Role.MEMBER, mutes=ann.mutes, joined_ms=story.now_ms)
    assert ann.mutes.by_self
