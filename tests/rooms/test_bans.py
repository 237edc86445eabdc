import pytest

from rooms.bans import lapsed
from rooms.commands import (
    Command,
    GiveRole,
    JoinRoom,
    KeepTime,
    LeaveRoom,
    RemoveMember,
    ResumeSeat,
    SetFreeze,
    StrandMember,
)
from rooms.facts import (
    BanLifted,
    BanMatched,
    BanPlaced,
    BurstSeen,
    GuestLeft,
    MemberRemoved,
    RemovalLifted,
    RoleGiven,
    RulesSet,
)
from rooms.host_commands import (
    AdmitGuest,
    BanMember,
    ForgetBan,
    LearnBan,
    LiftBan,
    LiftRemoval,
    NoteTry,
    RemoveBurst,
    StepOut,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import BAN_HOURS_MAX, BURST_MIN, TRY_TOLD_MS
from rooms.model import Ban, BanReason, DoorMode, Pass, Rules
from rooms.roles import RANK, Role
from rooms.sitting import Sitting
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, code_of, letters, open_story, peopled_story

ANN, BEN, EVE = MemberId(101), MemberId(102), MemberId(103)
HOUR_MS = 3_600_000


def ban(member_id: MemberId, by: MemberId = TOM, hours: int = 24, ban_id: str = "b1") -> BanMember:
    return BanMember(by=by, member_id=member_id, ban_id=ban_id, reason=BanReason.HATE, hours=hours)


def placed(device: str = "", branch: str = "", ban_id: str = "b1", hours: int = 24) -> Ban:
    return Ban(
        ban_id=ban_id,
        reason=BanReason.HATE,
        placed_ms=START_MS,
        until_ms=START_MS + hours * HOUR_MS,
        device=device,
        branch=branch,
    )


def join(member_id: MemberId, pass_: Pass, role: Role = Role.MEMBER) -> JoinRoom:
    return JoinRoom(member_id=member_id, name=letters(member_id), role=role, pass_=pass_)


def with_ann() -> Story:
    """Ann came by an invite, with a device."""
    story = peopled_story()
    story.do(join(ANN, Pass(device="ann", branch="a/b")))
    return story


# --- banning ---------------------------------------------------------------------------------


def test_a_ban_removes_and_means_device_and_branch() -> None:
    story = with_ann()
    assert story.do(ban(ANN)) == (
        MemberRemoved(member_id=ANN, by=TOM),
        BanPlaced(ban=placed(device="ann", branch="a/b"), member_id=ANN, by=TOM),
    )
    assert story.room.bans == (placed(device="ann", branch="a/b"),)
    assert story.do(ban(ANN)) == ()  # the same press again
    for pass_ in (Pass(device="ann"), Pass(device="ann", branch="z", is_known=True)):
        assert code_of(story.try_(join(EVE, pass_))) == "banned"
    story.do(join(EVE, Pass(device="x", branch="a/b/c", is_known=True)))
    assert story.waiting() == [EVE]  # the invite is looked into; who else came by it is not to blame
    story.do(join(BEN, Pass(device="y", branch="a")))
    assert BEN in story.room.members


def test_a_guest_is_banned_and_somebody_who_is_gone() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    story.do(join(ANN, Pass(device="ann")))
    left, _ = story.do(ban(ANN))
    assert left == GuestLeft(member_id=ANN, by=TOM)
    story.do(join(BEN, Pass(device="ben")))
    story.do(LeaveRoom(by=BEN))
    (only,) = story.do(ban(BEN, ban_id="b2"))
    assert only == BanPlaced(ban=placed(device="ben", ban_id="b2"), member_id=BEN, by=TOM)
    assert code_of(story.try_(join(EVE, Pass(device="ben")))) == "banned"


def test_other_seats_and_guests_of_the_device_go_too() -> None:
    story = peopled_story()
    anns = Pass(device="ann", branch="a")
    story.do(join(ANN, anns))
    story.do(join(BEN, anns, Role.READER))
    story.do(join(MemberId(104), Pass(device="x", branch="a")))
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    story.do(join(EVE, anns))
    facts = story.do(ban(ANN))
    assert facts[:3] == (
        MemberRemoved(member_id=ANN, by=TOM),
        MemberRemoved(member_id=BEN, by=TOM),
        GuestLeft(member_id=EVE, by=TOM),
    )
    assert set(story.room.members) == {MAYA, TOM, JO, 104}  # a branch may be shared: who is in stays


def test_a_ban_shuts_out_nobody_of_the_actors_rank_or_above() -> None:
    story = open_story()
    story.do(join(TOM, Pass(device="tom", branch="a/b"), Role.HOST))
    story.do(join(ANN, Pass(device="tom", branch="a")))  # the host's own second window
    _, fact = story.do(ban(ANN))
    assert isinstance(fact, BanPlaced)
    assert (fact.ban.device, fact.ban.branch) == ("", "")
    assert TOM in story.room.members
    story.do(LeaveRoom(by=TOM))
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST, pass_=Pass(device="tom", branch="a/b")))
    assert code_of(story.try_(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER))) == "was_removed"


