import pytest
from msgspec.structs import replace

from rooms.commands import LeaveRoom, SetFreeze, StrandMember
from rooms.facts import MemberJoined, PassNoted, RulesSet
from rooms.host_commands import BlockMember, UnblockMember
from rooms.ids import MemberId
from rooms.limits import UNWANTED_MAX
from rooms.model import Member, Mutes, Pass, Rules
from rooms.private import Letters, Outcome
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, START_MS, TOM, Story, peopled_story

ADA = MemberId(44)


class Post:
    """Maya, Tom and Jo are known here; Ada is new."""

    def __init__(self) -> None:
        self.story: Story = peopled_story()
        self.letters = Letters()
        self.story.commit(RulesSet(rules=Rules(has_private=True)))
        self.seat(ADA, "Ada", is_new=True)

    def seat(self, who: MemberId, name: str, *, is_new: bool = False, device: str = "") -> None:
        if device:
            self.story.commit(PassNoted(member_id=who, pass_=Pass(device=device)))
        member = Member(
            member_id=who,
            name=name,
            role=Role.MEMBER,
            mutes=Mutes(),
            joined_ms=START_MS,
            is_new=is_new,
        )
        self.story.commit(MemberJoined(member=member))

    def ask(self, by: MemberId, to: MemberId) -> str:
        return _said(self.letters.ask(self.story.record, by, to, self.story.now_ms))

    def answer(self, by: MemberId, to: MemberId, *, yes: bool = True) -> str:
        return _said(self.letters.answer(self.story.record, by, to, yes=yes))

    def send(self, by: MemberId, to: MemberId) -> str:
        return _said(self.letters.send(self.story.record, by, to))

    def reach(self, by: MemberId, *, on: bool) -> str:
        refusal = self.letters.set_reachable(self.story.record, by, self.story.now_ms, on=on)
        return refusal.code.value if refusal else ""

    def of(self, who: MemberId) -> tuple[list[MemberId], list[MemberId]]:
        return self.letters.of(self.story.room, who)

    def agree(self, one: MemberId, other: MemberId) -> None:
        assert self.ask(one, other) == "asked"
        assert self.answer(other, one) == "agreed"


def _said(outcome: Outcome | Refusal) -> str:
    return outcome.code.value if isinstance(outcome, Refusal) else outcome.value


def test_words_pass_once_both_agree_and_until_one_ends_it() -> None:
    post = Post()
    assert post.send(MAYA, JO) == "not_agreed"
    assert post.ask(MAYA, JO) == "asked"
    assert post.send(MAYA, JO) == post.send(JO, MAYA) == "not_agreed"
    assert post.of(JO) == ([MAYA], [])
    assert post.answer(JO, MAYA) == "agreed"
    assert post.send(MAYA, JO) == post.send(JO, MAYA) == "line"
    assert (post.of(JO), post.of(MAYA)) == (([], [MAYA]), ([], [JO]))
    assert post.answer(JO, MAYA) == "nothing"  # said already
    assert post.answer(MAYA, JO, yes=False) == "ended"
    assert post.send(MAYA, JO) == post.send(JO, MAYA) == "not_agreed"
    assert post.of(JO) == ([], [])


def test_to_ask_whoever_asks_is_to_agree() -> None:
    post = Post()
    assert (post.ask(MAYA, JO), post.ask(JO, MAYA)) == ("asked", "agreed")
    assert post.ask(MAYA, JO) == post.ask(JO, MAYA) == "nothing"


def test_one_asks_another_once_whatever_came_of_it() -> None:
    post = Post()
    assert (post.ask(MAYA, JO), post.ask(MAYA, JO)) == ("asked", "nothing")
    assert post.answer(JO, MAYA, yes=False) == "nothing"  # nobody is told that they were turned down
    assert post.ask(MAYA, JO) == "nothing"
    assert post.answer(JO, MAYA) == "not_agreed"
    assert post.ask(JO, MAYA) == "asked"  # but whoever turned it down may ask
    assert post.answer(MAYA, JO) == "agreed"
    post.answer(MAYA, JO, yes=False)
    assert post.ask(MAYA, JO) == post.ask(JO, MAYA) == "nothing"


def test_whoever_asked_may_take_it_back() -> None:
    post = Post()
    post.ask(MAYA, JO)
    assert post.answer(MAYA, JO, yes=False) == "ended"
    assert post.answer(MAYA, JO, yes=False) == "nothing"
    assert post.of(JO) == ([], [])
    assert post.answer(JO, MAYA) == "not_agreed"


def test_nobody_agrees_with_somebody_who_did_not_ask() -> None:
    post = Post()
    assert post.answer(JO, MAYA) == "not_agreed"
    post.ask(MAYA, JO)
    assert post.answer(MAYA, JO) == "not_agreed"  # nor in the other's place


