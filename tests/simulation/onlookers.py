"""Who looks at a room on a walk: as the server tells them, each has what a fresh snapshot would show.

Some stay what they are for the whole walk. Others are whoever has a seat or waits at the door: they get a new
snapshot when they come, and when their place or role changes.
"""

from collections.abc import Iterable
from typing import Final

from rooms.apply import change_room
from rooms.facts import Commit, MemberBlocked, MemberUnblocked, RoomOpened
from rooms.ids import MemberId
from rooms.model import Room
from rooms.project import Viewer, is_move_of, project, project_room, viewer_of
from rooms.roles import Role
from tests.simulation.pools import WHO

_FIXED: Final = (
    Viewer(MemberId(1_000), Role.HOST),
    Viewer(MemberId(1_001), Role.SAFETY),  # sees who was removed
    Viewer(MemberId(1_002), Role.GREETER),  # sees the door
    Viewer(MemberId(1_003), Role.MEMBER),
    Viewer(MemberId(1_005), Role.CAPTIONER),
    Viewer(MemberId(1_004), Role.MEMBER, is_outside=True),
)
_MOVING: Final = WHO[:5]


class Onlookers:
    """What each onlooker was shown so far."""

    def __init__(self, room: Room) -> None:
        """Begin with a snapshot for those who stay."""
        self._viewers: dict[MemberId, Viewer] = {viewer.member_id: viewer for viewer in _FIXED}
        self.shown: dict[MemberId, Room | None] = {
            viewer.member_id: project_room(room, viewer) for viewer in _FIXED
        }

    def inside(self) -> Iterable[tuple[Viewer, Room]]:
        """Yield those who have a seat, or are looked at as if they had, with what they are shown."""
        for who, viewer in self._viewers.items():
            room = self.shown[who]
            if room is not None and not viewer.is_outside:
                yield viewer, room

    def see(self, room: Room | None, fresh: list[Commit]) -> None:
        """Tell everybody of commits, as the server does, and check what they have then."""
        if room is not None and any(isinstance(one.fact, MemberBlocked | MemberUnblocked) for one in fresh):
            for who in _MOVING:
                if who in self._viewers:
                    blocks = viewer_of(room, who).blocks
                    self._viewers[who] = self._viewers[who]._replace(blocks=blocks)
        for who, viewer in tuple(self._viewers.items()):
            self._tell(who, viewer, room, fresh)
        if room is not None:
            self._meet(room)

    def _tell(self, who: MemberId, viewer: Viewer, room: Room | None, fresh: list[Commit]) -> None:
        if room is not None and self._has_moved(viewer, room, fresh):
            viewer = self._viewers[who] = viewer_of(room, who) if who in _MOVING else viewer
            self.shown[who] = project_room(room, viewer)
            return
        shown = self.shown[who]
        for commit in fresh:
            shown = change_room(shown, project(commit, viewer))
        is_gone = who in _MOVING and not _is_here(room, who)
        if not (is_gone and viewer.is_outside):  # who went away from the door is told of nobody there
            assert shown == (None if room is None else project_room(room, viewer))
        self.shown[who] = shown
        if is_gone:
            del self._viewers[who], self.shown[who]

    def _has_moved(self, viewer: Viewer, room: Room, fresh: list[Commit]) -> bool:
        who = viewer.member_id
        if any(isinstance(commit.fact, RoomOpened) for commit in fresh):
            return True
        if not _is_here(room, who) or not any(is_move_of(who, commit.fact) for commit in fresh):
            return False
        now = viewer_of(room, who)
        return (now.is_outside, now.role) != (viewer.is_outside, viewer.role)

    def _meet(self, room: Room) -> None:
        for who in _MOVING:
            if who not in self._viewers and _is_here(room, who):
                self._viewers[who] = viewer_of(room, who)
                self.shown[who] = project_room(room, self._viewers[who])


def _is_here(room: Room | None, who: MemberId) -> bool:
    """Whether a connection follows the room for somebody: not while it is lost."""
    if room is None:
        return False
    seat = room.members.get(who)
    return not seat.stranded_ms if seat else any(guest.member_id == who for guest in room.guests)