def test_a_ban_shuts_out_nobody_at_the_door_whom_the_roster_trusts_as_much() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.EVERYBODY)))
    story.do(join(BEN, Pass(device="home", may_be=Role.HOST)))
    story.do(join(ANN, Pass(device="home")))
    story.do(ban(ANN))
    assert story.waiting() == [BEN]
    assert story.room.bans[0].device == ""


def test_a_ban_of_one_who_showed_nothing_is_there_and_holds_in_this_sitting() -> None:
    story = peopled_story()
    story.do(join(ANN, Pass()))
    removed, fact = story.do(ban(ANN))
    assert removed == MemberRemoved(member_id=ANN, by=TOM)
    assert fact == BanPlaced(ban=placed(), member_id=ANN, by=TOM)
    assert code_of(story.try_(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER))) == "was_removed"
    story.do(join(EVE, Pass()))


@pytest.mark.parametrize("hours", [-1, 0, BAN_HOURS_MAX + 1])
def test_a_ban_has_bounds(hours: int) -> None:
    assert code_of(with_ann().try_(ban(ANN, hours=hours))) == "out_of_bounds"


def test_the_longest_ban() -> None:
    story = with_ann()
    story.do(ban(ANN, hours=BAN_HOURS_MAX))
    assert story.room.bans[0].until_ms - story.now_ms == 90 * 86_400_000


RANKS = (Role.MEMBER, Role.READER, Role.SAFETY, Role.COHOST, Role.HOST)


@pytest.mark.parametrize("role", RANKS)
@pytest.mark.parametrize("where", ["seated", "away", "gone", "on the roster"])
def test_nobody_bans_an_equal_or_higher_rank(role: Role, where: str) -> None:
    for other in RANKS:
        story = open_story()
        story.do(join(MAYA, Pass(device="maya"), role))
        is_listed = where == "on the roster"
        pass_ = Pass(device="ann", is_known=True, may_be=other if is_listed else Role.MEMBER)
        story.do(join(ANN, pass_, Role.MEMBER if is_listed else other))
        if where == "away":
            story.do(StrandMember(member_id=ANN))
        if where == "gone":
            story.commit(RoleGiven(member_id=ANN, role=other))
        if where in {"gone", "on the roster"}:
            story.do(LeaveRoom(by=ANN))
        keeps_order = RANK[role] >= RANK[Role.SAFETY]
        is_above = RANK[role] > RANK[other]
        expected = "" if is_above and keeps_order else "higher_rank" if keeps_order else "not_allowed"
        assert code_of(story.try_(ban(ANN, by=MAYA))) == expected
        assert bool(story.room.bans) is not bool(expected)


def test_whom_one_cannot_ban() -> None:
    story = with_ann()
    assert code_of(story.try_(ban(TOM))) == "not_allowed"
    assert code_of(story.try_(ban(EVE))) == "no_such_member"
    assert code_of(story.try_(ban(ANN, by=EVE))) == "not_a_member"


# --- lifting ---------------------------------------------------------------------------------


def test_a_ban_that_is_lifted_lets_the_device_come_back() -> None:
    story = with_ann()
    story.do(join(BEN, Pass(device="ann", branch="a/b")))
    story.do(ban(ANN))
    lift = LiftBan(by=TOM, ban_id="b1")
    assert story.do(lift) == (
        BanLifted(ban_id="b1"),
        RemovalLifted(member_id=BEN),
        RemovalLifted(member_id=ANN),
    )
    assert code_of(story.try_(lift)) == "no_such_ban"
    story.do(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=Pass(device="ann", branch="a/b")))


def test_a_ban_of_a_branch_that_is_lifted_lets_the_branch_come_back() -> None:
    story = peopled_story()
    story.do(join(ANN, Pass(branch="a/b")))
    story.do(ban(ANN))
    story.do(LiftBan(by=TOM, ban_id="b1"))
    story.do(join(EVE, Pass(branch="a/b")))


