"""Newcomers, an attack and a ban, as people live them: whole evenings played on the rules."""

from typing import Final

from msgspec.structs import replace

from rooms.apply import change_room
from rooms.commands import (
    GiveRole,
    JoinRoom,
    LeaveRoom,
    OpenRoom,
    PostChat,
    RenameSelf,
    ResumeSeat,
    SetFreeze,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import MemberRemoved, Unseen
from rooms.host_commands import (
    AdmitGuest,
    BanMember,
    ForgetBan,
    LearnBan,
    LiftBan,
    RemoveBurst,
    ShowReading,
    TellGuest,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import BURST_MIN
from rooms.model import BanReason, DoorMode, Pass, RoomSettings, Rules
from rooms.project import project, project_room, viewer_of
from rooms.refusals import Refusal
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, letters, open_story, peopled_story

ANN: Final = MemberId(101)
RAIDERS: Final = [MemberId(number) for number in range(200, 200 + BURST_MIN)]
DAY_MS: Final = 86_400_000
HIS: Final = Pass(device="his", branch="root/leak")


# --- a newcomer enters -----------------------------------------------------------------------


def test_a_newcomer_gives_a_name_and_nothing_else_and_nobody_is_told() -> None:
    story = peopled_story()
    story.do(SetMicrophone(by=TOM, on=True))
    before = {who: project_room(story.room, viewer_of(story.room, who)) for who in (MAYA, TOM)}
    told = len(story.log)
    story.do(JoinRoom(member_id=ANN, name="Ann"))
    ann = story.member(ANN)
    assert (ann.mutes.by_self, ann.is_new) == (True, True)
    assert not story.is_heard(ANN)
    assert story.is_heard(TOM)  # whom she hears
    for who, is_told in ((MAYA, False), (TOM, True)):
        viewer = viewer_of(story.room, who)
        room = before[who]
        for commit in story.log[told:]:
            changed = change_room(room, project(commit, viewer))
            assert changed is not None
            room = changed
        assert room == project_room(story.room, viewer)
        assert room.members[ANN].is_new is is_told
    own = project_room(story.room, viewer_of(story.room, ANN))
    assert own.members[ANN].is_new
    assert own.burst == ()
    assert own.bans == ()


# --- an attack -------------------------------------------------------------------------------


def raid(story: Story) -> None:
    """Five whom nobody knows come within twenty seconds, shout and write."""
    for who in RAIDERS:
        story.now_ms += 4_000
        story.do(JoinRoom(member_id=who, name=letters(who), pass_=Pass(device=f"d{who}", branch="leak")))
        story.do(SetMicrophone(by=who, on=True))
        story.do(PostChat(by=who, n=1, text="slur"))


def test_an_attack_ends_with_one_press() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.SAFETY))
    story.do(SetMicrophone(by=TOM, on=True))
    story.do(SetMicrophone(by=MAYA, on=True))
    story.now_ms += 600_000
    raid(story)
    assert story.room.burst == tuple(RAIDERS)  # the alarm, before anybody presses
    assert project_room(story.room, viewer_of(story.room, MAYA)).burst == ()

    story.do(SetFreeze(by=JO, on=True))
    heard = {who for who in story.room.members if story.is_heard(who)}
    assert heard == {TOM}
    for who in RAIDERS:
        assert code_of(story.try_(PostChat(by=who, n=2, text="slur"))) == "frozen"
        assert code_of(story.try_(SetMicrophone(by=who, on=True))) == "frozen"
        assert code_of(story.try_(RenameSelf(by=who, name="slur"))) == "frozen"
    assert story.room.burst == tuple(RAIDERS)

    story.do(ShowReading(by=TOM, title="How it works", text="We go on."))  # the chair goes on
    story.do(PostChat(by=TOM, n=1, text="We go on reading."))
    assert story.is_heard(TOM)

    more = [MemberId(number) for number in range(300, 310)]
    for who in more:
        story.do(JoinRoom(member_id=who, name=letters(who), pass_=Pass(device=f"d{who}")))
    assert story.waiting() == more
    assert set(story.room.members) == {MAYA, TOM, JO, *RAIDERS}
    outside = project_room(story.room, viewer_of(story.room, more[0]))
    assert (outside.members, outside.chat) == ({}, ())

    story.do(RemoveBurst(by=JO, ban_id="b", reason=BanReason.HATE, hours=24))
    assert set(story.room.members) == {MAYA, TOM, JO}
    assert story.waiting() == []  # those at the door belonged to it
    for who in (*RAIDERS, *more):
        back = ResumeSeat(by=who, name="Back", role=Role.MEMBER, pass_=Pass(device=f"d{who}"))
        assert code_of(story.try_(back)) == "banned"

    story.do(SetFreeze(by=JO, on=False))
    assert not story.is_heard(MAYA)
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)


