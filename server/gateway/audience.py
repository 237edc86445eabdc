"""The connections that follow one room on this node, and how facts reach them."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from rooms.facts import (
    BanPlaced,
    BurstSeen,
    ChatPosted,
    Commit,
    GuestLeft,
    LeaveReason,
    MemberBlocked,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    MemberReturned,
    MemberStranded,
    MemberUnblocked,
    PassNoted,
    RoleGiven,
)
from rooms.ids import NO_MEMBER, MemberId
from rooms.live_facts import CaptionWritten, Reacted
from rooms.model import Record, Room
from rooms.project import Viewer, about, is_move_of, is_plain, project, viewer_of
from rooms.roles import Role
from server.gateway.connection import Connection, Paces
from server.gateway.outbox import Outbox
from server.ports import Clock
from signaling.codec import write_event
from signaling.to_browser import Commits, EndReason, Resync

Mover = Callable[[Connection, Viewer, Record], None]
"""Hears of a connection whose member is another viewer now: let in, sent out, given another role."""

Holding = Callable[[MemberId, bool], None]
"""Hears that a seat is held here from now on, or no longer."""

GATHER_FROM: Final = 30  # connections; to fewer each line is sent at once
GATHER_MS: Final = 20.0
"""Between two writes of words and signs to everybody. A line every 5 ms to 200 people is more writes than one
core has time for, and then sound is late; nobody reads faster than this. See `python -m tests.bots.raid`."""

COMERS_MS: Final = 100.0
"""The same for who comes and goes. When hundreds come back at once, each of them is told of all others: one
write for each would be most of what a join costs. See `python -m tests.bench storm`."""

_WORDS: Final = (ChatPosted, CaptionWritten, Reacted)
_COMERS: Final = (MemberJoined, PassNoted, BurstSeen, MemberStranded, MemberReturned, MemberLeft)
_BLOCKING: Final = (MemberBlocked, MemberUnblocked)


class Audience:
    """One connection for each member and each guest of one room. A newer one takes the older one's place."""

    def __init__(
        self, clock: Clock, on_move: Mover = lambda *_: None, on_hold: Holding = lambda *_: None
    ) -> None:
        """Start empty."""
        self._clock = clock
        self._on_move = on_move
        self._on_hold = on_hold
        self._by_member: dict[MemberId, Connection] = {}
        self._viewers: dict[MemberId, Viewer] = {}
        self._paces: dict[MemberId, Paces] = {}
        self._set_apart: set[MemberId] = set()  # guests, and those with blocks: seldom anybody
        self._sent_ms = -COMERS_MS
        self._gathering: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many connections follow."""
        return len(self._by_member)

    def holder(self, member_id: MemberId) -> Connection | None:
        """Return the connection that speaks for the member or guest."""
        return self._by_member.get(member_id)

    def connections(self) -> tuple[Connection, ...]:
        """Return every connection that follows."""
        return tuple(self._by_member.values())

    def add(self, viewer: Viewer, connection: Connection) -> None:
        """Tell the connection of every fact from now on; an older one of the member ends."""
        member_id = viewer.member_id
        older = self._by_member.get(member_id)
        self._by_member[member_id] = connection
        self._on_hold(member_id, True)  # noqa: FBT003 - the value is the message
        self._see_as(viewer)
        connection.paces = self._paces.setdefault(member_id, connection.paces)
        if older is not None and older is not connection:
            older.end(EndReason.REPLACED)

    def remove(self, member_id: MemberId, connection: Connection) -> bool:
        """Forget the connection. False if a newer one had its place already."""
        if self._by_member.get(member_id) is not connection:
            return False
        del self._by_member[member_id]
        del self._viewers[member_id]
        self._set_apart.discard(member_id)
        self._on_hold(member_id, False)  # noqa: FBT003 - as above
        return True

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Pass new commits on. See `server.room_service.Follower`."""
        room = record.room
        if not commits:
            self._see_anew(room)
            self._resync_all(record)
            return
        moved = self._moved(room, commits)
        self._send(record.revision.epoch, commits, frozenset(viewer.member_id for viewer in moved))
        for viewer in moved:
            self._see_as(viewer)
            self._on_move(self._by_member[viewer.member_id], viewer, record)
        self._end_those_of(commits)
        if room is None:
            self._close()

    def _moved(self, room: Room | None, commits: tuple[Commit, ...]) -> tuple[Viewer, ...]:
        """Return who sees from another place or with another role now; note whom blocks part anew."""
        if room is None:
            return ()
        if any(isinstance(commit.fact, _BLOCKING) for commit in commits):
            self._see_blocks(room)
        found: dict[MemberId, Viewer] = {}
        for commit in commits:
            who = commit.fact.member_id if isinstance(commit.fact, RoleGiven) else about(commit.fact)
            before = self._viewers.get(who)
            if before is None or not is_move_of(who, commit.fact):
                continue
            viewer = viewer_of(room, who)
            if (viewer.is_outside, viewer.role) != (before.is_outside, before.role):
                found[who] = viewer
        return tuple(found.values())

    def _see_blocks(self, room: Room) -> None:
        parted = {who for block in room.blocks for who in (block.by, block.member_id)}
        for who in parted & self._viewers.keys():
            self._see_as(self._viewers[who]._replace(blocks=viewer_of(room, who).blocks))

    def _see_anew(self, room: Room | None) -> None:
        if room is not None:
            for who in tuple(self._viewers):
                self._see_as(viewer_of(room, who))

    def _see_as(self, viewer: Viewer) -> None:
        self._viewers[viewer.member_id] = viewer
        if viewer.is_outside or viewer.blocks:
            self._set_apart.add(viewer.member_id)
        else:
            self._set_apart.discard(viewer.member_id)

    def _send(self, epoch: int, commits: tuple[Commit, ...], but: frozenset[MemberId]) -> None:
        """Encode once for all who see the same: everybody, or those of one role; a few have their own."""
        now_ms = self._clock.mono_ms()
        gathers = self._may_gather(commits, now_ms)
        is_same = all(map(is_plain, commits))
        own = self._set_apart | {about(commit.fact) for commit in commits}
        own |= {commit.by for commit in commits if not is_plain(commit)}  # shown the own act as such
        put = Outbox.gather if gathers else Outbox.send
        one_by_one = self._by_member.keys() - but
        if is_same:
            one_by_one &= own
            frame = write_event(Commits(epoch=epoch, commits=commits))
            apart = one_by_one | but
            for member_id, connection in self._by_member.items():
                if member_id not in apart:
                    put(connection.outbox, frame, now_ms)
        frames: dict[Role, bytes] = {}
        for member_id in one_by_one:
            viewer = self._viewers[member_id]
            if member_id in own:
                frame = _written_for(viewer, epoch, commits)
            elif viewer.role in frames:
                frame = frames[viewer.role]
            else:
                frame = frames[viewer.role] = _written_for(viewer, epoch, commits)
            put(self._by_member[member_id].outbox, frame, now_ms)

    def _may_gather(self, commits: tuple[Commit, ...], now_ms: float) -> bool:
        """Whether these can wait a moment for the next ones, others having just been sent."""
        wait_ms = _wait_ms(commits)
        if len(self) < GATHER_FROM or now_ms - self._sent_ms >= wait_ms:
            self._sent_ms = now_ms
            return False
        loop = asyncio.get_running_loop()
        due_s = loop.time() + wait_ms / 1_000
        if self._gathering is None or self._gathering.when() > due_s:
            if self._gathering is not None:
                self._gathering.cancel()
            self._gathering = loop.call_at(due_s, self._flush)
        return True

    def _flush(self) -> None:
        self._gathering = None
        self._sent_ms = self._clock.mono_ms()
        for connection in self._by_member.values():
            connection.outbox.flush()

    def _end_those_of(self, commits: tuple[Commit, ...]) -> None:
        """Forget members whose seat ended, and end the connections that still speak for them."""
        placed = [commit.fact for commit in commits if isinstance(commit.fact, BanPlaced)]
        bans = {fact.member_id: fact.ban for fact in placed}
        for member_id, reason in _endings(commits):
            self._paces.pop(member_id, None)
            connection = self._by_member.get(member_id)
            if connection is None:
                continue
            if placed:  # also whoever shares the device, and whom another room's ban means
                connection.end(EndReason.BANNED, ban=bans.get(member_id, placed[0].ban))
            elif reason is not EndReason.LEFT:  # `leave` is answered first
                connection.end(reason)

    def _close(self) -> None:
        """The meeting is over."""
        self._paces.clear()
        for connection in tuple(self._by_member.values()):
            connection.end(EndReason.CLOSED)

    def _resync_all(self, record: Record) -> None:
        for connection in self._by_member.values():
            connection.tell(Resync(revision=record.revision))

    def sweep(self, record: Record) -> int:
        """Let slow readers that have drained catch up; cut those that do not. Returns the cuts."""
        now_ms = self._clock.mono_ms()
        cut = 0
        for connection in tuple(self._by_member.values()):
            outbox = connection.outbox
            if outbox.lagging_since_ms is None:
                continue
            if outbox.has_drained():
                connection.tell(Resync(revision=record.revision))
            elif outbox.is_hopeless(now_ms):
                outbox.cut()
                cut += 1
        return cut


def _wait_ms(commits: tuple[Commit, ...]) -> float:
    """How long these may wait for others; 0: not at all."""
    if all(isinstance(commit.fact, _COMERS) for commit in commits):
        return COMERS_MS
    return GATHER_MS if all(isinstance(commit.fact, (*_WORDS, *_COMERS)) for commit in commits) else 0.0


def _written_for(viewer: Viewer, epoch: int, commits: tuple[Commit, ...]) -> bytes:
    return write_event(Commits(epoch=epoch, commits=tuple(project(commit, viewer) for commit in commits)))


def _endings(commits: tuple[Commit, ...]) -> Iterator[tuple[MemberId, EndReason]]:
    for commit in commits:
        match commit.fact:
            case MemberRemoved(member_id=member_id):
                yield member_id, EndReason.REMOVED
            case MemberLeft(member_id=member_id, reason=why):
                yield member_id, EndReason.LOST if why is LeaveReason.LOST else EndReason.LEFT
            case GuestLeft(member_id=member_id, by=by):
                yield member_id, EndReason.TURNED_AWAY if by != NO_MEMBER else EndReason.LEFT
            case _:
                pass
