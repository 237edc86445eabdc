"""Tells the operator that a room has nobody to lead it: safe mode has begun (`rooms.watch`)."""

from functools import partial

from rooms.facts import Commit
from rooms.ids import RoomSlug
from rooms.model import Record
from server.logs import log_for
from server.room_service import RoomService

_log = log_for("rooms")


class HostNeeded:
    """Counts and logs, on every node that follows the room, each time that safe mode begins.

    Every node follows every room, so each has the whole place's count: over all nodes it is the largest one
    that tells, and not the sum. That way no count is lost with the one node that kept it.
    """

    def __init__(self) -> None:
        """Follow no room yet."""
        self.count = 0
        """How often safe mode has begun in any room since this node started."""
        self._is_safe: dict[RoomSlug, bool] = {}

    def follow(self, rooms: RoomService) -> None:
        """Follow every room there is by now. One that is in safe mode already counts, once."""
        for slug in rooms.slugs():
            if slug not in self._is_safe:
                self._is_safe[slug] = False
                self._take(slug, rooms.record(slug), ())
                rooms.follow(slug, partial(self._take, slug))

    def _take(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        del commits
        is_safe = record.room is not None and record.room.watch.is_safe
        if is_safe and not self._is_safe[slug]:
            self.count += 1
            _log.warning("host_needed", room=slug)
        self._is_safe[slug] = is_safe