def test_other_removals_stay() -> None:
    story = with_ann()
    story.do(RemoveMember(by=TOM, member_id=MAYA))
    story.do(ban(ANN))
    story.do(LiftBan(by=TOM, ban_id="b1"))
    assert set(story.record.ledger.removed) == {MAYA}


def test_a_removal_is_lifted_for_the_whole_device() -> None:
    story = with_ann()
    story.do(join(BEN, Pass(device="ann", branch="a/b")))
    for who in (ANN, BEN, MAYA):
        story.do(RemoveMember(by=TOM, member_id=who))
    lift = LiftRemoval(by=TOM, member_id=ANN)
    assert story.do(lift) == (RemovalLifted(member_id=ANN), RemovalLifted(member_id=BEN))
    assert story.do(lift) == ()
    story.do(join(EVE, Pass(device="ann", branch="a/b")))
    assert code_of(story.try_(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))) == "was_removed"


# --- other rooms of the group ------------------------------------------------------------------


def test_a_ban_of_another_room_holds_here_but_for_those_who_are_trusted() -> None:
    story = peopled_story()
    anns = Pass(device="ann")
    story.do(join(ANN, anns))
    story.do(join(BEN, anns, Role.READER))
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    story.do(join(EVE, anns))
    learn = LearnBan(ban=placed(device="ann"))
    assert story.do(learn) == (
        BanPlaced(ban=placed(device="ann")),
        MemberRemoved(member_id=ANN, by=NO_MEMBER),
        GuestLeft(member_id=EVE, by=NO_MEMBER),
    )
    assert BEN in story.room.members
    assert story.do(learn) == ()
    assert code_of(story.try_(join(MemberId(104), anns))) == "banned"


def test_a_ban_without_a_device_removes_nobody_who_is_here() -> None:
    story = peopled_story()
    story.do(join(ANN, Pass(branch="a")))
    story.do(join(BEN, Pass()))
    learnt = placed(branch="a")
    assert story.do(LearnBan(ban=learnt)) == (BanPlaced(ban=learnt),)


def test_a_ban_that_is_over_is_not_learnt() -> None:
    story = with_ann()
    story.now_ms += 24 * HOUR_MS
    assert story.do(LearnBan(ban=placed(device="ann"))) == ()
    assert ANN in story.room.members


def test_a_ban_that_was_lifted_elsewhere_is_forgotten() -> None:
    story = with_ann()
    story.do(LearnBan(ban=placed(device="ann")))
    forget = ForgetBan(ban_id="b1")
    assert story.do(forget) == (BanLifted(ban_id="b1"), RemovalLifted(member_id=ANN))
    assert story.do(forget) == ()
    story.do(ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=Pass(device="ann")))


def test_bans_that_are_over_are_dropped_when_the_server_touches_them() -> None:
    story = peopled_story()
    for number in (1, 2):
        story.do(LearnBan(ban=placed(device=f"d{number}", ban_id=f"b{number}", hours=number)))
    story.now_ms += HOUR_MS
    assert lapsed(Sitting(story.room, story.record.ledger, story.now_ms)) == (BanLifted(ban_id="b1"),)
    facts = story.do(LearnBan(ban=placed(device="d3", ban_id="b3")))
    assert facts[0] == BanLifted(ban_id="b1")
    story.now_ms += HOUR_MS
    assert story.do(ForgetBan(ban_id="b3")) == (BanLifted(ban_id="b2"), BanLifted(ban_id="b3"))
    assert story.room.bans == ()


# --- a burst ---------------------------------------------------------------------------------


def raided() -> tuple[Story, list[MemberId]]:
    """As many strangers as make a burst, each with a device."""
    story = peopled_story()
    raiders = [MemberId(number) for number in range(200, 200 + BURST_MIN)]
    for who in raiders:
        story.do(join(who, Pass(device=f"d{who}")))
    assert story.room.burst == tuple(raiders)
    return story, raiders


def sweep(hours: int, by: MemberId = TOM) -> RemoveBurst:
    return RemoveBurst(by=by, ban_id="b", reason=BanReason.FLOOD, hours=hours)


def test_a_burst_is_removed_at_once() -> None:
    story, raiders = raided()
    facts = story.do(sweep(0))
    assert facts == (*(MemberRemoved(member_id=who, by=TOM) for who in raiders), BurstSeen(members=()))
    assert set(story.room.members) == {MAYA, TOM, JO}
    assert story.do(sweep(0)) == ()
    assert story.room.bans == ()
    assert code_of(story.try_(join(EVE, Pass(device="d200")))) == "was_removed"


