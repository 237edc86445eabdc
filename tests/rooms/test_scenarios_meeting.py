"""A fair turn, kind time, a run-sheet, a host who is lost at night: whole evenings played on the rules."""

from typing import Final

import pytest

from rooms.apply import change_room
from rooms.commands import (
    AddTime,
    CallNext,
    GiveFloor,
    GiveRole,
    JoinRoom,
    KeepTime,
    PostChat,
    RaiseHand,
    ResumeSeat,
    SetChat,
    SetFloor,
    SetMicrophone,
    StrandMember,
)
from rooms.facts import Commit, ShareEnded
from rooms.host_commands import SetRules, SetSheet, ShowCue, TakeLead
from rooms.ids import MemberId
from rooms.limits import MINUTE_MS, SHARE_LIMIT_MS, SHARE_OVER_MS
from rooms.model import ChatMode, Cue, FloorMode, Lane, Pass, Reading, Room, Rules, Sheet
from rooms.project import project, project_room, viewer_of
from rooms.roles import Role
from tests.rooms.floor_story import ADA, BEN, CLEO, SIX, hands_story, queue, raise_all, shared, sharing
from tests.rooms.story import JO, KNOWN, MAYA, START_MS, TOM, Story, code_of, peopled_story

STRANGER: Final = MemberId(101)
SECOND_MS: Final = 1_000


class Page:
    """What one member's page knows: the room as it was shown on coming, and each commit since."""

    def __init__(self, story: Story, who: MemberId) -> None:
        self.story, self.who = story, who
        self.room: Room | None = project_room(story.room, viewer_of(story.room, who))
        self.read = len(story.log)
        self.news: list[Commit] = []

    def look(self) -> Room:
        viewer = viewer_of(self.story.room, self.who)
        self.news = [project(commit, viewer) for commit in self.story.log[self.read :]]
        for commit in self.news:
            self.room = change_room(self.room, commit)
        self.read = len(self.story.log)
        assert self.room is not None
        return self.room


def pass_s(story: Story, seconds: int) -> None:
    """Let so many seconds pass; the server keeps time in each."""
    for _ in range(seconds):
        story.now_ms += SECOND_MS
        story.do(KeepTime())


# --- a fair turn ----------------------------------------------------------------------------


def test_of_six_hands_those_who_have_not_shared_come_first_and_all_see_one_order() -> None:
    story = hands_story()
    shared(story, MAYA)
    shared(story, JO)
    pages = [Page(story, who) for who in (*SIX, TOM)]
    raise_all(story, JO, ADA, MAYA, BEN, CLEO, SIX[5])
    order = [ADA, BEN, CLEO, SIX[5], JO, MAYA]
    while order:
        for page in pages:
            assert [hand.member_id for hand in page.look().floor.hands] == order
        story.do(CallNext(by=TOM))
        assert sharing(story) == order.pop(0)
    assert {page.look().floor.share for page in pages} == {story.room.floor.share}


def test_a_place_in_the_queue_outlives_sixty_seconds_without_network() -> None:
    story = hands_story()
    story.do(KeepTime())
    raise_all(story, MAYA, JO, ADA)
    other = Page(story, CLEO)
    story.do(StrandMember(member_id=JO))
    pass_s(story, 30)
    raise_all(story, BEN)
    story.do(CallNext(by=TOM))
    story.do(CallNext(by=TOM))
    assert sharing(story) == ADA  # whoever is away is passed over, not dropped
    pass_s(story, 30)
    assert queue(story) == [JO, BEN]
    story.do(ResumeSeat(by=JO, name="Jo", role=Role.MEMBER))
    assert [hand.member_id for hand in Page(story, JO).look().floor.hands] == [JO, BEN]
    assert [hand.member_id for hand in other.look().floor.hands] == [JO, BEN]
    story.do(CallNext(by=TOM))
    assert sharing(story) == JO


# --- the timer of a share -------------------------------------------------------------------


