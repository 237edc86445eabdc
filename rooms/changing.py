"""How one fact changes a room: the table, dispatched by the fact's type, and what its rules share.

Each noun's module registers its own: `change_members`, `change_floor`, `change_order`.
"""

from functools import singledispatch

from msgspec.structs import replace

from rooms.facts import Commit, Fact
from rooms.ids import MemberId
from rooms.model import Hand, Member, Room


@singledispatch
def change_for(fact: Fact, room: Room, commit: Commit) -> Room:
    """Return the room after the fact.

    Raises:
        TypeError: if a fact has no rule. A test walks the whole union.
    """
    msg = f"no rule for {type(fact).__name__} at {commit.seq} of {room.slug}"
    raise TypeError(msg)


def with_hands(room: Room, hands: tuple[Hand, ...]) -> Room:
    """Return the room with these hands up."""
    return replace(room, floor=replace(room.floor, hands=hands))


def inserted(hands: tuple[Hand, ...], hand: Hand, place: int) -> tuple[Hand, ...]:
    """Return the hands with one more at its place."""
    return (*hands[:place], hand, *hands[place:])


def without_hand(hands: tuple[Hand, ...], member_id: MemberId) -> tuple[Hand, ...]:
    """Return the hands without the member's."""
    return tuple(hand for hand in hands if hand.member_id != member_id)


def with_member(room: Room, member: Member) -> Room:
    """Return the room with the member as given."""
    return replace(room, members={**room.members, member.member_id: member})


def without_member(room: Room, member_id: MemberId) -> Room:
    """Return the room without the member: no seat, no hand, no share."""
    members = dict(room.members)
    del members[member_id]
    floor = room.floor
    share = None if floor.share and floor.share.member_id == member_id else floor.share
    hands = without_hand(floor.hands, member_id)
    return replace(room, members=members, floor=replace(floor, share=share, hands=hands))


def mute(
    room: Room, member_id: MemberId, *, by_self: bool | None = None, by_host: bool | None = None
) -> Room:
    """Return the room with the member's mutes changed where given."""
    member = room.members[member_id]
    old = member.mutes
    mutes = replace(
        old,
        by_self=old.by_self if by_self is None else by_self,
        by_host=old.by_host if by_host is None else by_host,
    )
    return with_member(room, replace(member, mutes=mutes))
