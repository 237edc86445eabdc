"""Promise: whatever the bus loses, every node ends where the log stands, and nobody is told a hole."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.apply import change_room
from rooms.commands import JoinRoom, PostChat
from rooms.facts import Commit
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Record
from server.bus.memory import MemoryBus, MemoryLog
from server.ports import CommitListener
from server.room_service import Done, RoomPlan, RoomService
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))


class LossyBus(MemoryBus):
    """Each node hears only what the plan lets through."""

    def __init__(self, plan: list[bool]) -> None:
        super().__init__()
        self.plan = plan

    def follow(self, slug: RoomSlug, listener: CommitListener):  # type: ignore[no-untyped-def]  # noqa: ANN201
        def lossy(slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
            if not self.plan or self.plan.pop():
                listener(slug, epoch, commits)

        return super().follow(slug, lossy)


class Watcher:
    """Follows a node as an audience does."""

    def __init__(self, node: RoomService) -> None:
        record = node.record(TALK)
        self.room, self.seq = record.room, record.revision.seq
        self.moved = asyncio.Event()
        node.follow(TALK, self)

    async def reaches(self, seq: int) -> None:
        while self.seq < seq:
            self.moved.clear()
            await self.moved.wait()

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        if not commits:
            self.room, self.seq = record.room, record.revision.seq
        for commit in commits:
            assert commit.seq == self.seq + 1
            self.room, self.seq = change_room(self.room, commit), commit.seq
        assert self.room == record.room
        self.moved.set()


async def _play(plan: list[bool], turns: list[int]) -> None:
    clock = FakeClock()
    bus = LossyBus(plan)
    log = MemoryLog(bus, clock)
    nodes = [RoomService(log, bus, clock) for _ in range(3)]
    for node in nodes:
        await node.open_rooms([PLAN])
    watchers = [Watcher(node) for node in nodes]
    async with asyncio.TaskGroup() as group:
        mending = [group.create_task(node.run()) for node in nodes]
        for number, turn in enumerate(turns, start=1):
            who = MemberId(number)
            await nodes[turn].carry_out(TALK, JoinRoom(member_id=who, name=f"N{number}"))
            line = PostChat(by=who, n=1, text="hi")
            assert isinstance(await nodes[turn].carry_out(TALK, line, who, 1), Done)
        bus.plan.clear()
        for node in nodes:  # the next wake-up that gets through heals all that was lost
            await node.carry_out(TALK, JoinRoom(member_id=MemberId(10**6), name="last"))
        final = await log.read(TALK)
        async with asyncio.timeout(5):
            for watcher in watchers:
                await watcher.reaches(final.revision.seq)
        for task in mending:
            task.cancel()
    for watcher in watchers:
        assert watcher.room == final.room
    assert final.room is not None
    assert len(final.room.chat) == len(turns)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.lists(st.integers(0, 2), min_size=1, max_size=8))
def test_any_loss_on_the_bus_heals(plan: list[bool], turns: list[int]) -> None:
    asyncio.run(_play(plan, turns))
