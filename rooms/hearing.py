"""Who is heard: the one rule that the media plane, the microphone command and the page ask."""

from rooms.model import FloorMode, Member, Room
from rooms.roles import Ability, may


def may_speak_now(room: Room, member: Member) -> bool:
    """Whether the member would be heard with the microphone open."""
    if may(member.role, Ability.SPEAK_UNASKED):
        return True
    if room.order.is_frozen:
        return False
    return room.floor.mode is FloorMode.OPEN or has_floor(room, member)


def is_heard(room: Room, member: Member) -> bool:
    """Whether packets of the member may be forwarded."""
    return member.is_open and may_speak_now(room, member)


def has_floor(room: Room, member: Member) -> bool:
    """Whether it is the member's turn."""
    share = room.floor.share
    return share is not None and share.member_id == member.member_id
