"""What only the logs and buses in memory promise; for the rest see `test_room_logs`."""

import gc

import msgspec
from msgspec.structs import replace

from rooms.facts import (
    ChatPosted,
    Commit,
    Fact,
    MemberJoined,
    RoomClosed,
    RoomOpened,
    ShareBegan,
    ShareWritten,
)
from rooms.ids import MeetingId, MemberId, RoomSlug
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


async def test_of_a_meeting_that_is_over_nothing_is_left_in_memory() -> None:
    case = Case()
    canary = "canary-of-the-memory-"
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
