from typing import Final, get_args

import pytest
from msgspec.structs import replace

from rooms.apply import change_room
from rooms.commands import (
    GiveFloor,
    GiveRole,
    PostChat,
    RaiseHand,
    React,
    RemoveMember,
    SetFloor,
    WriteCaption,
    WriteShare,
)
from rooms.facts import (
    BanLifted,
    BanMatched,
    BanPlaced,
    BurstSeen,
    ChatPosted,
    Commit,
    CueReached,
    Fact,
    GuestArrived,
    GuestHeld,
    GuestLeft,
    GuestTold,
    HeldDropped,
    LeaveReason,
    LineHeld,
    MemberBlocked,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberRenamed,
    MemberSteppedOut,
    MemberUnblocked,
    PassNoted,
    PhaseSet,
    RemovalLifted,
    ReportMade,
    ReportSettled,
    RoleProposed,
    RoomClosed,
    RoomOpened,
    ShareWritten,
    SheetSet,
    Unseen,
    WatchSet,
)
from rooms.host_commands import BlockMember, UnblockMember
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.live_facts import CaptionWritten
from rooms.model import (
    Ban,
    BanReason,
    Block,
    ChatLine,
    Cue,
    Floor,
    FloorMode,
    Guest,
    Lane,
    Member,
    Mutes,
    Order,
    Pass,
    Phase,
    Proposal,
    Reaction,
    Reactions,
    Report,
    ReportReason,
    Room,
    Rules,
    Sheet,
    Watch,
)
from rooms.project import Viewer, about, is_plain, project, project_room, viewer_of
from rooms.roles import RANK, Role
from tests.examples import example_of
from tests.rooms.story import JO, MAYA, TOM, peopled_story


def test_a_removal_is_seen_by_hosts_and_by_the_member_only() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA), n=1)
    commit = story.log[-1]
    assert not is_plain(commit)
    assert project(commit, Viewer(TOM, Role.HOST)) is commit
    assert project(commit, Viewer(MAYA, Role.MEMBER)) is commit
    seen = project(commit, Viewer(JO, Role.MEMBER))
    assert seen.fact == MemberLeft(member_id=MAYA, reason=LeaveReason.LEFT)
    assert (seen.seq, seen.at_ms, seen.by, seen.n) == (commit.seq, commit.at_ms, NO_MEMBER, 0)
    assert isinstance(commit.fact, MemberRemoved)


def test_those_who_keep_order_see_who_was_removed_and_others_do_not() -> None:
    story = peopled_story()
    story.do(RemoveMember(by=TOM, member_id=MAYA), n=1)
    for role in Role:
        seen = project(story.log[-1], Viewer(JO, role)).fact
        assert isinstance(seen, MemberRemoved) is (RANK[role] >= RANK[Role.SAFETY])


def test_a_removal_takes_hand_and_share_from_whoever_is_not_told_of_it() -> None:
    story = peopled_story()
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    for who in (MAYA, JO):
        before = story.room
        story.do(RemoveMember(by=TOM, member_id=who), n=1)
        seen = project(story.log[-1], Viewer(MemberId(99), Role.MEMBER))
        assert change_room(before, seen) == story.room
    assert (story.room.floor.share, story.room.floor.hands) == (None, ())


def test_what_everybody_sees_is_not_copied() -> None:
    story = peopled_story()
    story.do(PostChat(by=MAYA, n=1, text="x"), n=1)
    commit = story.log[-1]
    assert is_plain(commit)
    assert project(commit, Viewer(JO, Role.MEMBER)) is commit
    assert project_room(story.room, Viewer(JO, Role.MEMBER)) == story.room


# --- who is shown what --------------------------------------------------------------------------

LEE: Final = MemberId(44)
BAN: Final = Ban(
    ban_id="b", reason=BanReason.FLOOD, placed_ms=1, until_ms=2, device="of a device", branch="of a branch"
)
SHOWN_BAN: Final = replace(BAN, device="", branch="")
GUEST: Final = Guest(member_id=LEE, name="Lee", since_ms=1, is_new=True)
NEW: Final = Member(
    member_id=JO,
    name="Jo",
    role=Role.MEMBER,
    mutes=Mutes(),
    joined_ms=1,
    is_new=True,
    probation_ms=9,
    was=("Joe",),
)
REPORT: Final = Report(report_id="r", member_id=MAYA, reason=ReportReason.OTHER, words="", at_ms=1)
OPENED: Final = RoomOpened(
    slug=RoomSlug("talk"), title="Talk", about="", meeting_id=MeetingId("m"), bans=(BAN,)
)