def test_whoever_came_slowly_before_the_freeze_is_grouped_by_it() -> None:
    story = peopled_story()
    for who in RAIDERS[:3]:
        story.now_ms += 15_000
        story.do(JoinRoom(member_id=who, name=letters(who)))
    assert story.room.burst == ()
    story.do(SetFreeze(by=TOM, on=True))
    assert story.room.burst == tuple(RAIDERS[:3])
    story.do(RemoveBurst(by=TOM, ban_id="b", reason=BanReason.OTHER, hours=0))
    assert set(story.room.members) == {MAYA, TOM, JO}


def test_a_member_who_loses_the_network_in_a_freeze_waits_and_is_let_in() -> None:
    story = peopled_story()
    story.do(SetFreeze(by=TOM, on=True))
    story.do(LeaveRoom(by=MAYA))
    story.do(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    story.do(TellGuest(by=MAYA, member_id=MAYA, text="It is me."))
    story.do(TellGuest(by=TOM, member_id=MAYA, text="One moment."))
    own = project_room(story.room, viewer_of(story.room, MAYA))
    assert [line.text for line in own.guests[0].lines] == ["It is me.", "One moment."]
    story.do(AdmitGuest(by=TOM, member_id=MAYA))
    assert MAYA in story.room.members


# --- a ban holds -----------------------------------------------------------------------------


def banned_evening() -> Story:
    """He came by a leaked invite and is banned for a month."""
    story = peopled_story()
    story.do(JoinRoom(member_id=ANN, name="Ann", pass_=HIS))
    story.do(BanMember(by=TOM, member_id=ANN, ban_id="b", reason=BanReason.HARASSMENT, hours=30 * 24))
    return story


def refused(story: Story, pass_: Pass, role: Role = Role.MEMBER) -> Refusal | None:
    """Let somebody come under a number and a name of their own; return the refusal, if any."""
    decision = story.try_(JoinRoom(member_id=MemberId(900), name="Somebody", role=role, pass_=pass_))
    return decision if isinstance(decision, Refusal) else None


def test_another_name_another_window_another_device_and_another_invite_do_not_help() -> None:
    story = banned_evening()
    for pass_ in (HIS, Pass(device="his"), Pass(device="his", branch="root/other", is_known=True)):
        refusal = refused(story, pass_)
        assert refusal is not None
        assert (refusal.code, refusal.suggestion) == ("banned", "harassment")
        assert refusal.retry_ms > 0
        ticket = ResumeSeat(by=ANN, name="Other", role=Role.MEMBER, pass_=pass_)
        assert code_of(story.try_(ticket)) == "banned"
    assert code_of(story.try_(ResumeSeat(by=ANN, name="Other", role=Role.MEMBER))) == "was_removed"
    assert refused(story, Pass(device="x", branch="root/leak/more", is_known=True)) is None
    assert story.waiting() == [900]  # with another device and the same invite a host looks first


def test_whoever_invited_him_is_not_he() -> None:
    story = banned_evening()
    assert refused(story, Pass(device="x", branch="root")) is None
    assert MemberId(900) in story.room.members


def next_week(story: Story, rules: Rules = Rules()) -> Story:  # noqa: B008 - it is frozen
    """The next sitting, which finds the group's bans."""
    week = Story()
    week.now_ms = story.now_ms + 7 * DAY_MS
    week.do(
        OpenRoom(
            slug=RoomSlug("talk"),
            title="Talk",
            about="",
            meeting_id=MeetingId("m2"),
            settings=RoomSettings(rules=rules),
            bans=story.room.bans,
        )
    )
    return week


def test_it_holds_next_week_and_ends_on_its_day() -> None:
    story = banned_evening()
    week = next_week(story)
    refusal = refused(week, HIS)
    assert refusal is not None
    assert (refusal.code, refusal.retry_ms) == ("banned", 23 * DAY_MS)
    week.now_ms = story.room.bans[0].until_ms
    assert refused(week, HIS) is None


def test_it_holds_in_another_room_of_the_group_until_it_is_lifted_there_too() -> None:
    story = banned_evening()
    other = peopled_story()
    other.do(JoinRoom(member_id=ANN, name="Ann", pass_=HIS))
    other.do(LearnBan(ban=story.room.bans[0]))
    assert isinstance(other.log[-1].fact, MemberRemoved)
    assert ANN not in other.room.members
    assert code_of(refused(other, HIS) or ()) == "banned"
    story.do(LiftBan(by=TOM, ban_id="b"))
    other.do(ForgetBan(ban_id="b"))
    for room in (story, other):
        assert refused(room, HIS) is None


def test_hosts_see_why_and_nobody_sees_which_device() -> None:
    story = banned_evening()
    seen = project_room(story.room, viewer_of(story.room, TOM)).bans
    assert seen == (replace(story.room.bans[0], device="", branch=""),)
    assert project_room(story.room, viewer_of(story.room, MAYA)).bans == ()
    for who in (MAYA, TOM):
        shown = repr([project(commit, viewer_of(story.room, who)) for commit in story.log])
        assert "'his'" not in shown
        assert "root/leak" not in shown
    fact = project(story.log[-1], viewer_of(story.room, MAYA)).fact
    assert isinstance(fact, Unseen)


def test_a_banned_guest_waits_at_no_door_either() -> None:
    strict = next_week(banned_evening(), Rules(door=DoorMode.EVERYBODY))
    assert code_of(refused(strict, HIS) or ()) == "banned"
    assert strict.waiting() == []
    assert refused(strict, Pass(device="other")) is None
    assert strict.waiting() == [900]


def test_a_thousand_tries_and_no_seat() -> None:
    story = banned_evening()
    for number in range(1_000):
        who = MemberId(10_000 + number)
        other = Pass(device=f"x{number}", branch="root/leak/a")
        pass_ = (HIS, Pass(device="his"), Pass(branch="root/leak"), other)
        role = Role.READER if number % 7 == 0 else Role.MEMBER
        join = JoinRoom(member_id=who, name=letters(number), role=role, pass_=pass_[number % 4])
        got = code_of(story.try_(join))
        assert (
            got == "banned" if number % 4 < 2 else got in {"", "room_full"}
        )  # at the door, or not even there
        if number % 10 == 0:
            ticket = ResumeSeat(by=ANN, name=letters(number), role=role, pass_=pass_[number % 3])
            assert code_of(story.try_(ticket)) in {"banned", "was_removed"}
    assert set(story.room.members) == {MAYA, TOM, JO}


def test_a_host_whose_phone_died_walks_in() -> None:
    story = open_story()
    story.do(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST))
    story.do(SetFreeze(by=TOM, on=True))
    story.do(StrandMember(member_id=TOM))
    story.do(LeaveRoom(by=TOM))
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))
    assert story.member(TOM).role is Role.HOST
