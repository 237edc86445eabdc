"""Hands, shares, their time, and the run-sheet: what each fact changes."""

from msgspec.structs import replace

from rooms.changing import change_for, inserted, mute, with_hands, without_hand
from rooms.facts import (
    Commit,
    CueReached,
    FloorSet,
    HandLowered,
    HandMoved,
    HandRaised,
    HandsLowered,
    ReadingShown,
    ShareBegan,
    ShareEnded,
    ShareWritten,
    SheetSet,
    TimeAdded,
)
from rooms.hearing import may_speak_now
from rooms.limits import SHARED_MAX
from rooms.live_facts import ReadingMarked
from rooms.model import FloorMode, Reactions, Reading, Room, Share


@change_for.register
def _hand_raised(fact: HandRaised, room: Room, _: Commit) -> Room:
    return with_hands(room, inserted(room.floor.hands, fact.hand, fact.place))


@change_for.register
def _hand_lowered(fact: HandLowered, room: Room, _: Commit) -> Room:
    return with_hands(room, without_hand(room.floor.hands, fact.member_id))


@change_for.register
def _hands_lowered(_: HandsLowered, room: Room, __: Commit) -> Room:
    return with_hands(room, ())


@change_for.register
def _hand_moved(fact: HandMoved, room: Room, _: Commit) -> Room:
    (moved,) = (hand for hand in room.floor.hands if hand.member_id == fact.member_id)
    others = without_hand(room.floor.hands, fact.member_id)
    return with_hands(room, inserted(others, moved, fact.place))


@change_for.register
def _share_began(fact: ShareBegan, room: Room, commit: Commit) -> Room:
    share = Share(member_id=fact.member_id, lane=fact.lane, since_ms=commit.at_ms, limit_ms=fact.limit_ms)
    hands = without_hand(room.floor.hands, fact.member_id)
    floor = replace(room.floor, share=share, hands=hands)
    return replace(room, floor=floor, reactions=Reactions())


@change_for.register
def _share_ended(fact: ShareEnded, room: Room, _: Commit) -> Room:
    floor = room.floor
    shared = floor.shared
    if fact.had_turn and fact.member_id not in shared:
        shared = (*shared, fact.member_id)[-SHARED_MAX:]
    room = replace(room, floor=replace(floor, share=None, shared=shared))
    member = room.members[fact.member_id]
    return room if may_speak_now(room, member) else mute(room, fact.member_id, by_self=True)


@change_for.register
def _time_added(fact: TimeAdded, room: Room, _: Commit) -> Room:
    share = room.floor.share
    if share is None:
        msg = "time was added to no share"
        raise ValueError(msg)
    return replace(room, floor=replace(room.floor, share=replace(share, limit_ms=fact.limit_ms)))


@change_for.register
def _share_written(fact: ShareWritten, room: Room, commit: Commit) -> Room:
    share = room.floor.share
    if share is None or share.member_id != fact.member_id:  # it ended while this was written
        return room
    return replace(
        room, floor=replace(room.floor, share=replace(share, text=fact.text, written_seq=commit.seq))
    )


@change_for.register
def _floor_set(fact: FloorSet, room: Room, _: Commit) -> Room:
    is_new_round = fact.mode is FloorMode.ROUND and room.floor.mode is not FloorMode.ROUND
    shared = () if is_new_round else room.floor.shared
    floor = replace(room.floor, mode=fact.mode, limit_ms=fact.limit_ms, shared=shared)
    return replace(room, floor=floor)


@change_for.register
def _sheet_set(fact: SheetSet, room: Room, _: Commit) -> Room:
    return replace(room, sheet=fact.sheet)


@change_for.register
def _cue_reached(fact: CueReached, room: Room, _: Commit) -> Room:
    return room if room.sheet is None else replace(room, sheet=replace(room.sheet, at=fact.at))


@change_for.register
def _reading_shown(fact: ReadingShown, room: Room, _: Commit) -> Room:
    return replace(room, reading=Reading(title=fact.title, text=fact.text) if fact.text else None)


@change_for.register
def _reading_marked(fact: ReadingMarked, room: Room, _: Commit) -> Room:
    return room if room.reading is None else replace(room, reading=replace(room.reading, line=fact.line))
