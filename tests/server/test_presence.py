"""Nodes that share a directory and a log: who holds which seat, and who sees to those that nobody holds."""

import pytest

from rooms.commands import JoinRoom, ResumeSeat
from rooms.facts import MemberReturned, MemberStranded
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Revision
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryDirectory, MemoryLog
from server.ports import Announced, LogUnavailableError, Missing, NodeLoad, NodePhase, NodeState
from server.presence import MOVE_MS, UNHELD_MS, Presence
from server.room_service import RoomPlan, RoomService
from server.seats import Seats
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))
MAYA, BEN = MemberId(5), MemberId(6)


class MoodyDirectory(MemoryDirectory):
    """Is away when a test wants."""

    away = False

    async def announce(self, state: NodeState) -> Announced:
        if self.away:
            raise LogUnavailableError
        return await super().announce(state)


class Node:
    """One node's presence, with a note of what it asked of gateway and media."""

    def __init__(self, name: str, cluster: "Cluster") -> None:
        self.rooms = RoomService(cluster.log, cluster.bus, cluster.clock)
        self.seats = Seats(cluster.clock)
        self.shared: frozenset[RoomSlug] = frozenset()
        self.retired: list[tuple[RoomSlug, int]] = []
        self.taken: list[tuple[MemberId, bool]] = []
        self.load = NodeLoad()
        state = NodeState(name=name, epoch=0)
        self.presence = Presence(
            state,
            cluster.directory,
            self.seats,
            self.rooms,
            doors=self,
            lines=self,
            clock=cluster.clock,
            load=lambda: self.load,
        )

    def taken_elsewhere(self, slug: RoomSlug, member_id: MemberId, *, is_overdue: bool) -> None:
        assert slug == TALK
        self.taken.append((member_id, is_overdue))

    def share(self, rooms: frozenset[RoomSlug]) -> None:
        self.shared = rooms

    def retire_peer(self, room: RoomSlug, voice_id: int) -> None:
        self.retired.append((room, voice_id))

    async def join(self, member_id: MemberId, name: str) -> None:
        await self.rooms.carry_out(TALK, JoinRoom(member_id=member_id, name=name))
        self.seats.take(TALK, member_id)

    def is_stranded(self, member_id: MemberId) -> bool:
        room = self.rooms.open_room(TALK)
        assert room is not None
        return bool(room.members[member_id].stranded_ms)


