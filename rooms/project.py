"""What one viewer may see of a commit and of a room.

For every viewer and every log: `change_room` over the projected commits equals `project_room` of
the record. A hidden fact still has its seq, in a harmless form, so that no viewer sees a hole.
"""

from typing import NamedTuple

from msgspec.structs import replace

from rooms.facts import Commit, LeaveReason, MemberLeft, MemberRemoved
from rooms.ids import NO_MEMBER, MemberId
from rooms.model import Room
from rooms.roles import Ability, Role, may


class Viewer(NamedTuple):
    """Who looks."""

    member_id: MemberId
    role: Role


def is_plain(commit: Commit) -> bool:
    """Whether every viewer sees the commit as it is, so that it is encoded once for all."""
    return not isinstance(commit.fact, MemberRemoved)


def project(commit: Commit, viewer: Viewer) -> Commit:
    """Return what the viewer may see of the commit: the same object where that is all of it."""
    fact = commit.fact
    if (
        not isinstance(fact, MemberRemoved)
        or fact.member_id == viewer.member_id
        or may(viewer.role, Ability.SEE_MODERATION)
    ):
        return commit
    left = MemberLeft(member_id=fact.member_id, reason=LeaveReason.LEFT)
    return replace(commit, by=NO_MEMBER, n=0, fact=left)


def project_room(room: Room, viewer: Viewer) -> Room:
    """Return what the viewer may see of the room. In this version a member sees all of it."""
    del viewer
    return room