def test_the_new_are_reachable_once_they_say_so_and_others_until_they_say_not() -> None:
    post = Post()
    assert post.ask(MAYA, ADA) == "not_reachable"
    assert post.ask(ADA, MAYA) == "asked"
    assert post.reach(ADA, on=True) == ""
    assert post.ask(JO, ADA) == "asked"
    assert post.reach(TOM, on=False) == ""
    assert post.ask(JO, TOM) == "not_reachable"
    assert post.reach(MemberId(9), on=True) == "not_a_member"


def test_on_probation_nobody_is_asked() -> None:
    post = Post()
    ada = replace(post.story.member(ADA), probation_ms=START_MS + 60_000)
    post.story.commit(MemberJoined(member=ada))
    told = post.letters.ask(post.story.record, ADA, MAYA, START_MS)
    assert told == Refusal(code=RefusalCode.ON_PROBATION, retry_ms=60_000)
    post.story.now_ms += 60_000
    assert post.ask(ADA, MAYA) == "asked"


@pytest.mark.parametrize("is_frozen", [False, True])
def test_nothing_passes_where_the_room_has_none_or_is_frozen(*, is_frozen: bool) -> None:
    post = Post()
    post.agree(MAYA, JO)
    if is_frozen:
        post.story.do(SetFreeze(by=TOM, on=True))
    else:
        post.story.commit(RulesSet(rules=Rules()))
    assert post.ask(MAYA, TOM) == post.answer(TOM, MAYA) == post.send(MAYA, JO) == "private_off"
    if is_frozen:
        post.story.do(SetFreeze(by=TOM, on=False))
    else:
        assert post.of(MAYA) == ([], [])
        post.story.commit(RulesSet(rules=Rules(has_private=True)))
    assert post.send(MAYA, JO) == "line"


def test_with_whom_there_are_no_private_words() -> None:
    post = Post()
    for act in (post.ask, post.answer, post.send):
        assert act(MAYA, MAYA) == "not_allowed"
        assert act(MAYA, MemberId(9)) == "no_such_member"
        assert act(MemberId(9), MAYA) == "not_a_member"


def test_a_line_to_somebody_who_is_away_is_not_taken_and_a_question_waits() -> None:
    post = Post()
    post.agree(MAYA, JO)
    post.story.do(StrandMember(member_id=JO))
    assert post.send(MAYA, JO) == "not_reachable"
    assert post.ask(TOM, JO) == "asked"
    assert post.of(JO) == ([TOM], [MAYA])


def test_for_whoever_is_kept_apart_it_looks_like_waiting() -> None:
    post = Post()
    post.story.do(BlockMember(by=JO, member_id=MAYA))
    assert post.ask(MAYA, JO) == post.ask(MAYA, JO) == post.ask(JO, MAYA) == "nothing"
    assert (post.of(JO), post.of(MAYA)) == (([], []), ([], []))
    assert post.send(MAYA, JO) == "not_agreed"
    post.story.do(UnblockMember(by=JO, member_id=MAYA))
    assert post.ask(MAYA, JO) == "asked"
    post.story.do(BlockMember(by=JO, member_id=MAYA))
    assert post.of(JO) == ([], [])
    assert post.answer(JO, MAYA) == "nothing"
    assert post.send(MAYA, JO) == "not_agreed"


def test_a_block_ends_what_was_agreed_without_a_word() -> None:
    post = Post()
    post.agree(MAYA, JO)
    post.story.do(BlockMember(by=JO, member_id=MAYA))
    assert post.send(MAYA, JO) == post.send(JO, MAYA) == "nothing"
    assert post.answer(JO, MAYA, yes=False) == "nothing"


def test_reports_of_different_people_end_the_asking() -> None:
    post = Post()
    others = [MemberId(100 + n) for n in range(UNWANTED_MAX)]
    for n, who in enumerate(others):
        post.seat(who, f"Guest {n}", device=f"device-{n}")
    post.seat(MAYA, "Maya", device="device-maya")
    record = post.story.record
    for who in others[:-1]:
        for _ in range(UNWANTED_MAX):
            post.letters.note_report(record, who, MAYA)
    assert post.ask(MAYA, JO) == "asked"
    post.letters.note_report(record, others[-1], MAYA)
    assert post.ask(MAYA, TOM) == "not_allowed"
    assert post.answer(JO, MAYA) == "agreed"  # what was asked before stays
    post.letters.forget(MAYA)
    post.story.do(LeaveRoom(by=MAYA))
    post.seat(ADA, "Another name", device="device-maya")
    assert post.ask(ADA, JO) == "not_allowed"
    assert post.ask(JO, TOM) == "asked"


