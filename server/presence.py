"""This node among the others: it says every second what it holds, and sees to seats that nobody holds.

A seat whose node's lease has died is stranded by whichever node notices; the command does nothing where
another one was first. A node that sees its own member stranded, by another that had not heard of it yet,
says at once that the member is here.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from msgspec.structs import replace

from rooms.commands import ResumeSeat, StrandMember
from rooms.facts import Commit, MemberStranded
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Room
from server.logs import log_for
from server.ports import (
    Clock,
    FencedError,
    LogUnavailableError,
    NodeDirectory,
    NodeLoad,
    NodePhase,
    NodeState,
)
from server.room_service import RoomService
from server.seats import Seats

ANNOUNCE_S: Final = 1.0
GATHER_S: Final = 0.02  # of changes, so that a hundred arrivals are not a hundred announcements
SPACING_MS: Final = 100.0  # between announcements of changes that do not press
UNHELD_MS: Final = 2_000.0
"""How long nobody holds a seat before it is stranded. After the outage of a directory each node needs up to a
second to be seen again, and a member who changed nodes is nobody's for a moment."""
MOVE_MS: Final = 5_000.0  # for so long a member who moves may have a connection and a transport on both nodes

_MS_PER_S: Final = 1_000

_log = log_for("presence")


class Doors(Protocol):
    """What this file needs of the gateway."""

    def taken_elsewhere(self, slug: RoomSlug, member_id: MemberId, *, is_overdue: bool) -> None:
        """End the connection of a member who has a newer one on another node.

        One who was asked to move ends it himself, unless that is overdue.
        """
        ...


class Lines(Protocol):
    """What this file needs of the media plane."""

    def share(self, rooms: frozenset[RoomSlug]) -> None:
        """Send what is heard in these rooms to other nodes too."""
        ...

    def retire_peer(self, room: RoomSlug, voice_id: int) -> None:
        """End a transport whose voice goes on by another node."""
        ...