class Cluster:
    """Nodes on one log, one directory and one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.bus = MemoryBus()
        self.log = MemoryLog(self.bus, self.clock)
        self.directory = MoodyDirectory(self.clock)

    async def node(self, name: str) -> Node:
        node = Node(name, self)
        await node.rooms.open_rooms([PLAN])
        node.presence.follow()
        await node.presence.claim()
        await node.presence.announce()
        return node

    async def facts(self, kind: type) -> int:
        epoch = (await self.log.read(TALK)).revision.epoch
        commits = await self.log.since(TALK, Revision(epoch, 0))
        assert not isinstance(commits, Missing)
        return sum(isinstance(commit.fact, kind) for commit in commits)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


async def test_a_node_says_each_time_how_busy_it_is(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    one.load = NodeLoad(packets_out_per_s=450, lag_ms=7.0)
    await one.presence.tick()
    await two.presence.tick()
    assert [state.load for state in two.seats.others] == [one.load]


async def test_sound_is_shared_where_another_node_has_members(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await one.join(MAYA, "Maya")
    await one.presence.tick()
    await two.presence.tick()
    assert (one.shared, two.shared) == (frozenset(), frozenset([TALK]))
    one.seats.drop(TALK, MAYA)
    await one.presence.tick()
    await two.presence.tick()
    assert two.shared == frozenset()


async def test_the_seat_of_a_dead_node_is_stranded_once(cluster: Cluster) -> None:
    one, two, three = [await cluster.node(name) for name in ("one", "two", "three")]
    await one.join(MAYA, "Maya")
    await two.join(BEN, "Ben")
    for node in (one, two, three):
        await node.presence.tick()
    for _ in range(6):  # node one says nothing any more
        cluster.clock.pass_ms(1_000)
        await two.presence.tick()
        await three.presence.tick()
    assert two.is_stranded(MAYA)
    assert not two.is_stranded(BEN)
    assert await cluster.facts(MemberStranded) == 1


async def test_a_seat_that_was_taken_up_in_time_is_not_stranded(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await one.join(MAYA, "Maya")
    await one.presence.tick()
    cluster.clock.pass_ms(2_000)
    two.seats.take(TALK, MAYA)
    for _ in range(6):
        cluster.clock.pass_ms(1_000)
        await two.presence.tick()
    assert not two.is_stranded(MAYA)


async def test_nodes_that_all_died_leave_seats_for_the_first_one_back(cluster: Cluster) -> None:
    one = await cluster.node("one")
    await one.join(MAYA, "Maya")
    cluster.clock.pass_ms(60_000)
    two = await cluster.node("two")
    await two.presence.tick()
    assert not two.is_stranded(MAYA)
    cluster.clock.pass_ms(int(UNHELD_MS))
    await two.presence.tick()
    assert two.is_stranded(MAYA)


async def test_who_was_stranded_too_early_is_back_at_once(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("early")
    await one.join(MAYA, "Maya")
    await two.presence.tick()
    cluster.clock.pass_ms(int(UNHELD_MS))
    await two.presence.tick()  # node one has not announced the seat yet
    assert two.is_stranded(MAYA)
    await one.presence.tick()
    assert not two.is_stranded(MAYA)
    assert await cluster.facts(MemberReturned) == 1


async def test_nobody_is_stranded_while_the_directory_is_away(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await one.join(MAYA, "Maya")
    await one.presence.tick()
    await two.presence.tick()
    cluster.directory.away = True
    for _ in range(10):
        cluster.clock.pass_ms(1_000)
        await two.presence.tick()
    cluster.directory.away = False
    await two.presence.tick()
    await one.presence.tick()
    cluster.clock.pass_ms(1_000)
    await two.presence.tick()
    assert await cluster.facts(MemberStranded) == 0


async def test_a_member_who_moved_is_the_later_nodes(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await one.join(MAYA, "Maya")
    await one.presence.tick()
    await two.presence.tick()
    await two.rooms.carry_out(TALK, ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER))
    two.seats.take(TALK, MAYA)  # within the same millisecond, by the clocks
    await two.presence.tick()
    await one.presence.tick()
    assert one.taken == [(MAYA, False)]
    assert (one.seats.holds(TALK, MAYA), two.seats.holds(TALK, MAYA)) == (False, True)
    cluster.clock.pass_ms(int(MOVE_MS))
    await two.presence.tick()
    await one.presence.tick()
    assert one.taken == [(MAYA, False), (MAYA, True)]
    one.seats.drop(TALK, MAYA)
    assert await one.seats.went_elsewhere(TALK, MAYA)
    assert not one.retired
    cluster.clock.pass_ms(int(MOVE_MS))
    await two.presence.tick()
    await one.presence.tick()
    assert one.retired == [(TALK, MAYA)]
    assert await cluster.facts(MemberStranded) == 0


async def test_whether_a_dropped_seat_went_elsewhere_is_asked_for(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await one.join(MAYA, "Maya")
    await one.presence.tick()
    two.seats.take(TALK, MAYA)
    await two.presence.tick()
    one.seats.drop(TALK, MAYA)  # node one has not heard of it
    assert await one.seats.went_elsewhere(TALK, MAYA)
    assert not await one.seats.went_elsewhere(TALK, BEN)


async def test_a_node_whose_name_was_taken_over_says_no_more(cluster: Cluster) -> None:
    one = await cluster.node("one")
    again = await cluster.node("one")
    await one.presence.tick()
    assert one.presence.is_fenced
    await one.presence.end()
    await again.presence.tick()
    assert [state.name for state in await cluster.directory.nodes()] == ["one"]
    assert not again.presence.is_fenced


async def test_phase_and_request_to_drain_are_passed_on(cluster: Cluster) -> None:
    one, two = await cluster.node("one"), await cluster.node("two")
    await cluster.directory.ask_drain("one", 20_000)
    await two.presence.tick()
    assert not two.presence.drain_asked.is_set()
    await one.presence.tick()
    assert one.presence.drain_asked.is_set()
    assert one.presence.drain_within_ms == 20_000
    one.presence.say(NodePhase.DRAINING)
    await one.presence.tick()
    await two.presence.tick()
    assert [other.phase for other in two.seats.others] == [NodePhase.DRAINING]


async def test_a_node_alone_asks_nobody() -> None:
    seats = Seats(FakeClock())
    seats.take(TALK, MAYA)
    seats.drop(TALK, MAYA)
    assert not await seats.went_elsewhere(TALK, MAYA)
    assert not seats.own()
