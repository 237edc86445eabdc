import asyncio

import pytest

from rooms.commands import JoinRoom, PostChat, RemoveMember
from rooms.host_commands import BanMember, BlockMember, ReportMember
from rooms.ids import MemberId, RoomSlug
from rooms.model import BanReason, ReportReason
from rooms.project import viewer_of
from server.gateway import audience as audience_module
from server.gateway.audience import GATHER_MS, Audience
from server.gateway.connection import Seat
from server.gateway.outbox import LAG_MAX_MS, SOFT_LIMIT_BYTES
from signaling.session import Input
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story
from tests.server.clock import FakeClock
from tests.server.gateway.test_connection import Line

TALK = RoomSlug("talk")


class Hall:
    """Maya, Tom the host and Jo, each on a line."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.audience = Audience(self.clock)
        self.story: Story = peopled_story()
        self.lines = {MAYA: Line(), TOM: Line(), JO: Line()}
        for member_id, line in self.lines.items():
            self.seat(member_id, line)

    def seat(self, member_id: MemberId, line: Line) -> None:
        line.connection.step(Input.CONNECT)
        line.connection.take_seat(Seat(TALK, member_id))
        self.audience.add(viewer_of(self.story.room, member_id), line.connection)

    def do(self, *commands: object) -> None:
        known = len(self.story.log)
        for command in commands:
            self.story.do(command)  # type: ignore[arg-type]
        self.audience(self.story.record, tuple(self.story.log[known:]))

    def got(self, member_id: MemberId) -> bytes:
        return self.lines[member_id].transport.buffer


def test_what_everybody_may_see_is_one_frame_for_all() -> None:
    hall = Hall()
    hall.do(PostChat(by=MAYA, n=1, text="hello"))
    assert hall.got(MAYA) == hall.got(TOM) == hall.got(JO)
    assert b"hello" in hall.got(JO)


def test_whoever_is_banned_is_told_why_and_until_when() -> None:
    hall = Hall()
    hall.do(BanMember(by=TOM, member_id=MAYA, ban_id="b1", reason=BanReason.HATE, hours=1))
    until_ms = hall.story.room.bans[0].until_ms
    told = f'{{"reason":"banned","retry_ms":0,"why":"hate","until_ms":{until_ms}}}'.encode()
    assert told in hall.got(MAYA)
    assert told not in hall.got(JO)


def test_each_kind_of_viewer_gets_its_own_truth() -> None:
    hall = Hall()
    hall.do(PostChat(by=MAYA, n=1, text="x"), RemoveMember(by=TOM, member_id=MAYA))
    assert b"member_removed" in hall.got(TOM)
    assert b"member_removed" in hall.got(MAYA)
    assert b'"reason":"removed"' in hall.got(MAYA)
    assert b"member_removed" not in hall.got(JO)
    assert b"member_left" in hall.got(JO)
    assert hall.lines[MAYA].hung_up == 1


def test_whoever_acts_unseen_is_named_to_nobody_else() -> None:
    hall = Hall()
    unseen = b'"by":0,"n":0,"fact":{"type":"unseen"}'
    hall.do(BlockMember(by=MAYA, member_id=JO))
    assert b'"by":11' in hall.got(MAYA)
    for other in (TOM, JO):
        assert unseen in hall.got(other)
    for about in (TOM, JO):  # Jo is a member as Maya is, and once also the subject
        reason = ReportReason.OTHER
        hall.do(ReportMember(by=MAYA, member_id=about, report_id="r", reason=reason, words="shouts"))
    assert b'"by":0,"n":0,"fact":{"type":"report_made"' in hall.got(TOM)
    assert hall.got(JO).count(unseen) == 3
    for other in (TOM, JO):
        assert b"11" not in hall.got(other)


def test_a_newer_line_takes_the_place() -> None:
    hall = Hall()
    older, newer = hall.lines[MAYA], Line()
    hall.seat(MAYA, newer)
    assert b'"replaced"' in older.transport.buffer
    assert not hall.audience.remove(MAYA, older.connection)
    assert hall.audience.holder(MAYA) is newer.connection
    assert hall.audience.remove(MAYA, newer.connection)
    assert len(hall.audience) == 2


def test_a_jump_of_the_record_asks_everybody_to_catch_up() -> None:
    hall = Hall()
    hall.audience(hall.story.record, ())
    assert b'42["resync",{"revision"' in hall.got(JO)


def test_sweeping_waits_for_slow_readers_and_then_cuts() -> None:
    hall = Hall()
    slow = hall.lines[JO]
    slow.transport.write(b"x" * (SOFT_LIMIT_BYTES + 1))
    hall.do(PostChat(by=MAYA, n=1, text="lost on Jo"))
    assert b"lost on Jo" not in hall.got(JO)
    assert hall.audience.sweep(hall.story.record) == 0
    slow.transport.drain()
    assert hall.audience.sweep(hall.story.record) == 0
    assert b"resync" in hall.got(JO)
    slow.transport.write(b"x" * (SOFT_LIMIT_BYTES + 1))
    hall.do(PostChat(by=MAYA, n=2, text="lost again"))
    hall.clock.pass_ms(LAG_MAX_MS + 1)
    assert hall.audience.sweep(hall.story.record) == 1
    assert slow.transport.aborted


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Hall:
    """A hall in which three are a crowd."""
    monkeypatch.setattr(audience_module, "GATHER_FROM", 3)
    return Hall()


async def test_in_a_crowd_the_first_line_goes_at_once_and_the_next_ones_together(crowd: Hall) -> None:
    crowd.do(PostChat(by=MAYA, n=1, text="first"))
    assert b"first" in crowd.got(JO)
    crowd.do(PostChat(by=MAYA, n=2, text="second"))
    crowd.do(PostChat(by=TOM, n=1, text="third"))
    assert b"second" not in crowd.got(JO)
    writes = crowd.lines[JO].transport.writes
    async with asyncio.timeout(5):
        while b"third" not in crowd.got(JO):  # noqa: ASYNC110 -- the timer is the loop's own
            await asyncio.sleep(GATHER_MS / 1_000)
    assert crowd.lines[JO].transport.writes == writes + 1
    assert crowd.got(JO).index(b"second") < crowd.got(JO).index(b"third")
    crowd.clock.pass_ms(GATHER_MS)
    crowd.do(PostChat(by=MAYA, n=3, text="later"))
    assert b"later" in crowd.got(JO)


async def test_in_a_crowd_no_act_of_a_host_waits_and_lines_stay_before_it(crowd: Hall) -> None:
    crowd.do(PostChat(by=MAYA, n=1, text="first"))
    crowd.do(PostChat(by=MAYA, n=2, text="second"))
    crowd.do(RemoveMember(by=TOM, member_id=JO))
    for who in (MAYA, TOM, JO):
        assert crowd.got(who).index(b"second") < crowd.got(who).index(
            b"member_left" if who == MAYA else b"removed"
        )


async def test_in_a_crowd_those_who_come_together_are_told_of_together(crowd: Hall) -> None:
    for number in range(1, 5):
        crowd.do(JoinRoom(member_id=MemberId(100 + number), name=f"Comer {number}"))
    assert b"Comer 1" in crowd.got(JO)
    assert b"Comer 2" not in crowd.got(JO)
    writes = crowd.lines[JO].transport.writes
    async with asyncio.timeout(5):
        while b"Comer 4" not in crowd.got(JO):  # noqa: ASYNC110 -- the timer is the loop's own
            await asyncio.sleep(GATHER_MS / 1_000)
    assert crowd.lines[JO].transport.writes == writes + 1
    assert crowd.got(JO).index(b"Comer 2") < crowd.got(JO).index(b"Comer 3")


async def test_in_a_crowd_a_line_waits_no_longer_for_those_who_come(crowd: Hall) -> None:
    loop = asyncio.get_running_loop()
    for number in range(1, 3):
        crowd.do(JoinRoom(member_id=MemberId(100 + number), name=f"Comer {number}"))
    crowd.do(PostChat(by=MAYA, n=1, text="first"))
    assert b"first" not in crowd.got(JO)
    timer = crowd.audience._gathering
    assert timer is not None
    assert timer.when() - loop.time() <= GATHER_MS / 1_000
    crowd.do(RemoveMember(by=TOM, member_id=JO))
    got = crowd.got(MAYA)
    assert got.index(b"Comer 2") < got.index(b"first") < got.index(b"member_left")


async def test_a_few_are_told_of_every_line_at_once() -> None:
    hall = Hall()
    for number in range(1, 4):
        hall.do(PostChat(by=MAYA, n=number, text=f"line {number}"))
        assert f"line {number}".encode() in hall.got(JO)