GREETER: Final = Viewer(MemberId(91), Role.GREETER)
SAFETY: Final = Viewer(MemberId(92), Role.SAFETY)
HOST: Final = Viewer(MemberId(93), Role.HOST)
LOOKERS: Final = {
    "member": Viewer(MemberId(90), Role.MEMBER),
    "greeter": GREETER,
    "timekeeper": Viewer(MemberId(94), Role.TIMEKEEPER),
    "safety": SAFETY,
    "cohost": Viewer(MemberId(95), Role.COHOST),
    "host": HOST,
    "another guest": Viewer(MemberId(96), Role.MEMBER, is_outside=True),
    "whom it is about": Viewer(JO, Role.MEMBER),
    "the guest": Viewer(LEE, Role.MEMBER, is_outside=True),
}
ORDER: Final = {"safety", "cohost", "host"}
DOOR: Final = ORDER | {"greeter"}
FLOOR: Final = {"cohost", "host"}
MINE: Final = "whom it is about"

# Each fact that is not for everybody, with those who are shown it whole.
WHOLE: Final[list[tuple[Fact, set[str]]]] = [
    (MemberRemoved(member_id=JO, by=TOM), ORDER | {MINE}),
    (MemberSteppedOut(guest=replace(GUEST, member_id=JO), by=TOM), DOOR | {MINE}),
    (PassNoted(member_id=JO, pass_=Pass(device="d")), set()),
    (GuestArrived(guest=GUEST), DOOR | {"the guest"}),
    (GuestLeft(member_id=LEE, by=TOM), DOOR | {"the guest"}),
    (GuestHeld(member_id=LEE), DOOR | {"the guest"}),
    (GuestTold(member_id=LEE, by=TOM, text="Hello"), DOOR | {"the guest"}),
    (BurstSeen(members=(JO,)), ORDER),
    (BanPlaced(ban=SHOWN_BAN, member_id=JO, by=TOM), ORDER),
    (BanLifted(ban_id="b"), ORDER),
    (BanMatched(ban_id="b"), ORDER),
    (RemovalLifted(member_id=JO), ORDER),
    (RoleProposed(proposal=Proposal(member_id=JO, role=Role.HOST, by=TOM, at_ms=1)), ORDER),
    (ReportMade(report=REPORT), ORDER),
    (ReportSettled(report_id="r"), ORDER),
    (LineHeld(member_id=JO, n=1, name="Jo", text="x"), ORDER | {MINE}),
    (HeldDropped(line_seq=1, member_id=JO), ORDER | {MINE}),
    (MemberBlocked(by=JO, member_id=MAYA), {MINE}),
    (MemberUnblocked(by=JO, member_id=MAYA), {MINE}),
    (SheetSet(sheet=Sheet(title="x", cues=(Cue(title="y"),))), FLOOR),
    (CueReached(at=0), FLOOR),
    (MemberJoined(member=NEW), ORDER),
    (MemberRenamed(member_id=JO, name="Jo", was="Joe"), ORDER),
    (RoomClosed(), set(LOOKERS)),
    (PhaseSet(phase=Phase.ON, ends_ms=0), set(LOOKERS)),
    (WatchSet(watch=Watch()), set(LOOKERS)),
]
PARTLY: Final = (MemberRemoved, MemberSteppedOut, MemberJoined, MemberRenamed)
"""Others see something of these: that somebody left, came, or has another name."""

CASES: Final = [(fact, who) for fact, _ in WHOLE for who in LOOKERS]


def _commit(fact: Fact, by: MemberId = TOM, n: int = 7) -> Commit:
    return Commit(seq=50, at_ms=1, by=by, n=n, fact=fact)


@pytest.mark.parametrize(("fact", "who"), CASES, ids=[f"{type(fact).__name__} {who}" for fact, who in CASES])
def test_who_is_shown_a_fact_that_is_not_for_everybody(fact: Fact, who: str) -> None:
    commit, viewer = _commit(fact), LOOKERS[who]
    seen = project(commit, viewer)
    assert (seen.seq, seen.at_ms) == (commit.seq, commit.at_ms)
    if who in next(whole for one, whole in WHOLE if one is fact):
        assert seen.fact == fact
    elif isinstance(fact, PARTLY) and not viewer.is_outside:
        assert seen.fact not in (fact, Unseen())
    elif isinstance(fact, GuestLeft | GuestArrived | MemberJoined | MemberSteppedOut) and viewer.is_outside:
        who_left = about(fact)
        assert seen == Commit(seq=50, at_ms=1, by=NO_MEMBER, n=0, fact=GuestLeft(member_id=who_left))
    else:
        assert seen == Commit(seq=50, at_ms=1, by=NO_MEMBER, n=0, fact=Unseen())


