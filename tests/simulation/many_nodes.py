"""Many nodes over one log: the real rules and `RoomService` on each, a bus that loses, nodes that die.

What is played: the network, the clock, the directory (a second old) and the members. Each member has one
node, to which the placement rule points them, sends a command, and where no answer comes sends the same
again with the same number, elsewhere if the node is gone: as a browser does.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random
from typing import Final, Self

from rooms.commands import Command, JoinRoom, LeaveRoom, PostChat, ResumeSeat, SetMicrophone, StrandMember
from rooms.facts import Commit
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.model import Pass, Record, Revision
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role
from server.bus.memory import MemoryBus, MemoryLog
from server.placement import place
from server.ports import Clash, CommitListener, Draft, LogUnavailableError, Missing, NodePhase, NodeState
from server.room_service import Done, RoomPlan, RoomService
from tests.server.clock import FakeClock

SECOND_MS: Final = 1_000
KNOWN: Final = Pass(is_known=True)
RETRIES: Final = 30


def name_of(member_id: MemberId) -> str:
    """Return a name that looks like nobody else's: digits do not count as a difference."""
    syllables, rest = [], int(member_id)
    for _ in range(6):
        rest, number = divmod(rest, 20)
        syllables.append("bdfgkmprtz"[number % 10] + "ao"[number // 10])
    return "".join(syllables).capitalize()


class Weather:
    """What goes wrong, each with its chance.

    Attributes:
        loss: that a node does not hear of an append.
        no_answer: that an append is not answered; half of those are committed all the same.
    """

    def __init__(self, loss: float = 0.0, no_answer: float = 0.0) -> None:
        self.loss = loss
        self.no_answer = no_answer


class Counts:
    """Messages between nodes and the log, and what they were for."""

    def __init__(self) -> None:
        self.appends = 0
        self.clashes = 0
        self.reads = 0
        self.deliveries = 0
        self.lost = 0
        self.followers = 0  # summed over appends

    @property
    def messages(self) -> int:
        """All of them: appends, also those that clashed; deliveries, also lost ones; reads."""
        return self.appends + self.clashes + self.deliveries + self.reads

    @property
    def span(self) -> float:
        """Nodes of a room, on the average over appends."""
        return self.followers / self.appends


class LossyBus(MemoryBus):
    """Counts what it carries and loses some of it."""

    def __init__(self, weather: Weather, counts: Counts, chance: Random) -> None:
        super().__init__()
        self._weather, self._counts, self._chance = weather, counts, chance

    def follow(self, slug: RoomSlug, listener: CommitListener) -> Callable[[], None]:
        def lossy(slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
            self._counts.deliveries += 1
            if self._chance.random() < self._weather.loss:
                self._counts.lost += 1
            else:
                listener(slug, epoch, commits)

        return super().follow(slug, lossy)

    def publish(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        self._counts.appends += 1
        self._counts.followers += len(self._listeners.get(slug, ()))
        super().publish(slug, epoch, commits)


class FarLog(MemoryLog):
    """A log that takes a moment to reach, may not answer, and remembers everything for the checks.

    Like the one on Redis it takes no command twice: its author's node may not have heard of the first time.
    """

    def __init__(
        self, bus: LossyBus, clock: FakeClock, weather: Weather, counts: Counts, chance: Random
    ) -> None:
        super().__init__(bus, clock)
        self._weather, self._counts, self._chance = weather, counts, chance
        self.history: dict[RoomSlug, list[Commit]] = defaultdict(list)

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
        await asyncio.sleep(0)  # others may be faster
        fate = self._chance.random()
        if fate < self._weather.no_answer / 2:
            raise LogUnavailableError
        last = (await self.read(slug)).ledger.answered.get(draft.by)
        is_known = draft.n and last and draft.n <= last.n
        answer = Clash() if is_known else await super().append(slug, epoch, draft)
        if isinstance(answer, Clash):
            self._counts.clashes += 1
            return answer
        self.history[slug].extend(answer)
        if fate < self._weather.no_answer:
            raise LogUnavailableError
        return answer

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        self._counts.reads += 1
        return await super().since(slug, revision)


class Watcher:
    """What a node tells its browsers of one room; complains where that is no unbroken row."""

    def __init__(self, node: RoomService, slug: RoomSlug) -> None:
        self.seq = node.record(slug).revision.seq
        self.told: dict[int, Commit] = {}
        node.follow(slug, self)

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        for commit in commits:
            assert commit.seq == self.seq + 1, "a fact is missing, doubled or out of order"
            self.seq = commit.seq
            self.told[commit.seq] = commit
        self.seq = record.revision.seq


class SimNode:
    """One node: the real service, and what the directory knows of it."""

    def __init__(self, name: str, log: FarLog, bus: LossyBus, clock: FakeClock, capacity: int) -> None:
        self.name = name
        self.capacity = capacity
        self.phase = NodePhase.SERVING
        self.service = RoomService(log, bus, clock)
        self.watchers: dict[RoomSlug, Watcher] = {}
        self.seats: dict[RoomSlug, set[MemberId]] = defaultdict(set)
        self.is_alive = True

    async def enter(self, slug: RoomSlug) -> None:
        """Follow a room, as soon as somebody comes for it."""
        if slug not in self.watchers:
            await self.service.add_rooms([slug])
            self.watchers[slug] = Watcher(self.service, slug)
            await self.service.open_rooms([RoomPlan(slug, slug, "", MeetingId(f"m-{slug}"))])

    def state(self) -> NodeState:
        """What the directory says."""
        rooms = {slug: dict.fromkeys(seats, 0) for slug, seats in self.seats.items() if seats}
        return NodeState(name=self.name, epoch=1, phase=self.phase, rooms=rooms, capacity=self.capacity)


class SimMember:
    """One person: a room, a node, and the commands that were answered."""

    def __init__(self, member_id: MemberId, slug: RoomSlug) -> None:
        self.member_id = member_id
        self.slug = slug
        self.node: SimNode | None = None
        self.n = 0
        self.is_on = False
        self.acknowledged: list[int] = []


class Cluster:
    """Nodes, members, and everything that is known afterwards."""

    def __init__(self, seed: int, nodes: int, room_members_max: int, capacity: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - to be repeated
        self.clock = FakeClock()
        self.weather = Weather()
        self.counts = Counts()
        self.bus = LossyBus(self.weather, self.counts, self.chance)
        self.log = FarLog(self.bus, self.clock, self.weather, self.counts, self.chance)
        self.room_members_max = room_members_max
        self.capacity = capacity
        self.nodes: list[SimNode] = []
        self.members: dict[MemberId, SimMember] = {}
        self.directory: tuple[NodeState, ...] = ()
        self.refused: Counter[str] = Counter()
        self.deaths = self.drains = 0
        self._running: dict[str, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._names = iter(range(10**6))
        self._numbers = iter(range(1, 10**6))
        self._first = nodes

    async def __aenter__(self) -> Self:
        self._group = await asyncio.TaskGroup().__aenter__()
        for _ in range(self._first):
            self.add_node()
        self.look()
        return self

    async def __aexit__(self, *failure: object) -> None:
        for task in self._running.values():
            task.cancel()
        assert self._group is not None
        await self._group.__aexit__(None, None, None)

    def add_node(self) -> SimNode:
        """Start a node."""
        assert self._group is not None
        node = SimNode(f"n-{next(self._names)}", self.log, self.bus, self.clock, self.capacity)
        self.nodes.append(node)
        self._running[node.name] = self._group.create_task(node.service.run())
        return node

    def look(self) -> None:
        """Let the directory stand where the nodes stand; in between it is old."""
        self.directory = tuple(node.state() for node in self.nodes if node.is_alive)

    def pass_second(self) -> None:
        """Let the clock go on, and every node announce itself."""
        self.clock.pass_ms(SECOND_MS)
        self.look()

    async def settle(self) -> None:
        """Let whoever noticed a hole read the log."""
        for _ in range(3):
            await asyncio.sleep(0)

    # --- members ------------------------------------------------------------------------------

    async def join(self, slug: RoomSlug, role: Role = Role.MEMBER) -> SimMember:
        """Let somebody new come."""
        number = next(self._numbers)
        member = SimMember(MemberId(number), slug)
        self.members[member.member_id] = member
        command = JoinRoom(member_id=member.member_id, name=name_of(member.member_id), role=role, pass_=KNOWN)
        await self._send(member, command)
        return member

    async def say(self, member: SimMember) -> None:
        """Write a line that is there once in the world."""
        member.n += 1
        line = PostChat(by=member.member_id, n=member.n, text=f"line {member.member_id} {member.n}")
        if await self._send(member, line, member.n):
            member.acknowledged.append(member.n)

    async def switch(self, member: SimMember) -> None:
        """Turn the microphone on or off: a fact that other decisions hang on."""
        member.n += 1
        command = SetMicrophone(by=member.member_id, on=not member.is_on)
        member.is_on = not member.is_on
        await self._send(member, command, member.n)

    async def leave(self, member: SimMember) -> None:
        """Go for good."""
        await self._send(member, LeaveRoom(by=member.member_id))
        del self.members[member.member_id]
        if member.node is not None:
            member.node.seats[member.slug].discard(member.member_id)

    async def _send(self, member: SimMember, command: Command, n: int = 0) -> bool:
        """Send until there is an answer; whether it was yes. A node that is gone is replaced."""
        for _ in range(RETRIES):
            node = await self._reach(member)
            before = self.counts.clashes
            outcome = await node.service.carry_out(member.slug, command, member.member_id, n)
            if self.counts.clashes != before:
                await self.settle()
            if not node.is_alive:
                continue  # died before the answer
            if isinstance(outcome, Done):
                return True
            if isinstance(command, JoinRoom) and self._is_seated(member, node):
                return True  # committed without an answer: a browser would draw another number and come anew
            if outcome.code is not RefusalCode.BUSY:
                self.refused[outcome.code] += 1
                return False
        raise AssertionError("a member was told for ever that the room is busy")

    def _is_seated(self, member: SimMember, node: SimNode) -> bool:
        room = node.service.open_room(member.slug)
        return room is not None and member.member_id in room.members

    async def _reach(self, member: SimMember) -> SimNode:
        """Return the member's node; another one where that is gone, with the seat taken up there."""
        if member.node is not None and member.node.is_alive:
            return member.node
        is_back = member.node is not None
        node = await self._placed(member, is_back=is_back)
        self._sit(member, node)
        if is_back:
            await self._take_up(member, node)
        return node

    async def _placed(self, member: SimMember, *, is_back: bool) -> SimNode:
        while True:
            state = place(
                member.slug,
                self.directory,
                self.room_members_max,
                *((member.member_id,) if is_back else ()),
            )
            assert state is not None, "nobody takes anybody"
            node = next(node for node in self.nodes if node.name == state.name)
            if node.is_alive and node.phase is NodePhase.SERVING:
                await node.enter(member.slug)
                return node
            self.look()  # the connection failed: the browser comes again a moment later

    def _sit(self, member: SimMember, node: SimNode) -> None:
        if member.node is not None:
            member.node.seats[member.slug].discard(member.member_id)
        member.node = node
        node.seats[member.slug].add(member.member_id)

    async def _take_up(self, member: SimMember, node: SimNode) -> None:
        command = ResumeSeat(
            by=member.member_id, name=name_of(member.member_id), role=Role.MEMBER, pass_=KNOWN
        )
        for _ in range(RETRIES):
            outcome = await node.service.carry_out(member.slug, command, member.member_id)
            if not (isinstance(outcome, Refusal) and outcome.code is RefusalCode.BUSY):
                return

    # --- nodes --------------------------------------------------------------------------------

    async def kill(self, node: SimNode) -> None:
        """End a node without a word. Another one notes, some seconds later, whose connections are gone."""
        self.deaths += 1
        node.is_alive = False
        self._running.pop(node.name).cancel()
        await node.service.close()
        self.nodes.remove(node)
        for _ in range(3):
            self.pass_second()
        for slug, seats in node.seats.items():
            others = [other for other in self.nodes if slug in other.watchers]
            for member_id in seats if others else ():
                witness = self.chance.choice(others)
                await witness.service.carry_out(slug, StrandMember(member_id=member_id))
                await self.settle()
        self.add_node()
        self.look()

    async def drain(self, node: SimNode) -> None:
        """Move everybody elsewhere, then stop: no seat is ever empty."""
        self.drains += 1
        node.phase = NodePhase.DRAINING
        self.look()
        for seats in node.seats.values():
            for member_id in tuple(seats):
                member = self.members[member_id]
                target = await self._placed(member, is_back=True)
                self._sit(member, target)
                await self._take_up(member, target)
                await self.settle()
        self._running.pop(node.name).cancel()
        await node.service.close()
        node.is_alive = False
        self.nodes.remove(node)
        self.add_node()
        self.look()