class Presence:
    """One node's place in the directory.

    Attributes:
        is_fenced: whether another node has taken the name over; then this one says no more.
        drain_within_ms: how soon the node must be empty, if somebody asked for that in the directory.
        drain_asked: set when somebody did.
    """

    def __init__(  # noqa: PLR0913 - the parts of a node, each given once, at start
        self,
        state: NodeState,
        directory: NodeDirectory,
        seats: Seats,
        rooms: RoomService,
        *,
        doors: Doors,
        lines: Lines,
        clock: Clock,
        load: Callable[[], NodeLoad] = NodeLoad,
    ) -> None:
        """Take the parts; `state` says what of this node does not change, `load` how busy it is."""
        self._load = load
        self._state = state
        self._directory = directory
        self._seats = seats
        self._rooms = rooms
        self._doors = doors
        self._lines = lines
        self._clock = clock
        self._followed: set[RoomSlug] = set()
        self._unheld_ms: dict[tuple[RoomSlug, MemberId], float] = {}
        self._moved_ms: dict[tuple[RoomSlug, MemberId], float] = {}
        self._still_here: set[tuple[RoomSlug, MemberId]] = set()
        self._shared: frozenset[RoomSlug] = frozenset()
        self._news = asyncio.Event()
        self._announcing = asyncio.Lock()
        self._following_up = asyncio.Lock()
        self._begun = 0
        self._announced_ms = float("-inf")
        self.is_fenced = False
        self.drain_within_ms: int | None = None
        self.drain_asked = asyncio.Event()
        seats.look = self.announce
        self._stop_hearing = directory.on_change(self._hear, seats.changed.set)

    @property
    def name(self) -> str:
        """The node's own."""
        return self._state.name

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why nobody may be sent to this node, in fixed words for /readyz."""
        return ("name_taken_over",) if self.is_fenced else ()

    @property
    def phase(self) -> NodePhase:
        """Whether the node takes new members."""
        return self._state.phase

    def state(self) -> NodeState:
        """Return what the node would say of itself now."""
        return replace(self._state, rooms=self._seats.own(), load=self._load())

    def say(self, phase: NodePhase) -> None:
        """Say from the next announcement on, which is due at once, that the node is in this phase."""
        self._state = replace(self._state, phase=phase)
        self._seats.changed.set()
        self._seats.is_pressing.set()

    async def claim(self) -> None:
        """Take the name; nothing is said under it before `run`.

        Raises:
            LogUnavailableError: the directory does not answer.
        """
        epoch = await self._directory.claim(self.name)
        self._state = replace(self._state, epoch=epoch)

    async def end(self) -> None:
        """Be gone for the other nodes, at once if they can be told."""
        self._stop_hearing()
        if self.is_fenced:
            return
        try:
            await self._directory.withdraw(self._state)
        except LogUnavailableError:
            _log.warning("not_withdrawn")  # the lease ends by itself

    def follow(self) -> None:
        """Follow every room that was not followed before."""
        for slug in self._rooms.slugs():
            if slug not in self._followed:
                self._followed.add(slug)
                self._rooms.follow(slug, lambda record, commits, slug=slug: self._take(slug, record, commits))

    async def run(self) -> None:
        """Announce the node every second, and at once when its seats change, until cancelled."""
        async with asyncio.TaskGroup() as group:
            heeding = group.create_task(self._heed())
            await self.tick()
            while not self.is_fenced:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ANNOUNCE_S):
                        await self._seats.changed.wait()
                        await asyncio.sleep(GATHER_S)
                        await self._space_out()
                await self.tick()
            heeding.cancel()

    async def _space_out(self) -> None:
        """Wait until an announcement is due that does not press."""
        left_ms = self._announced_ms + SPACING_MS - self._clock.mono_ms()
        if left_ms > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_ms / _MS_PER_S):
                    await self._seats.is_pressing.wait()

    def _hear(self, others: tuple[NodeState, ...]) -> None:
        """Know what another node has just said, and let the rest follow in a moment."""
        self._see(others)
        self._news.set()

    async def _heed(self) -> None:
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_S)
            await self._follow_up()

    async def tick(self) -> None:
        """Announce the node, and do what follows from what the others say."""
        try:
            await self.announce()
        except LogUnavailableError:
            self._unheld_ms.clear()  # nobody can tell who is there
            return
        if not self.is_fenced:
            await self._follow_up()

    async def _follow_up(self) -> None:
        async with self._following_up:
            self._news.clear()
            self._let_go()
            await self._say_still_here()
            await self._strand_unheld()

    async def announce(self) -> None:
        """Say what is held here, and learn what others hold. Whoever asks at the same time is served by one.

        Raises:
            LogUnavailableError: the directory does not answer.
        """
        begun = self._begun
        async with self._announcing:
            if not self.is_fenced and self._begun == begun:
                await self._announce()

    async def _announce(self) -> None:
        self._begun += 1
        self._announced_ms = self._clock.mono_ms()
        self._seats.changed.clear()
        self._seats.is_pressing.clear()
        self._state = self.state()
        try:
            heard = await self._directory.announce(self._state)
        except FencedError:
            self.is_fenced = True
            _log.error("name_taken_over", node=self.name)
            return
        self._see(heard.others)
        if heard.drain_within_ms is not None and not self.drain_asked.is_set():
            self.drain_within_ms = heard.drain_within_ms
            self.drain_asked.set()

    def _see(self, others: tuple[NodeState, ...]) -> None:
        self._seats.see(others)
        shared = self._seats.shared_rooms()
        if shared is not self._shared:
            self._shared = shared
            self._lines.share(shared)

    def _take(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        del record
        for commit in commits:
            fact = commit.fact
            if isinstance(fact, MemberStranded) and self._seats.holds(slug, fact.member_id):
                self._still_here.add((slug, fact.member_id))
                self._seats.changed.set()

    async def _say_still_here(self) -> None:
        found, self._still_here = self._still_here, set()
        for slug, member_id in found:
            room = self._rooms.open_room(slug)
            member = room.members.get(member_id) if room else None
            if member is not None and self._seats.holds(slug, member_id):
                await self._rooms.carry_out(
                    slug, ResumeSeat(by=member_id, name=member.name, role=member.role)
                )

    def _let_go(self) -> None:
        """End what is left here of members who are on another node by now."""
        now_ms = self._clock.mono_ms()
        moved: dict[tuple[RoomSlug, MemberId], float] = {}
        for slug, held in self._seats.own_shared().items():
            for member_id in held:
                if self._seats.is_elsewhere(slug, member_id):
                    since_ms = moved[slug, member_id] = self._moved_ms.get((slug, member_id), now_ms)
                    self._doors.taken_elsewhere(slug, member_id, is_overdue=now_ms - since_ms >= MOVE_MS)
        self._moved_ms = moved
        for slug, member_id in self._seats.left_before(now_ms - MOVE_MS):
            self._lines.retire_peer(slug, member_id)

    async def _strand_unheld(self) -> None:
        """Strand every seat that no node has held for a while."""
        now_ms = self._clock.mono_ms()
        unheld: dict[tuple[RoomSlug, MemberId], float] = {}
        for slug in self._rooms.slugs():
            room = self._rooms.open_room(slug)
            if room is None or not self._seats.watches(slug, self.name):
                continue
            for member_id in _here(room):
                if not self._seats.is_held(slug, member_id):
                    unheld[slug, member_id] = self._unheld_ms.get((slug, member_id), now_ms)
        self._unheld_ms = unheld
        for (slug, member_id), since_ms in unheld.items():
            if now_ms - since_ms >= UNHELD_MS and not self._seats.is_held(slug, member_id):
                await self._rooms.carry_out(slug, StrandMember(member_id=member_id))


def _here(room: Room) -> list[MemberId]:
    """Return members and guests who are there by the record."""
    members = [member.member_id for member in room.members.values() if not member.stranded_ms]
    return members + [guest.member_id for guest in room.guests]