@pytest.mark.parametrize(
    "fact",
    [fact for fact, _ in WHOLE if not isinstance(fact, RoomClosed)],
    ids=lambda fact: type(fact).__name__,
)
def test_what_is_not_for_everybody_is_never_encoded_for_all(fact: Fact) -> None:
    assert is_plain(_commit(fact)) is isinstance(fact, PhaseSet | WatchSet)


AT_THE_DOOR: Final = {GuestArrived, GuestLeft, GuestHeld, GuestTold, MemberSteppedOut, MemberJoined}


@pytest.mark.parametrize(
    "kind",
    [kind for kind in get_args(Fact) if kind not in AT_THE_DOOR | {RoomClosed, PhaseSet, WatchSet}],
    ids=lambda kind: kind.__name__,
)
def test_guests_are_shown_nothing_else(kind: type[Fact]) -> None:
    assert project(_commit(example_of(kind)), LOOKERS["the guest"]).fact == Unseen()


def test_a_ban_shows_nobody_by_what_it_knows_the_banned() -> None:
    for who in ORDER:
        assert project(_commit(BanPlaced(ban=BAN)), LOOKERS[who]).fact == BanPlaced(ban=SHOWN_BAN)
        opened = project(_commit(OPENED), LOOKERS[who]).fact
        assert opened == replace(OPENED, bans=(SHOWN_BAN,))
    assert project(_commit(OPENED), LOOKERS["member"]).fact == replace(OPENED, bans=())


def test_those_who_came_or_took_another_name_are_shown_without_what_is_for_order() -> None:
    joined = project(_commit(MemberJoined(member=NEW)), LOOKERS["member"]).fact
    assert joined == MemberJoined(member=replace(NEW, is_new=False, probation_ms=0, was=()))
    own = project(_commit(MemberJoined(member=NEW)), LOOKERS[MINE]).fact
    assert own == MemberJoined(member=replace(NEW, was=()))
    renamed = project(_commit(MemberRenamed(member_id=JO, name="Jo", was="Joe")), LOOKERS[MINE]).fact
    assert renamed == MemberRenamed(member_id=JO, name="Jo")


def test_nobody_is_shown_who_told_nor_the_told_about_that_it_was_told() -> None:
    commit = _commit(ReportMade(report=REPORT), by=JO)
    assert (project(commit, HOST).by, project(commit, HOST).n) == (NO_MEMBER, 0)
    about_host = _commit(ReportMade(report=replace(REPORT, member_id=HOST.member_id)), by=JO)
    assert project(about_host, HOST).fact == Unseen()
    own = project(commit, Viewer(JO, Role.MEMBER))
    assert (own.by, own.n, own.fact) == (JO, 7, Unseen())  # so that a page knows that it was carried out


@pytest.mark.parametrize(
    ("seq", "until_seq", "is_hidden"),
    [(9, 0, False), (10, 0, False), (11, 0, True), (11, 20, True), (19, 20, True), (21, 20, False)],
)
def test_a_block_hides_lines_from_both_while_it_holds(*, seq: int, until_seq: int, is_hidden: bool) -> None:
    block = Block(by=JO, member_id=MAYA, since_seq=10, until_seq=until_seq)
    for viewer_id, author in ((JO, MAYA), (MAYA, JO)):
        viewer = Viewer(viewer_id, Role.MEMBER, blocks=(block,))
        line = ChatPosted(member_id=author, n=1, name="A", text="words")
        seen = project(replace(_commit(line), seq=seq), viewer).fact
        assert seen == (replace(line, name="", text="") if is_hidden else line)
        from_tom = replace(line, member_id=TOM)
        assert project(replace(_commit(from_tom), seq=seq), viewer).fact is from_tom


def _full_room() -> Room:
    line = ChatLine(seq=60, member_id=JO, name="Jo", text="hi", sent_ms=1, n=1)
    return replace(
        peopled_story().room,
        members={**peopled_story().room.members, JO: NEW},
        chat=(line,),
        guests=(GUEST, replace(GUEST, member_id=MemberId(45))),
        held=(line,),
        blocks=(Block(by=JO, member_id=MAYA, since_seq=9),),
        burst=(JO,),
        reports=(REPORT,),
        proposals=(Proposal(member_id=JO, role=Role.HOST, by=TOM, at_ms=1),),
        sheet=Sheet(title="x", cues=()),
        bans=(BAN,),
        order=Order(is_locked=True),
    )


# What of a room is not for everybody, with those who are shown it.
PARTS: Final[dict[str, set[str]]] = {
    "guests": DOOR | {"the guest"},
    "held": ORDER | {MINE},
    "blocks": {MINE},
    "burst": ORDER,
    "reports": ORDER,
    "proposals": ORDER,
    "sheet": FLOOR,
    "bans": ORDER,
}


