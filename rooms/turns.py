"""Who is next, and what begins and ends a turn.

The queue is fair by one rule: whoever has not shared yet comes before whoever has, a burning desire
before others of the same standing, then the time of the hand. Whoever runs the floor may reorder it.

The last minutes of a meeting that has an end (`Rules.reserve_ms`) are kept for burning desires: as long as
such a hand waits, it is called before all others, also before whoever has not shared. Others are called when
none waits.
"""

from rooms.facts import ShareBegan, ShareEnded
from rooms.ids import MemberId
from rooms.limits import MINUTE_MS
from rooms.model import Floor, FloorMode, Hand, Lane, Phase, Room, Share
from rooms.roles import Ability, may
from rooms.sitting import Sitting


def place_of(floor: Floor, member_id: MemberId) -> int | None:
    """Return the place of a member's hand, 0 being next, or None if it is not up."""
    for place, hand in enumerate(floor.hands):
        if hand.member_id == member_id:
            return place
    return None


def fair_place(floor: Floor, hand: Hand) -> int:
    """Return the place that a new hand takes: behind all of the same or a better standing."""
    standing = _standing(floor, hand)
    behind = [place for place, other in enumerate(floor.hands) if _standing(floor, other) <= standing]
    return behind[-1] + 1 if behind else 0


def _standing(floor: Floor, hand: Hand) -> tuple[bool, bool]:
    return hand.member_id in floor.shared, hand.lane is not Lane.BURNING


def is_reserved(sitting: Sitting) -> bool:
    """Whether these are the last minutes, which are kept for burning desires."""
    room = sitting.room
    has_end = room.ends_ms > 0 and room.rules.reserve_ms > 0 and room.phase is Phase.ON
    return has_end and sitting.now_ms >= room.ends_ms - room.rules.reserve_ms


def is_reading(room: Room, share: Share) -> bool:
    """Whether the share is a text of the run-sheet that is read out. That is no turn."""
    sheet = room.sheet
    if sheet is None or not 0 <= sheet.at < len(sheet.cues):
        return False
    cue = sheet.cues[sheet.at]
    return bool(cue.text) and cue.member_id == share.member_id


def thanked(room: Room) -> tuple[ShareEnded, ...]:
    """Return what ends the share that goes on, if one does."""
    share = room.floor.share
    if share is None:
        return ()
    return (ShareEnded(member_id=share.member_id, had_turn=not is_reading(room, share)),)


def next_called(sitting: Sitting) -> tuple[ShareBegan, ...]:
    """Return what calls the next, if somebody waits: nobody who is away, nobody who may not be heard now."""
    room = sitting.room
    for member_id in _waiting(sitting):
        member = room.members[member_id]
        if not member.stranded_ms and (not room.order.is_frozen or may(member.role, Ability.SPEAK_UNASKED)):
            return (begun(room.floor, member_id),)
    return ()


def _waiting(sitting: Sitting) -> list[MemberId]:
    """Return who waits for a turn, first called first."""
    room, floor = sitting.room, sitting.room.floor
    if floor.mode is FloorMode.ROUND:
        done = {*floor.shared, floor.share.member_id} if floor.share else {*floor.shared}
        waiting = [member_id for member_id in room.members if member_id not in done]
    else:
        waiting = [hand.member_id for hand in floor.hands]
    if not is_reserved(sitting):
        return waiting
    burning = [hand.member_id for hand in floor.hands if hand.lane is Lane.BURNING]
    return [*burning, *waiting]


def begun(floor: Floor, member_id: MemberId) -> ShareBegan:
    """Return what calls a member: as long as the hand asks for, if one is up."""
    place = place_of(floor, member_id)
    lane = Lane.SHARE if place is None else floor.hands[place].lane
    limit_ms = min(MINUTE_MS, floor.limit_ms or MINUTE_MS) if lane is Lane.MINUTE else floor.limit_ms
    return ShareBegan(member_id=member_id, lane=lane, limit_ms=limit_ms)
