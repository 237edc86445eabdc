"""What `server.ports.RoomLog` promises, of every log that there is."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec.structs import replace

from rooms.facts import (
    ChatExpired,
    ChatPosted,
    ChatRetracted,
    Commit,
    Fact,
    MemberJoined,
    RoomClosed,
    RoomOpened,
    ShareBegan,
    ShareEnded,
    ShareWritten,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.limits import LOG_MAX_COMMITS
from rooms.model import Lane, Member, Mutes, Revision
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.ports import Clash, Draft, FactBus, Missing, RoomLog
from tests.integration.redis_server import RedisServer
from tests.server.bus.clustered import clustered_node, until
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
OPENED = RoomOpened(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m"))
MAYA = MemberId(5)
JOINED = MemberJoined(
    member=Member(member_id=MAYA, name="Maya", role=Role.MEMBER, mutes=Mutes(), joined_ms=0)
)
LINE = ChatPosted(member_id=MAYA, n=1, name="Maya", text="hi")


class Case:
    def __init__(self, log: RoomLog, bus: FactBus) -> None:
        self.log = log
        self.heard: list[Commit] = []
        self.stop = bus.follow(TALK, lambda _slug, _epoch, commits: self.heard.extend(commits))
        self.n = 0

    async def append(self, *facts: Fact, ruling_seq: int | None = None) -> tuple[Commit, ...] | Clash:
        record = await self.log.read(TALK)
        known = record.ruling_seq if ruling_seq is None else ruling_seq
        self.n += 1
        return await self.log.append(TALK, record.revision.epoch, Draft(facts, MAYA, self.n, 7, known))

    async def epoch(self) -> int:
        return (await self.log.read(TALK)).revision.epoch

    async def since(self, seq: int) -> tuple[Commit, ...]:
        kept = await self.log.since(TALK, Revision(await self.epoch(), seq))
        assert not isinstance(kept, Missing)
        return kept


@pytest.fixture(params=["memory", "redis"])
def server(request: pytest.FixtureRequest) -> RedisServer | None:
    if request.param == "memory":
        return None
    redis: RedisServer = request.getfixturevalue("redis")
    return redis


@pytest.fixture
async def case(server: RedisServer | None) -> AsyncIterator[Case]:
    if server is None:
        bus = MemoryBus()
        yield Case(MemoryLog(bus, FakeClock()), bus)
        return
    async with clustered_node(server, "n-1", FakeClock()) as node:
        built = Case(node.parts.log, node.parts.bus)
        await until(lambda: node.parts.hearing.is_whole)
        yield built


async def test_an_append_is_whole_and_told(case: Case) -> None:
    commits = await case.append(OPENED, JOINED)
    assert not isinstance(commits, Clash)
    assert [commit.seq for commit in commits] == [1, 2]
    await until(lambda: case.heard == list(commits))
    record = await case.log.read(TALK)
    assert record.revision.seq == 2
    assert record.room is not None
    assert MAYA in record.room.members


async def test_whoever_has_stopped_hears_no_more(case: Case) -> None:
    await case.append(OPENED, JOINED)
    await until(lambda: len(case.heard) == 2)
    case.stop()
    await case.append(LINE)
    await asyncio.sleep(0.05)
    assert len(case.heard) == 2


async def test_a_ruling_fact_that_nobody_knew_of_is_a_clash_for_ruling_facts_only(case: Case) -> None:
    await case.append(OPENED)
    await case.append(JOINED)
    assert isinstance(await case.append(JOINED, ruling_seq=1), Clash)
    assert not isinstance(await case.append(LINE, ruling_seq=1), Clash)
    await until(lambda: len(case.heard) == 3)


async def test_another_epoch_is_a_clash(case: Case) -> None:
    draft = Draft((OPENED,), MAYA, 0, 0, 0)
    assert isinstance(await case.log.append(TALK, await case.epoch() + 1, draft), Clash)


async def test_catching_up(case: Case) -> None:
    await case.append(OPENED)
    await case.append(JOINED)
    line = await case.append(LINE)
    now = (await case.log.read(TALK)).revision
    assert not isinstance(line, Clash)
    assert (await case.since(1))[-1:] == line
    assert [commit.seq for commit in await case.since(1)] == [2, 3]
    assert await case.log.since(TALK, now) == ()
    assert isinstance(await case.log.since(TALK, Revision(now.epoch, now.seq + 1)), Missing)
    assert isinstance(await case.log.since(TALK, Revision(now.epoch - 1, 1)), Missing)


async def test_the_log_keeps_so_many_commits(case: Case) -> None:
    await case.append(OPENED, JOINED)
    for _ in range(LOG_MAX_COMMITS // 50):
        await case.append(*[LINE] * 50)
    assert isinstance(await case.log.since(TALK, Revision(await case.epoch(), 1)), Missing)
    assert len(await case.since(2)) == LOG_MAX_COMMITS


async def test_an_untouched_room_is_complete_and_empty(case: Case) -> None:
    revision = (await case.log.read(TALK)).revision
    assert await case.log.since(TALK, revision) == ()


async def test_words_taken_back_leave_the_log_and_what_is_older_is_no_matter(case: Case) -> None:
    await case.append(OPENED, JOINED)
    await case.append(LINE)
    await case.append(ChatRetracted(line_seq=3))
    assert (await case.since(2))[0].fact == ChatPosted(member_id=MAYA, n=1, name="Maya", text="")
    for _ in range(LOG_MAX_COMMITS // 50):
        await case.append(*[JOINED] * 50)
    await case.append(ChatExpired(through_seq=10))
    assert (await case.log.read(TALK)).room.chat == ()  # type: ignore[union-attr]


async def test_words_of_a_share_leave_the_log_with_it(case: Case) -> None:
    await case.append(OPENED, JOINED)
    await case.append(ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0))
    for text in ("I was", "I was afraid"):
        await case.append(ShareWritten(member_id=MAYA, text=text))
    assert await _written(case) == ["", "I was afraid"]
    await case.append(ShareEnded(member_id=MAYA, had_turn=True))
    await case.append(ShareWritten(member_id=MAYA, text="too late"))
    assert await _written(case) == ["", "", ""]


async def _written(case: Case) -> list[str]:
    return [commit.fact.text for commit in await case.since(2) if isinstance(commit.fact, ShareWritten)]


async def test_of_a_meeting_that_is_over_the_log_knows_nothing_but_that(case: Case) -> None:
    canary = "canary-of-the-log-"
    named = replace(JOINED.member, name=f"{canary}name")
    await case.append(OPENED, MemberJoined(member=named))
    await case.append(ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0))
    await case.append(ShareWritten(member_id=MAYA, text=f"{canary}share"))
    await case.append(replace(LINE, name=f"{canary}name", text=f"{canary}text"))
    assert msgspec.json.encode(await case.since(0)).count(canary.encode()) == 4
    closed = await case.append(RoomClosed())
    assert not isinstance(closed, Clash)
    record = await case.log.read(TALK)
    assert canary.encode() not in msgspec.json.encode(record)
    assert await case.since(closed[-1].seq - 1) == closed
    epoch = await case.epoch()
    for seq in range(closed[-1].seq - 1):
        assert isinstance(await case.log.since(TALK, Revision(epoch, seq)), Missing)
    await case.append(OPENED, JOINED)
    line = await case.append(LINE)
    assert not isinstance(line, Clash)
    assert (await case.since(5))[-1:] == line