@pytest.mark.parametrize("who", LOOKERS)
def test_who_is_shown_a_part_of_the_room_that_is_not_for_everybody(who: str) -> None:
    seen = project_room(_full_room(), LOOKERS[who])
    for part, whole in PARTS.items():
        assert bool(getattr(seen, part)) is (who in whole), part


def test_a_room_from_outside_is_its_name_and_its_times() -> None:
    room = _full_room()
    seen = project_room(room, LOOKERS["the guest"])
    assert (seen.members, seen.chat, seen.floor) == ({}, (), Floor())
    assert (seen.order, seen.rules, seen.reading) == (Order(), Rules(), None)
    assert [guest.member_id for guest in seen.guests] == [LEE]
    assert (seen.title, seen.phase, seen.watch) == (room.title, room.phase, room.watch)


def test_a_guest_is_shown_how_many_came_before_and_not_who() -> None:
    first, last = replace(GUEST, member_id=MemberId(80), name="Ana"), replace(GUEST, member_id=MemberId(81))
    room = replace(_full_room(), guests=(first, GUEST, last))
    before, own = project_room(room, LOOKERS["the guest"]).guests
    assert before == Guest(member_id=first.member_id, name="", since_ms=first.since_ms, is_new=False)
    assert own == GUEST
    assert project_room(room, LOOKERS["another guest"]).guests == ()


def test_a_room_is_shown_without_what_is_for_order() -> None:
    room = _full_room()
    assert project_room(room, HOST).members[JO] == NEW
    assert project_room(room, LOOKERS["member"]).members[JO].is_new is False
    assert project_room(room, LOOKERS[MINE]).members[JO] == replace(NEW, was=())
    assert project_room(room, HOST).bans == (SHOWN_BAN,)
    about_host = replace(REPORT, member_id=HOST.member_id)
    assert project_room(replace(room, reports=(about_host,)), HOST).reports == ()


def test_lines_that_a_block_hides_keep_their_place() -> None:
    room = _full_room()
    (line,) = project_room(room, viewer_of(room, MAYA)).chat
    assert (line.seq, line.name, line.text) == (60, "", "")
    assert project_room(room, viewer_of(room, TOM)).chat == room.chat


def test_the_viewer_that_somebody_is() -> None:
    room = _full_room()
    assert viewer_of(room, TOM) == Viewer(TOM, Role.HOST)
    assert viewer_of(room, MAYA).blocks == viewer_of(room, JO).blocks == room.blocks
    assert viewer_of(room, LEE) == Viewer(LEE, Role.MEMBER, is_outside=True)


def test_a_block_also_parts_from_a_share_in_writing() -> None:
    story = peopled_story()
    story.do(SetFloor(by=TOM, mode=FloorMode.HANDS, limit_ms=0))
    story.do(BlockMember(by=JO, member_id=MAYA))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(WriteShare(by=MAYA, text="I would rather write."))
    for who, is_read in ((TOM, True), (MAYA, True), (JO, False)):
        viewer = viewer_of(story.room, who)
        share = project_room(story.room, viewer).floor.share
        assert share is not None
        fact = project(story.log[-1], viewer).fact
        assert isinstance(fact, ShareWritten)
        assert (bool(share.text), bool(fact.text)) == (is_read, is_read)


def test_a_block_also_parts_from_live_text_and_its_end_shows_the_line_again() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.CAPTIONER))
    story.do(WriteCaption(by=MAYA, line=1, text="before", is_over=True))
    story.do(BlockMember(by=JO, member_id=MAYA))
    story.do(WriteCaption(by=MAYA, line=2, text="mean", is_over=False))
    fact = project(story.log[-1], viewer_of(story.room, JO)).fact
    assert isinstance(fact, CaptionWritten)
    assert fact.text == ""
    assert _captions(story.room, JO) == ["before", ""]
    assert _captions(story.room, TOM) == ["before", "mean"]
    story.do(UnblockMember(by=JO, member_id=MAYA))
    assert _captions(story.room, JO) == ["before", ""]
    story.do(WriteCaption(by=MAYA, line=2, text="meanwhile", is_over=True))
    assert _captions(story.room, JO) == ["before", "meanwhile"]


def _captions(room: Room, who: MemberId) -> list[str]:
    return [one.text for one in project_room(room, viewer_of(room, who)).captions]


def test_a_guest_is_shown_neither_live_text_nor_signs() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=MAYA, role=Role.CAPTIONER))
    story.do(WriteCaption(by=MAYA, line=1, text="Good evening", is_over=True))
    story.do(React(by=MAYA, kind=Reaction.THANKS))
    guest = Viewer(LEE, Role.MEMBER, is_outside=True)
    assert project_room(story.room, guest).captions == ()
    assert project_room(story.room, guest).reactions == Reactions()
    assert all(isinstance(project(commit, guest).fact, Unseen) for commit in story.log[-2:])