@pytest.mark.parametrize("closes_share", [False, True])
def test_time_tells_nobody_else_and_closes_a_microphone_only_by_the_groups_rule(
    *, closes_share: bool
) -> None:
    story = hands_story()
    story.do(KeepTime())
    story.do(SetRules(by=TOM, rules=Rules(closes_share=closes_share)))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    story.do(SetMicrophone(by=MAYA, on=True))
    speaker, other = Page(story, MAYA), Page(story, JO)
    share = speaker.look().floor.share
    assert share is not None
    assert (share.since_ms, share.limit_ms) == (story.now_ms, SHARE_LIMIT_MS)  # her page tells her by itself
    pass_s(story, 2 * 60 + 30)
    pass_s(story, 30)  # three minutes: the host's page knows
    pass_s(story, SHARE_OVER_MS // SECOND_MS - 1)
    for page in (speaker, other):
        page.look()
        assert page.news == []
    assert story.is_heard(MAYA)
    pass_s(story, 1)
    other.look()
    ended = [ShareEnded(member_id=MAYA, had_turn=True)] if closes_share else []
    assert [commit.fact for commit in other.news] == ended
    assert story.is_heard(MAYA) is not closes_share
    pass_s(story, 10 * 60)
    assert story.is_heard(MAYA) is not closes_share


def test_whoever_keeps_time_gives_another_minute() -> None:
    story = hands_story()
    story.do(KeepTime())
    story.do(SetRules(by=TOM, rules=Rules(closes_share=True)))
    story.do(GiveRole(by=TOM, member_id=ADA, role=Role.TIMEKEEPER))
    story.do(GiveFloor(by=TOM, member_id=MAYA))
    pass_s(story, 3 * 60)
    story.do(AddTime(by=ADA, more_ms=MINUTE_MS))
    pass_s(story, 60 + SHARE_OVER_MS // SECOND_MS - 1)
    assert sharing(story) == MAYA
    pass_s(story, 1)
    assert sharing(story) is None


# --- a run-sheet ----------------------------------------------------------------------------

EVENING: Final = Sheet(
    title="Tuesday",
    cues=(
        Cue(title="Welcome", text="Good evening.", floor=FloorMode.HANDS, chat=ChatMode.OFF),
        Cue(title="How it works", text="Rarely have we seen.", mutes=True, member_id=MAYA),
        Cue(title="Shares"),
        Cue(title="Announcements", chat=ChatMode.EVERYONE),
    ),
)


def test_the_script_drives_the_room_and_any_host_takes_over_mid_way() -> None:
    story = peopled_story()
    story.do(JoinRoom(member_id=BEN, name="Ben", role=Role.COHOST))
    story.do(SetChat(by=TOM, mode=ChatMode.EVERYONE, slow_ms=0))
    for who in (MAYA, JO):
        story.do(SetMicrophone(by=who, on=True))
    pages = {who: Page(story, who) for who in (MAYA, JO, TOM, BEN)}
    story.do(SetSheet(by=TOM, sheet=EVENING))

    def line() -> str:
        return code_of(story.try_(PostChat(by=JO, n=1, text="hello")))

    story.do(ShowCue(by=TOM, at=0))
    for page in pages.values():
        assert page.look().reading == Reading(title="Welcome", text="Good evening.")
    assert not any(story.is_heard(who) for who in (MAYA, JO))
    assert line() == "chat_closed"

    story.do(ShowCue(by=TOM, at=1))
    story.do(SetMicrophone(by=MAYA, on=True))
    assert story.is_heard(MAYA)
    assert code_of(story.try_(SetMicrophone(by=JO, on=True))) == "no_floor"
    assert {page.look().reading for page in pages.values()} == {
        Reading(title="How it works", text="Rarely have we seen.")
    }

    story.do(StrandMember(member_id=TOM))  # the secretary's telephone
    sheet = pages[BEN].look().sheet
    assert sheet is not None
    assert sheet.at == 1
    assert pages[JO].look().sheet is None  # the script is for those who run it
    story.do(ShowCue(by=BEN, at=2))
    assert not story.is_heard(MAYA)
    raise_all(story, MAYA, JO)
    story.do(CallNext(by=BEN))
    assert sharing(story) == MAYA  # her reading was no turn
    assert line() == "chat_closed"

    story.do(ShowCue(by=BEN, at=3))
    assert line() == ""
    story.do(ShowCue(by=BEN, at=4))
    for page in pages.values():
        assert page.look().reading is None


# --- a host is lost at night ----------------------------------------------------------------


def night_story() -> Story:
    """A room round the clock: Tom leads, Maya and Jo are known, Ada serves the group."""
    story = peopled_story()
    story.do(JoinRoom(member_id=ADA, name="Ada", pass_=Pass(is_known=True, may_be=Role.HOST, place=1)))
    story.do(KeepTime())
    story.do(SetFloor(by=TOM, mode=FloorMode.OPEN, limit_ms=SHARE_LIMIT_MS))
    story.do(StrandMember(member_id=TOM))
    story.do(KeepTime())
    return story


def test_after_45_seconds_the_next_on_the_list_is_asked_and_leads() -> None:
    story = night_story()
    page = Page(story, ADA)
    pass_s(story, 44)
    assert page.look().watch.asked == 0
    pass_s(story, 1)
    assert page.look().watch.asked == ADA
    pass_s(story, 59)
    assert not story.room.watch.is_safe
    story.do(TakeLead(by=ADA))
    assert story.member(ADA).role is Role.HOST
    pass_s(story, 300)
    assert not page.look().watch.is_safe


def test_where_nobody_answers_for_a_minute_safe_mode_begins_and_the_timer_runs_the_queue() -> None:
    story = night_story()
    story.do(SetMicrophone(by=MAYA, on=True))
    page = Page(story, MAYA)
    pass_s(story, 45 + 59)
    assert story.is_heard(MAYA)
    pass_s(story, 1)
    assert page.look().watch.is_safe  # what the page shows help by
    assert not story.is_heard(MAYA)

    story.do(JoinRoom(member_id=STRANGER, name="Sam"))
    assert story.waiting() == [STRANGER]
    story.do(JoinRoom(member_id=BEN, name="Ben", pass_=KNOWN))
    assert BEN in story.room.members

    story.do(RaiseHand(by=MAYA, lane=Lane.SHARE))
    story.do(RaiseHand(by=JO, lane=Lane.SHARE))
    pass_s(story, 1)
    story.do(SetMicrophone(by=MAYA, on=True))
    assert (sharing(story), story.is_heard(MAYA)) == (MAYA, True)
    pass_s(story, 3 * 60 + SHARE_OVER_MS // SECOND_MS)
    assert (sharing(story), story.is_heard(MAYA)) == (JO, False)


def test_the_host_walks_straight_in_and_safe_mode_ends() -> None:
    story = night_story()
    pass_s(story, 45 + 60)
    assert story.room.watch.is_safe
    assert story.now_ms == START_MS + 105 * SECOND_MS
    story.do(ResumeSeat(by=TOM, name="Tom", role=Role.HOST))
    assert story.member(TOM).stranded_ms == 0
    pass_s(story, 1)
    assert (story.room.watch.is_safe, story.room.floor.mode) == (False, FloorMode.OPEN)
    story.do(JoinRoom(member_id=STRANGER, name="Sam"))
    assert STRANGER in story.room.members


def test_another_host_walks_straight_in_too() -> None:
    story = night_story()
    pass_s(story, 45 + 60)
    story.do(JoinRoom(member_id=CLEO, name="Cleo", role=Role.HOST))
    assert CLEO in story.room.members
    pass_s(story, 1)
    assert not story.room.watch.is_safe


def test_the_only_one_who_leads_is_not_asked_for_it_while_there() -> None:
    story = peopled_story()
    pass_s(story, 300)
    assert (story.room.watch.asked, story.room.watch.is_safe) == (0, False)
