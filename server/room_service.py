"""From a command to a committed change: decide, append, decide again after a clash.

One append is in flight for each room and node. Whoever follows a room hears of commits after the
node's own replica has applied them, so that the record and the news always agree.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final, NamedTuple, Protocol

from rooms.commands import Command, ExpireChat, ExpireSeat, KeepTime, OpenRoom
from rooms.decide import decide
from rooms.facts import Commit
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import GRACE_MS
from rooms.model import Record, Revision, Room, RoomSettings
from rooms.refusals import Refusal, RefusalCode
from rooms.timekeeping import is_watched
from rooms.urgent import in_effect, is_urgent
from server.held_orders import HeldOrders, Order, key_of
from server.logs import log_for
from server.ports import (
    Clash,
    Clock,
    Draft,
    FactBus,
    Kept,
    LogUnavailableError,
    Missing,
    RoomLog,
)
from server.room_replica import RoomReplica

TRIES: Final = 20  # appends against clashes before a member is told `busy`
PAUSE_MAX_S: Final = 0.01  # random, so that two nodes do not clash for ever
SWEEP_S: Final = 1.0
BREATHE_MS: Final = 2.0  # of looking after rooms before others have their turn: sound must not wait
HEAL_AGAIN_S: Final = 0.25  # while the log does not answer
HOLD_AFTER_S: Final = 0.05  # a log that answers takes a few milliseconds
BUSY_RETRY_MS: Final = 1_000

_BUSY: Final = Refusal(code=RefusalCode.BUSY, retry_ms=BUSY_RETRY_MS)

_log = log_for("rooms")


class RoomPlan(NamedTuple):
    """A room that the operator wants open."""

    slug: RoomSlug
    title: str
    about: str
    meeting_id: MeetingId
    settings: RoomSettings = RoomSettings()


class Done(NamedTuple):
    """The command is carried out, now or by an earlier try; the record stood at `revision` then."""

    revision: Revision


class Follower(Protocol):
    """Who hears of a room's commits. Must not raise and must not wait."""

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take commits that `record` already holds; none at all means: the record jumped."""
        ...


class UnknownRoomError(LookupError):
    """Nobody has planned a room under this slug."""


class RoomService:
    """Every room of this node."""

    def __init__(
        self,
        log: RoomLog,
        bus: FactBus,
        clock: Clock,
        on_duty: Callable[[RoomSlug], tuple[str, ...]] = lambda _: (),
    ) -> None:
        """Use a room log and the bus that tells of its commits. `on_duty` says whose shift it is."""
        self._on_duty = on_duty
        self._log = log
        self._bus = bus
        self._clock = clock
        self._replicas: dict[RoomSlug, RoomReplica] = {}
        self._locks: dict[RoomSlug, asyncio.Lock] = {}
        self._followers: dict[RoomSlug, list[Follower]] = {}
        self._stops: list[Callable[[], None]] = []
        self._withdrawn: set[RoomSlug] = set()
        self._obedient: dict[RoomSlug, list[Follower]] = {}
        self._held: HeldOrders[Done | Refusal] = HeldOrders()
        self._waiting: dict[tuple[RoomSlug, Order], tuple[Order, asyncio.TimerHandle]] = {}
        self._holes = asyncio.Event()
        self._since_mono_ms: dict[tuple[RoomSlug, MemberId, int], float] = {}
        bus.on_lost(self._on_lost)

    async def add_rooms(self, slugs: Iterable[RoomSlug]) -> None:
        """Follow rooms, whether or not a meeting is open in them; also while the node runs.

        Raises:
            LogUnavailableError: the log does not answer; some may be followed already.
        """
        wanted = tuple(dict.fromkeys(slugs))
        self._withdrawn.difference_update(wanted)
        fresh = [slug for slug in wanted if slug not in self._replicas]
        records = await asyncio.gather(*(self._log.read(slug) for slug in fresh))
        for slug, record in zip(fresh, records, strict=True):
            if slug not in self._replicas:
                self._replicas[slug] = RoomReplica(record)
                self._locks[slug] = asyncio.Lock()
                self._followers.setdefault(slug, [])
                self._stops.append(self._bus.follow(slug, self._on_commits))

    async def open_rooms(self, plans: Iterable[RoomPlan]) -> None:
        """Follow every planned room and open a meeting where none is open."""
        for plan in plans:
            await self.add_rooms([plan.slug])
            await self.carry_out(plan.slug, OpenRoom(**plan._asdict()))

    def withdraw(self, slug: RoomSlug) -> None:
        """List the room no longer. Its meeting, if one is open, goes on."""
        self._withdrawn.add(slug)

    def follow(self, slug: RoomSlug, follower: Follower, *, hears_orders: bool = False) -> None:
        """Tell the follower of every commit of the room from now on.

        With `hears_orders` it is also told what urgent orders lead to before the log has taken them: the
        record and the commits that there would be then. Whenever it hears of the record itself again, or of a
        jump, that counts and the orders are told anew. This is for sound, and for nothing that people read.
        """
        self._followers.setdefault(slug, []).append(follower)
        if hears_orders:
            self._obedient.setdefault(slug, []).append(follower)

    def slugs(self) -> tuple[RoomSlug, ...]:
        """Return every room that is wanted, in the operator's order; those made later come last."""
        return tuple(slug for slug in self._replicas if slug not in self._withdrawn)

    def record(self, slug: RoomSlug) -> Record:
        """Return the node's copy of the record.

        Raises:
            UnknownRoomError: if there is no such room.
        """
        try:
            return self._replicas[slug].record
        except KeyError:
            raise UnknownRoomError from None

    def open_room(self, slug: RoomSlug) -> Room | None:
        """Return the room if a meeting is open in it."""
        replica = self._replicas.get(slug)
        return replica.record.room if replica else None

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        """Return the commits after a revision. See `server.ports.RoomLog.since`.

        Where the log does not answer, this node's copy of the record is all there is.
        """
        try:
            return await self._log.since(slug, revision)
        except LogUnavailableError:
            return Missing()

    async def kept(self, slug: RoomSlug) -> Kept:
        """Return what the log has. See `server.ports.RoomLog.kept`."""
        return await self._log.kept(slug)

    def room_in_effect(self, slug: RoomSlug) -> Room | None:
        """Return the room as sound follows it: with urgent orders that the log has not taken yet."""
        replica = self._replicas.get(slug)
        if replica is None:
            return None
        commands = [order.command for order in self._held.of(slug)]
        return in_effect(replica.record, commands, self._clock.wall_ms())[0].room

    async def carry_out(
        self,
        slug: RoomSlug,
        command: Command,
        by: MemberId = NO_MEMBER,
        n: int = 0,
        *,
        is_ahead: bool = False,
    ) -> Done | Refusal:
        """Decide and commit one command.

        A member's command number that was carried out before is answered, not carried out again.
        An urgent command holds for the sound of this node after `HOLD_AFTER_S` at the latest; where the
        answer is `busy`, it goes on holding, and is committed first of all as soon as the log answers.
        One with `is_ahead` has overtaken commands that its author will send again: it only holds, until it
        is sent in its turn, or until `release`.
        """
        if not is_urgent(command):
            return await self._carry_out(slug, command, by, n)
        order = Order(command, by, n)
        if is_ahead:
            self._stop_waiting(slug, order)
            self._hold(slug, order, is_ahead=True)
            return _BUSY
        if self._held.has(slug, order):
            self._held.add(slug, order)  # it is its turn
        self.expect(slug, command, by, n)
        try:
            outcome = await self._carry_out(slug, command, by, n)
        finally:
            self._stop_waiting(slug, order)
            if self._held.has(slug, order):
                self._holes.set()
        if isinstance(outcome, Refusal) and outcome.code is RefusalCode.BUSY:
            self._hold(slug, order)
            self._holes.set()
        else:
            self._let_go(slug, order)
        return outcome

    def expect(self, slug: RoomSlug, command: Command, by: MemberId, n: int) -> None:
        """Let an urgent command hold in time, also where earlier ones of its author are not answered yet."""
        order = Order(command, by, n)
        if is_urgent(command) and slug in self._replicas and (slug, key_of(order)) not in self._waiting:
            timer = asyncio.get_running_loop().call_later(HOLD_AFTER_S, self._wait_over, slug, order)
            self._waiting[slug, key_of(order)] = (order, timer)

    def refuse(self, slug: RoomSlug, command: Command, by: MemberId, n: int) -> None:
        """Let an expected command not hold: it goes no further."""
        order = Order(command, by, n)
        self._stop_waiting(slug, order)
        self._let_go(slug, order)

    def holds(self, slug: RoomSlug, command: Command, by: MemberId, n: int) -> bool:
        """Whether a command holds here that the log has not taken."""
        return self._held.has(slug, Order(command, by, n))

    def release(self, slug: RoomSlug, by: MemberId) -> None:
        """Nobody will repeat what a member has asked for: commit as soon as possible what holds of it."""
        for (room, _), (order, _) in tuple(self._waiting.items()):
            if room == slug and order.by == by:
                self._stop_waiting(slug, order)
                self._hold(slug, order)
        if self._held.release(slug, by):
            self._holes.set()

    def _wait_over(self, slug: RoomSlug, order: Order) -> None:
        del self._waiting[slug, key_of(order)]
        self._hold(slug, order, is_ahead=True)

    def _stop_waiting(self, slug: RoomSlug, order: Order) -> None:
        _, timer = self._waiting.pop((slug, key_of(order)), (order, None))
        if timer is not None:
            timer.cancel()

    def _hold(self, slug: RoomSlug, order: Order, *, is_ahead: bool = False) -> None:
        """Let an order count for sound, if the room would allow it."""
        replica = self._replicas[slug]
        if _is_answered(replica.record, order):
            return
        if isinstance(decide(replica.record, order.command, self._clock.wall_ms()), Refusal):
            return
        if self._held.add(slug, order, is_ahead=is_ahead):
            _log.warning("order_held", room=slug, kind=type(order.command).__name__)
            self._tell_orders(slug)

    def _let_go(self, slug: RoomSlug, order: Order) -> None:
        """The log has taken the order, or the room has refused it: the record counts."""
        if self._held.drop(slug, order):
            record = self._replicas[slug].record
            for follower in tuple(self._obedient.get(slug, ())):
                follower(record, ())
            self._tell_orders(slug)

    def _tell_orders(self, slug: RoomSlug) -> None:
        orders = self._held.of(slug)
        if not orders:
            return
        commands = [order.command for order in orders]
        record, commits = in_effect(self._replicas[slug].record, commands, self._clock.wall_ms())
        if commits:
            for follower in tuple(self._obedient.get(slug, ())):
                follower(record, commits)

    async def _commit_held(self, slug: RoomSlug) -> bool:
        """Commit what is due of a room's orders; returns whether all of it is settled."""
        replica = self._replicas[slug]
        async with self._locks[slug]:
            try:
                await self._settle(slug, replica)
            except LogUnavailableError:
                return False
        return True

    async def _settle(self, slug: RoomSlug, replica: RoomReplica) -> None:
        """Heal what was missed, which may change every answer, and commit the orders that are due.

        Raises:
            LogUnavailableError: the log does not answer, or changes too fast; the rest is held still.
        """
        if replica.has_hole:
            await self._heal(slug, replica)
        for order in self._held.of(slug):
            room = replica.record.room
            if room is None or order.by not in room.members or _is_answered(replica.record, order):
                self._let_go(slug, order)
        for order in self._held.due(slug):
            # without its number: that stays free for the member's page, which is told what became of it
            outcome = await self._try_often(slug, replica, order.command, order.by, 0)
            if outcome is None:
                raise LogUnavailableError
            self._held.settle(slug, order, outcome)
            self._let_go(slug, order)

    async def _carry_out(self, slug: RoomSlug, command: Command, by: MemberId, n: int) -> Done | Refusal:
        replica = self._replicas.get(slug)
        if replica is None:
            return Refusal(code=RefusalCode.NO_ROOM)
        async with self._locks[slug]:
            with contextlib.suppress(LogUnavailableError):
                await self._settle(slug, replica)
                outcome = self._held.outcome(slug, Order(command, by, n)) if n else None
                outcome = outcome or await self._try_often(slug, replica, command, by, n)
                if outcome is not None:
                    return outcome
        return _BUSY

    async def _try_often(
        self, slug: RoomSlug, replica: RoomReplica, command: Command, by: MemberId, n: int
    ) -> Done | Refusal | None:
        """Decide and append until nobody else was faster; None: too often.

        Raises:
            LogUnavailableError: the log does not answer.
        """
        for _ in range(TRIES):
            outcome = await self._try(slug, replica, command, by, n)
            if outcome is not None:
                return outcome
            await asyncio.sleep(random.uniform(0, PAUSE_MAX_S))  # noqa: S311 - spreads clashes
            await self._heal(slug, replica)
        return None

    async def _try(
        self, slug: RoomSlug, replica: RoomReplica, command: Command, by: MemberId, n: int
    ) -> Done | Refusal | None:
        record = replica.record
        last = record.ledger.answered.get(by)
        if n and last and n <= last.n:
            return Done(Revision(record.revision.epoch, last.seq))
        now_ms = self._clock.wall_ms()
        decision = decide(record, command, now_ms)
        if isinstance(decision, Refusal):
            return decision
        if not decision:
            return Done(record.revision)
        draft = Draft(decision, by, n, now_ms, record.ruling_seq)
        commits = await self._log.append(slug, record.revision.epoch, draft)
        if isinstance(commits, Clash):
            return None
        self._on_commits(slug, record.revision.epoch, commits)  # the bus may have lost them
        if replica.has_hole:  # and others before them
            with contextlib.suppress(LogUnavailableError):  # it is committed; the hole is mended later
                await self._heal(slug, replica)
        return Done(Revision(record.revision.epoch, commits[-1].seq))

    def _on_commits(self, slug: RoomSlug, epoch: int, commits: tuple[Commit, ...]) -> None:
        replica = self._replicas[slug]
        taken = replica.take(epoch, commits)
        if taken:
            self._tell(slug, taken)
        if replica.has_hole:
            self._holes.set()

    def _on_lost(self, slug: RoomSlug) -> None:
        if slug in self._replicas:
            self._replicas[slug].has_hole = True
            self._holes.set()

    def _tell(self, slug: RoomSlug, commits: tuple[Commit, ...]) -> None:
        record = self._replicas[slug].record
        for follower in tuple(self._followers[slug]):
            follower(record, commits)
        self._tell_orders(slug)

    async def _heal(self, slug: RoomSlug, replica: RoomReplica) -> None:
        """Bring the copy to where the log stands.

        Raises:
            LogUnavailableError: the log does not answer; the hole stays.
        """
        replica.has_hole = False  # before asking: what is missed from now on sets it again
        try:
            missed = await self._log.since(slug, replica.revision)
            if isinstance(missed, Missing):
                if replica.replace(await self._log.read(slug)):
                    self._tell(slug, ())
                return
        except LogUnavailableError:
            replica.has_hole = True
            raise
        self._on_commits(slug, replica.revision.epoch, missed)

    async def run(self) -> None:
        """Heal holes and end what has expired, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mend())
            group.create_task(self._sweep())

    async def _mend(self) -> None:
        while True:
            await self._holes.wait()
            self._holes.clear()
            holes = [(slug, replica) for slug, replica in self._replicas.items() if replica.has_hole]
            healed = await asyncio.gather(*(self._mend_one(slug, replica) for slug, replica in holes))
            settled = [await self._commit_held(slug) for slug in self._held.rooms()]
            if not (all(healed) and all(settled)):
                await asyncio.sleep(HEAL_AGAIN_S)
                self._holes.set()

    async def _mend_one(self, slug: RoomSlug, replica: RoomReplica) -> bool:
        try:
            await self._heal(slug, replica)
        except LogUnavailableError:
            return False
        return True

    async def _sweep(self) -> None:
        await asyncio.sleep(random.uniform(0, SWEEP_S))  # noqa: S311 - nodes must not all look at once
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.expire()
            await self.keep_time()

    async def expire(self) -> None:
        """End seats whose grace time is over and forget chat and live text older than their windows."""
        async for slug, room in self._open_rooms():
            for member_id, stranded_ms in self._overdue(slug, room):
                await self.carry_out(slug, ExpireSeat(member_id=member_id, stranded_ms=stranded_ms))
            if room.chat or room.held or room.captions:
                await self.carry_out(slug, ExpireChat())

    async def keep_time(self) -> None:
        """Let every open room do what is due by now; mostly that is nothing, and nothing is written."""
        async for slug, room in self._open_rooms():
            if is_watched(room):
                await self.carry_out(slug, KeepTime(on_duty=self._on_duty(slug)))

    async def _open_rooms(self) -> AsyncIterator[tuple[RoomSlug, Room]]:
        """Yield the open rooms, and let others have their turn after each `BREATHE_MS`."""
        begun_ms = self._clock.mono_ms()
        for slug, replica in tuple(self._replicas.items()):
            if self._clock.mono_ms() - begun_ms >= BREATHE_MS:
                await asyncio.sleep(0)
                begun_ms = self._clock.mono_ms()
            room = replica.record.room
            if room is not None:
                yield slug, room

    def _overdue(self, slug: RoomSlug, room: Room) -> list[tuple[MemberId, int]]:
        """Return whose grace time is over, measured from when this node first saw the stranding."""
        now_ms = self._clock.mono_ms()
        stranded = {
            (slug, member.member_id, member.stranded_ms)
            for member in room.members.values()
            if member.stranded_ms
        }
        known = self._since_mono_ms
        for gone in [key for key in known if key[0] == slug and key not in stranded]:
            del known[gone]
        return [
            (member_id, stranded_ms)
            for _, member_id, stranded_ms in stranded
            if now_ms - known.setdefault((slug, member_id, stranded_ms), now_ms) >= GRACE_MS
        ]

    async def close(self) -> None:
        """Stop following. The log keeps what it has."""
        for stop in self._stops:
            stop()
        self._stops.clear()


def _is_answered(record: Record, order: Order) -> bool:
    """Whether the record says that the order, or a later command of its author, was carried out."""
    last = record.ledger.answered.get(order.by)
    return bool(order.n and last and order.n <= last.n)
