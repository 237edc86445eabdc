import gc

import msgspec
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
from rooms.model import ChatLine, Lane, Member, Mutes, Revision, Share
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.ports import Clash, Draft, Missing
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
OPENED = RoomOpened(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m"))
MAYA = MemberId(5)
JOINED = MemberJoined(
    member=Member(member_id=MAYA, name="Maya", role=Role.MEMBER, mutes=Mutes(), joined_ms=0)
)
LINE = ChatPosted(member_id=MAYA, n=1, name="Maya", text="hi")


class Case:
    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.log = MemoryLog(self.bus, FakeClock())
        self.heard: list[Commit] = []
        self.stop = self.bus.follow(TALK, lambda _slug, _epoch, commits: self.heard.extend(commits))

    async def append(self, *facts: Fact, ruling_seq: int | None = None) -> tuple[Commit, ...] | Clash:
        record = await self.log.read(TALK)
        known = record.ruling_seq if ruling_seq is None else ruling_seq
        return await self.log.append(TALK, record.revision.epoch, Draft(facts, MAYA, 1, 7, known))


async def test_an_append_is_whole_and_told() -> None:
    case = Case()
    commits = await case.append(OPENED, JOINED)
    assert not isinstance(commits, Clash)
    assert [commit.seq for commit in commits] == [1, 2]
    assert case.heard == list(commits)
    record = await case.log.read(TALK)
    assert record.revision.seq == 2
    assert record.room is not None
    assert MAYA in record.room.members
    case.stop()
    await case.append(LINE)
    assert case.heard == list(commits)


async def test_a_ruling_fact_that_nobody_knew_of_is_a_clash_for_ruling_facts_only() -> None:
    case = Case()
    await case.append(OPENED)
    await case.append(JOINED)
    assert isinstance(await case.append(JOINED, ruling_seq=1), Clash)
    assert not isinstance(await case.append(LINE, ruling_seq=1), Clash)
    assert len(case.heard) == 3


async def test_another_epoch_is_a_clash() -> None:
    case = Case()
    record = await case.log.read(TALK)
    draft = Draft((OPENED,), MAYA, 0, 0, 0)
    assert isinstance(await case.log.append(TALK, record.revision.epoch + 1, draft), Clash)


async def test_catching_up() -> None:
    case = Case()
    await case.append(OPENED)
    await case.append(JOINED)
    await case.append(LINE)
    now = (await case.log.read(TALK)).revision
    assert await case.log.since(TALK, replace(now, seq=1)) == tuple(case.heard[1:])
    assert await case.log.since(TALK, now) == ()
    assert isinstance(await case.log.since(TALK, Revision(now.epoch, now.seq + 1)), Missing)
    assert isinstance(await case.log.since(TALK, Revision(now.epoch - 1, 1)), Missing)


async def test_the_log_keeps_so_many_commits() -> None:
    case = Case()
    await case.append(OPENED, JOINED)
    for _ in range(LOG_MAX_COMMITS):
        await case.append(LINE)
    epoch = (await case.log.read(TALK)).revision.epoch
    assert isinstance(await case.log.since(TALK, Revision(epoch, 1)), Missing)
    kept = await case.log.since(TALK, Revision(epoch, 2))
    assert not isinstance(kept, Missing)
    assert len(kept) == LOG_MAX_COMMITS


async def test_an_untouched_room_is_complete_and_empty() -> None:
    case = Case()
    revision = (await case.log.read(TALK)).revision
    assert await case.log.since(TALK, revision) == ()


async def test_words_taken_back_leave_the_log_and_what_is_older_is_no_matter() -> None:
    case = Case()
    await case.append(OPENED, JOINED)
    await case.append(LINE)
    await case.append(ChatRetracted(line_seq=3))
    epoch = (await case.log.read(TALK)).revision.epoch
    kept = await case.log.since(TALK, Revision(epoch, 2))
    assert not isinstance(kept, Missing)
    assert kept[0].fact == ChatPosted(member_id=MAYA, n=1, name="Maya", text="")
    for _ in range(LOG_MAX_COMMITS):
        await case.append(JOINED)
    await case.append(ChatExpired(through_seq=10))
    assert (await case.log.read(TALK)).room.chat == ()  # type: ignore[union-attr]


async def test_words_of_a_share_leave_the_log_with_it() -> None:
    case = Case()
    await case.append(OPENED, JOINED)
    await case.append(ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0))
    for text in ("I was", "I was afraid"):
        await case.append(ShareWritten(member_id=MAYA, text=text))
    assert await _written(case) == ["", "I was afraid"]
    await case.append(ShareEnded(member_id=MAYA, had_turn=True))
    await case.append(ShareWritten(member_id=MAYA, text="too late"))
    assert await _written(case) == ["", "", ""]


async def _written(case: Case) -> list[str]:
    epoch = (await case.log.read(TALK)).revision.epoch
    kept = await case.log.since(TALK, Revision(epoch, 2))
    assert not isinstance(kept, Missing)
    return [commit.fact.text for commit in kept if isinstance(commit.fact, ShareWritten)]


async def test_of_a_meeting_that_is_over_the_log_knows_nothing_but_that() -> None:
    case = Case()
    canary = "canary-of-the-log-"
    named = replace(JOINED.member, name=f"{canary}name")
    await case.append(OPENED, MemberJoined(member=named))
    await case.append(ShareBegan(member_id=MAYA, lane=Lane.SHARE, limit_ms=0))
    await case.append(ShareWritten(member_id=MAYA, text=f"{canary}share"))
    await case.append(replace(LINE, name=f"{canary}name", text=f"{canary}text"))
    epoch = (await case.log.read(TALK)).revision.epoch
    before = msgspec.json.encode(await case.log.since(TALK, Revision(epoch, 0)))
    assert before.count(canary.encode()) == 4
    closed = await case.append(RoomClosed())
    assert not isinstance(closed, Clash)
    case.heard.clear()
    record = await case.log.read(TALK)
    assert canary.encode() not in msgspec.json.encode(record)
    assert await case.log.since(TALK, Revision(epoch, closed[-1].seq - 1)) == closed
    for seq in range(closed[-1].seq - 1):
        assert isinstance(await case.log.since(TALK, Revision(epoch, seq)), Missing)
    del before, closed, record, named
    gc.collect()
    held = [text for text in map(_text_of, gc.get_objects()) if canary in text]
    assert held == []
    await case.append(OPENED, JOINED)
    await case.append(LINE)
    kept = await case.log.since(TALK, Revision(epoch, 5))
    assert not isinstance(kept, Missing)
    assert kept[-1].fact == LINE


def _text_of(thing: object) -> str:
    return repr(thing) if isinstance(thing, Fact | Commit | Member | ChatLine | Share) else ""
