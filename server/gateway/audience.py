"""The connections that follow one room on this node, and how facts reach them."""

from collections.abc import Callable

from rooms.facts import Commit, LeaveReason, MemberLeft, MemberRemoved, RoleGiven
from rooms.ids import MemberId
from rooms.model import Record
from rooms.project import Viewer, is_plain, project
from rooms.roles import Role
from server.gateway.connection import Connection, Paces
from server.ports import Clock
from signaling.codec import write_event
from signaling.to_browser import Commits, EndReason, Resync


class Audience:
    """One connection for each seated member of one room. A newer one takes the older one's place."""

    def __init__(self, clock: Clock, on_role: Callable[[Connection], None] = lambda _: None) -> None:
        """Start empty. `on_role` hears of a connection whose member got another role."""
        self._clock = clock
        self._on_role = on_role
        self._by_member: dict[MemberId, Connection] = {}
        self._paces: dict[MemberId, Paces] = {}

    def __len__(self) -> int:
        """How many connections follow."""
        return len(self._by_member)

    def holder(self, member_id: MemberId) -> Connection | None:
        """Return the connection that speaks for the member."""
        return self._by_member.get(member_id)

    def add(self, member_id: MemberId, connection: Connection) -> None:
        """Tell the connection of every fact from now on; an older one of the member ends."""
        older = self._by_member.get(member_id)
        self._by_member[member_id] = connection
        connection.paces = self._paces.setdefault(member_id, connection.paces)
        if older is not None and older is not connection:
            older.end(EndReason.REPLACED)

    def remove(self, member_id: MemberId, connection: Connection) -> bool:
        """Forget the connection. False if a newer one had its place already."""
        if self._by_member.get(member_id) is not connection:
            return False
        del self._by_member[member_id]
        return True

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Pass new commits on. See `server.room_service.Follower`."""
        if not commits:
            self._resync_all(record)
            return
        epoch = record.revision.epoch
        if all(map(is_plain, commits)):
            self._send_all(write_event(Commits(epoch=epoch, commits=commits)))
        else:
            self._send_each(epoch, commits)
        for commit in commits:
            self._end_of(commit)
            if isinstance(commit.fact, RoleGiven):
                self._trust(commit.fact)

    def _send_all(self, frame: bytes) -> None:
        now_ms = self._clock.mono_ms()
        for connection in self._by_member.values():
            connection.outbox.send(frame, now_ms)

    def _send_each(self, epoch: int, commits: tuple[Commit, ...]) -> None:
        """Encode once for each kind of viewer: host or not, and whoever a fact is about."""
        now_ms = self._clock.mono_ms()
        frames: dict[tuple[Role, MemberId], bytes] = {}
        about = {c.fact.member_id for c in commits if isinstance(c.fact, MemberRemoved)}
        for member_id, connection in self._by_member.items():
            if connection.seat is None:
                continue
            role = connection.seat.role
            kind = (role, member_id if member_id in about else MemberId(0))
            frame = frames.get(kind)
            if frame is None:
                seen = tuple(project(commit, Viewer(member_id, role)) for commit in commits)
                frame = frames[kind] = write_event(Commits(epoch=epoch, commits=seen))
            connection.outbox.send(frame, now_ms)

    def _end_of(self, commit: Commit) -> None:
        """Forget a member whose seat ended, and end a connection that still speaks for it."""
        match commit.fact:
            case MemberRemoved(member_id=member_id):
                reason = EndReason.REMOVED
            case MemberLeft(member_id=member_id, reason=why):
                reason = EndReason.LOST if why is LeaveReason.LOST else EndReason.LEFT
            case _:
                return
        self._paces.pop(member_id, None)
        connection = self._by_member.get(member_id)
        if connection is not None and reason is not EndReason.LEFT:  # `leave` is answered first
            connection.end(reason)

    def _trust(self, fact: RoleGiven) -> None:
        """Let the member see from now on what the new role may see, and come back with it."""
        connection = self._by_member.get(fact.member_id)
        if connection is not None and connection.seat is not None:
            connection.seat = connection.seat._replace(role=fact.role)
            self._on_role(connection)

    def _resync_all(self, record: Record) -> None:
        for connection in self._by_member.values():
            connection.tell(Resync(revision=record.revision))

    def sweep(self, record: Record) -> int:
        """Let slow readers that have drained catch up; cut those that do not. Returns the cuts."""
        now_ms = self._clock.mono_ms()
        cut = 0
        for connection in tuple(self._by_member.values()):
            outbox = connection.outbox
            if outbox.has_drained():
                connection.tell(Resync(revision=record.revision))
            elif outbox.is_hopeless(now_ms):
                outbox.cut()
                cut += 1
        return cut
