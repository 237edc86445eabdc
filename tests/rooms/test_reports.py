import pytest

from rooms.commands import GiveRole, LeaveRoom, SetFreeze
from rooms.facts import PassNoted, ReportMade, ReportSettled, Unseen
from rooms.host_commands import ReportMember, SettleReport
from rooms.ids import NO_MEMBER, MemberId
from rooms.limits import REPORT_MAX_CHARS, REPORTS_MAX
from rooms.model import Pass, ReportReason
from rooms.project import Viewer, project, project_room, viewer_of
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, code_of, peopled_story

ELSE = MemberId(9)


def report(by: MemberId, about: MemberId, words: str = "he shouts", report_id: str = "r1") -> ReportMember:
    return ReportMember(
        by=by, member_id=about, report_id=report_id, reason=ReportReason.HARASSMENT, words=words
    )


def reports_shown_to(story: Story, who: MemberId) -> list[str]:
    return [one.report_id for one in project_room(story.room, viewer_of(story.room, who)).reports]


def test_hosts_are_told_and_nobody_is_told_who_told_them() -> None:
    story = peopled_story()
    story.do(report(MAYA, JO, " he\r\nshouts "), n=3)
    assert [reports_shown_to(story, who) for who in (TOM, MAYA, JO)] == [["r1"], [], []]
    (shown,) = story.room.reports
    assert (shown.words, shown.member_id, shown.at_ms) == ("he\nshouts", JO, story.now_ms)
    commit = story.log[-1]
    told = project(commit, Viewer(TOM, Role.HOST))
    assert (told.fact, told.by, told.n) == (commit.fact, NO_MEMBER, 0)
    own = project(commit, Viewer(MAYA, Role.MEMBER))
    assert (own.fact, own.by, own.n) == (Unseen(), MAYA, 3)
    assert project(commit, Viewer(JO, Role.MEMBER)).fact == Unseen()


def test_a_host_who_reports_sees_the_own_command_answered() -> None:
    story = peopled_story()
    story.do(report(TOM, JO), n=3)
    assert project(story.log[-1], Viewer(TOM, Role.HOST)) is story.log[-1]


def test_a_host_who_is_the_subject_is_shown_nothing_and_settles_nothing() -> None:
    story = peopled_story()
    story.do(GiveRole(by=TOM, member_id=JO, role=Role.COHOST))
    story.do(report(MAYA, TOM))
    assert (reports_shown_to(story, TOM), reports_shown_to(story, JO)) == ([], ["r1"])
    assert code_of(story.try_(SettleReport(by=TOM, report_id="r1"))) == "no_such_report"
    assert story.do(SettleReport(by=JO, report_id="r1")) == (ReportSettled(report_id="r1"),)
    assert story.room.reports == ()
    assert code_of(story.try_(SettleReport(by=JO, report_id="r1"))) == "no_such_report"


def test_only_those_who_keep_order_settle() -> None:
    story = peopled_story()
    story.do(report(MAYA, JO))
    assert code_of(story.try_(SettleReport(by=MAYA, report_id="r1"))) == "not_allowed"


def test_somebody_who_is_gone_can_be_reported_and_somebody_unknown_cannot() -> None:
    story = peopled_story()
    story.commit(PassNoted(member_id=JO, pass_=Pass()))
    story.do(LeaveRoom(by=JO))
    story.do(report(MAYA, JO))
    assert code_of(story.try_(report(MAYA, ELSE))) == "no_such_member"
    assert code_of(story.try_(report(MAYA, MAYA))) == "not_allowed"
    assert code_of(story.try_(report(JO, MAYA))) == "not_a_member"


def test_a_frozen_room_can_be_reported_from() -> None:
    story = peopled_story()
    story.do(SetFreeze(by=TOM, on=True))
    story.do(report(MAYA, JO))


@pytest.mark.parametrize("words", ["", " \n ", "\u200b"])
def test_words_are_not_needed(words: str) -> None:
    story = peopled_story()
    (made,) = story.do(report(MAYA, JO, words))
    assert isinstance(made, ReportMade)
    assert made.report.words == ""


def test_words_that_normalising_makes_too_long_are_refused() -> None:
    grows = "\u0958" * (REPORT_MAX_CHARS - 1)
    assert code_of(peopled_story().try_(report(MAYA, JO, grows))) == "text_too_long"


def test_hosts_are_shown_so_many() -> None:
    story = peopled_story()
    for n in range(REPORTS_MAX + 1):
        story.do(report(MAYA, JO, report_id=f"r{n}"))
    assert reports_shown_to(story, TOM) == [f"r{n}" for n in range(1, REPORTS_MAX + 1)]