def test_who_left_for_good_is_forgotten() -> None:
    post = Post()
    post.agree(MAYA, JO)
    post.ask(TOM, MAYA)
    post.ask(TOM, JO)
    post.reach(MAYA, on=False)
    post.letters.forget(MAYA)
    assert post.send(JO, MAYA) == "not_agreed"
    assert post.of(MAYA) == ([], [])
    assert post.ask(JO, MAYA) == "asked"
    post.letters.keep_only(frozenset({TOM, JO}))
    assert post.of(MAYA) == ([], [])
    assert post.of(JO) == ([TOM], [])


class Nodes(Post):
    """The same room on two nodes: Maya acts at `letters`, Jo at `there`."""

    def __init__(self) -> None:
        super().__init__()
        self.there = Letters()

    def cross(self, *, back: bool = False) -> list[tuple[MemberId, MemberId, str]]:
        """Tell one node what the other one knows; return who is told what there."""
        here, there = (self.there, self.letters) if back else (self.letters, self.there)
        words = there.take(self.story.record, here.news())
        return [(word.to, word.about, word.outcome.value) for word in words]

    def at(self, there: Letters) -> "Nodes":
        """Act at the other node."""
        self.letters, self.there = there, self.letters
        return self


def test_another_node_learns_each_step_once_and_tells_its_members() -> None:
    post = Nodes()
    assert post.ask(MAYA, JO) == "asked"
    assert post.cross() == [(JO, MAYA, "asked")]
    assert post.cross() == []
    post.at(post.there)
    assert post.answer(JO, MAYA) == "agreed"
    assert post.cross() == [(MAYA, JO, "agreed"), (JO, MAYA, "agreed")]
    post.at(post.there)
    assert post.send(MAYA, JO) == "line"
    assert post.answer(MAYA, JO, yes=False) == "ended"
    assert post.cross() == [(JO, MAYA, "ended")]
    post.at(post.there)
    assert post.send(JO, MAYA) == "not_agreed"
    assert post.ask(JO, MAYA) == "asked"  # who was asked may ask in turn, once
    assert post.cross() == [(MAYA, JO, "asked")]


def test_the_one_who_asked_is_told_of_an_end_and_not_of_a_no() -> None:
    post = Nodes()
    post.ask(MAYA, JO)
    post.cross()
    assert post.at(post.there).answer(JO, MAYA, yes=False) == "nothing"
    assert post.cross() == []
    post.ask(JO, MAYA)
    post.cross()
    assert post.at(post.there).answer(MAYA, JO) == "agreed"
    post.cross()
    assert post.answer(MAYA, JO, yes=False) == "ended"
    assert post.cross() == [(JO, MAYA, "ended")]


def test_two_who_ask_each_other_at_once_have_agreed() -> None:
    post = Nodes()
    post.ask(MAYA, JO)
    post.at(post.there).ask(JO, MAYA)
    both = [(MAYA, JO, "agreed"), (JO, MAYA, "agreed")]
    assert sorted(post.cross()) == sorted(both)
    assert sorted(post.cross(back=True)) == sorted(both)
    assert post.send(JO, MAYA) == "line"
    assert post.of(MAYA) == ([], [JO])
    assert post.answer(JO, MAYA, yes=False) == "ended"
    assert set(post.cross()) == {(MAYA, JO, "ended")}
    assert post.at(post.there).send(MAYA, JO) == "not_agreed"


def test_old_news_change_nothing() -> None:
    post = Nodes()
    post.reach(JO, on=False)
    post.ask(MAYA, TOM)
    old = post.letters.news()
    post.reach(JO, on=True)
    post.answer(TOM, MAYA)
    post.cross()
    assert post.there.take(post.story.record, old) == []
    post.at(post.there)
    assert post.ask(MAYA, JO) == "asked"
    assert post.send(MAYA, TOM) == "line"


def test_a_part_of_the_news_is_about_some_members_only() -> None:
    post = Nodes()
    post.ask(MAYA, JO)
    post.ask(MAYA, TOM)
    post.reach(TOM, on=True)
    post.letters.note_report(post.story.record, JO, TOM)
    part = post.letters.news((MAYA, JO))
    assert [ask[:2] for ask in part.asks] == [(MAYA, JO)]
    assert (part.reachable, part.unwanted) == ((), ())
    assert len(post.letters.news().asks) == 2


def test_news_of_who_is_gone_or_kept_apart() -> None:
    post = Nodes()
    post.ask(MAYA, JO)
    post.ask(TOM, JO)
    post.story.do(BlockMember(by=JO, member_id=MAYA))
    post.story.do(LeaveRoom(by=TOM))
    assert post.cross() == []
    post.story.do(UnblockMember(by=JO, member_id=MAYA))
    assert post.at(post.there).of(JO) == ([MAYA], [])


def test_reports_count_at_every_node() -> None:
    post = Nodes()
    for number in range(UNWANTED_MAX):
        post.seat(MemberId(60 + number), f"Guest {number}")
        post.letters.note_report(post.story.record, MemberId(60 + number), MAYA)
    post.cross()
    assert post.at(post.there).ask(MAYA, JO) == "not_allowed"