def test_a_burst_is_banned_at_once() -> None:
    story, raiders = raided()
    story.do(sweep(2))
    assert [(one.ban_id, one.device) for one in story.room.bans] == [
        (f"b-{number}", f"d{who}") for number, who in enumerate(raiders, start=1)
    ]
    assert {one.until_ms - story.now_ms for one in story.room.bans} == {2 * HOUR_MS}
    assert (story.room.burst, set(story.room.members)) == ((), {MAYA, TOM, JO})
    assert code_of(story.try_(join(EVE, Pass(device="d200")))) == "banned"


@pytest.mark.parametrize("hours", [0, 1])
def test_of_a_burst_those_stay_who_are_trusted_now(hours: int) -> None:
    story, raiders = raided()
    story.do(GiveRole(by=TOM, member_id=raiders[0], role=Role.READER))
    story.do(LeaveRoom(by=raiders[1]))
    story.do(StepOut(by=TOM, member_id=raiders[2]))
    story.do(sweep(hours))
    assert set(story.room.members) == {MAYA, TOM, JO, raiders[0]}
    assert story.room.guests == ()


@pytest.mark.parametrize("hours", [-1, BAN_HOURS_MAX + 1])
def test_the_bans_of_a_burst_have_bounds(hours: int) -> None:
    story, _ = raided()
    assert code_of(story.try_(sweep(hours))) == "out_of_bounds"


def _name(command: Command) -> str:
    return type(command).__name__


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "command",
    [
        ban(ANN, by=MAYA),
        LiftBan(by=MAYA, ban_id="b1"),
        LiftRemoval(by=MAYA, member_id=ANN),
        sweep(0, by=MAYA),
    ],
    ids=_name,
)
def test_bans_are_kept_by_those_who_keep_order(command: Command, role: Role) -> None:
    story = with_ann()
    story.do(LeaveRoom(by=MAYA))
    assert code_of(story.try_(command)) == "not_a_member"
    story.do(ResumeSeat(by=MAYA, name="Maya", role=role))
    assert (code_of(story.try_(command)) != "not_allowed") is (RANK[role] >= RANK[Role.SAFETY])


# --- trying again ----------------------------------------------------------------------------


def test_hosts_hear_once_a_minute_that_a_banned_one_tries() -> None:
    story = with_ann()
    story.do(ban(ANN))
    known = Pass(device="ann")
    assert story.do(NoteTry(pass_=known)) == (BanMatched(ban_id="b1"),)
    assert story.room.bans[0].tried_ms == story.now_ms
    assert story.do(NoteTry(pass_=known)) == ()
    story.now_ms += TRY_TOLD_MS
    assert story.do(NoteTry(pass_=known)) == (BanMatched(ban_id="b1"),)
    assert story.do(NoteTry(pass_=Pass(device="eve"))) == ()


def test_whoever_was_removed_with_a_ban_comes_back_when_it_is_over_in_a_sitting_without_end() -> None:
    story = with_ann()
    story.do(KeepTime())
    story.do(ban(ANN, hours=1))
    story.now_ms += HOUR_MS - 1
    back = ResumeSeat(by=ANN, name="Ann", role=Role.MEMBER, pass_=Pass(device="ann"))
    assert story.do(KeepTime()) == ()
    assert code_of(story.try_(back)) == "banned"
    story.now_ms += 1
    assert story.do(KeepTime()) == (BanLifted(ban_id="b1"), RemovalLifted(member_id=ANN))
    assert story.do(KeepTime()) == ()
    story.do(back)
    assert ANN in story.room.members


def test_of_two_bans_the_end_of_the_first_lets_nobody_in() -> None:
    story = with_ann()
    story.do(KeepTime())
    story.do(ban(ANN, hours=1))
    story.do(ban(ANN, hours=2, ban_id="b2"))
    story.now_ms += HOUR_MS
    story.do(KeepTime())
    assert code_of(story.try_(join(BEN, Pass(device="ann")))) == "banned"
    story.now_ms += HOUR_MS
    assert story.do(KeepTime()) == (BanLifted(ban_id="b2"),)
    story.do(join(BEN, Pass(device="ann")))


def test_whom_a_host_has_let_in_is_not_grouped_by_a_freeze() -> None:
    story = peopled_story()
    story.commit(RulesSet(rules=Rules(door=DoorMode.STRANGERS)))
    for who in (ANN, BEN):
        story.do(join(who, Pass(device=letters(who))))
    story.do(AdmitGuest(by=TOM, member_id=ANN), n=1)
    for who in (EVE, MemberId(104)):
        story.do(join(who, Pass(device=letters(who))))
    story.do(SetFreeze(by=TOM, on=True), n=2)
    assert story.room.burst == (BEN, EVE, MemberId(104))
