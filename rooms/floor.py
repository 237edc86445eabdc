"""Turns: hands, shares and their time. Who is next is in `rooms.turns`."""

from msgspec.structs import replace

from rooms.commands import (
    AddTime,
    CallNext,
    EndShare,
    GiveFloor,
    LowerAllHands,
    LowerHand,
    MoveHand,
    RaiseHand,
    SetFloor,
    WriteShare,
)
from rooms.facts import (
    AllMuted,
    FloorSet,
    HandLowered,
    HandMoved,
    HandRaised,
    HandsLowered,
    ShareEnded,
    ShareWritten,
    TimeAdded,
    WatchSet,
)
from rooms.hearing import has_floor, may_speak_now
from rooms.ids import NO_MEMBER
from rooms.limits import (
    HANDS_MAX,
    SHARE_LIMIT_MAX_MS,
    SHARE_LIMIT_MIN_MS,
    SHARE_TEXT_MAX_CHARS,
)
from rooms.model import FloorMode, Hand, Phase, Room, Watch
from rooms.moderation import muted_all
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, may
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for
from rooms.turns import begun, fair_place, is_reading, next_called, place_of, thanked


@rule_for.register
def raise_hand(command: RaiseHand, sitting: Sitting) -> Decision:
    """Take a place in the queue."""
    actor = actor_with(sitting, command.by, Ability.SPEAK)
    if isinstance(actor, Refusal):
        return actor
    floor = sitting.room.floor
    if has_floor(sitting.room, actor):
        return refuse(RefusalCode.HAS_FLOOR)
    if place_of(floor, command.by) is not None:
        return refuse(RefusalCode.HAND_IS_UP)
    if len(floor.hands) >= HANDS_MAX:
        return refuse(RefusalCode.ROOM_FULL)
    hand = Hand(member_id=command.by, lane=command.lane, raised_ms=sitting.now_ms)
    return (HandRaised(hand=hand, place=fair_place(floor, hand)),)


@rule_for.register
def lower_hand(command: LowerHand, sitting: Sitting) -> Decision:
    """Take down a hand: one's own is nobody else's business."""
    ability = Ability.SPEAK if command.member_id == command.by else Ability.RUN_FLOOR
    actor = actor_with(sitting, command.by, ability)
    if isinstance(actor, Refusal):
        return actor
    if place_of(sitting.room.floor, command.member_id) is None:
        return () if command.member_id == command.by else refuse(RefusalCode.NO_HAND)
    return (HandLowered(member_id=command.member_id),)


@rule_for.register
def lower_all_hands(command: LowerAllHands, sitting: Sitting) -> Decision:
    """Take down every hand."""
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    return (HandsLowered(),) if sitting.room.floor.hands else ()


@rule_for.register
def move_hand(command: MoveHand, sitting: Sitting) -> Decision:
    """Put a hand at another place."""
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    floor = sitting.room.floor
    old = place_of(floor, command.member_id)
    if old is None:
        return refuse(RefusalCode.NO_HAND)
    place = max(0, min(command.place, len(floor.hands) - 1))
    return () if place == old else (HandMoved(member_id=command.member_id, place=place),)


@rule_for.register
def give_floor(command: GiveFloor, sitting: Sitting) -> Decision:
    """Call one member, in whatever mode; the share that goes on ends with thanks."""
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    seat = sitting.seat(command.member_id)
    if seat is None:
        return refuse(RefusalCode.NO_SUCH_MEMBER)
    if sitting.room.order.is_frozen and not may(seat.role, Ability.SPEAK_UNASKED):
        return refuse(RefusalCode.FROZEN)
    if has_floor(sitting.room, seat):
        return ()
    return (*thanked(sitting.room), begun(sitting.room.floor, command.member_id))


@rule_for.register
def call_next(command: CallNext, sitting: Sitting) -> Decision:
    """Thank whoever shares and call the next, if somebody waits."""
    actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
    if isinstance(actor, Refusal):
        return actor
    return (*thanked(sitting.room), *next_called(sitting)) or refuse(RefusalCode.NOBODY_WAITS)


@rule_for.register
def end_share(command: EndShare, sitting: Sitting) -> Decision:
    """End a share: the own one, or as somebody who runs the floor another's."""
    share = sitting.room.floor.share
    if share is None:
        return refuse(RefusalCode.NO_SHARE)
    ability = Ability.SPEAK if share.member_id == command.by else Ability.RUN_FLOOR
    actor = actor_with(sitting, command.by, ability)
    if isinstance(actor, Refusal):
        return actor
    in_round = sitting.room.floor.mode is FloorMode.ROUND  # there a pass is a turn
    had_turn = (in_round or not command.passed) and not is_reading(sitting.room, share)
    return (ShareEnded(member_id=share.member_id, had_turn=had_turn),)


@rule_for.register
def add_time(command: AddTime, sitting: Sitting) -> Decision:
    """Give the share more time; one without a limit needs none."""
    actor = actor_with(sitting, command.by, Ability.KEEP_TIME)
    if isinstance(actor, Refusal):
        return actor
    share = sitting.room.floor.share
    if share is None:
        return refuse(RefusalCode.NO_SHARE)
    if share.limit_ms == 0:
        return ()
    limit_ms = share.limit_ms + command.more_ms
    if command.more_ms <= 0 or limit_ms > SHARE_LIMIT_MAX_MS:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    return (TimeAdded(limit_ms=limit_ms),)


@rule_for.register
def write_share(command: WriteShare, sitting: Sitting) -> Decision:
    """Share in writing: a turn like any other."""
    actor = actor_with(sitting, command.by, Ability.SPEAK)
    if isinstance(actor, Refusal):
        return actor
    if not has_floor(sitting.room, actor):
        return refuse(RefusalCode.NO_FLOOR)
    if not may_speak_now(sitting.room, actor):
        return refuse(RefusalCode.FROZEN)
    if not command.text.strip():  # all of it was taken back
        return (ShareWritten(member_id=command.by, text=""),)
    text = read_text(command.text, max_chars=SHARE_TEXT_MAX_CHARS)
    return text if isinstance(text, Refusal) else (ShareWritten(member_id=command.by, text=text),)


@rule_for.register
def set_floor(command: SetFloor, sitting: Sitting) -> Decision:
    """Choose how turns are taken. Microphones that the new mode does not hear are closed with it.

    The group's choice from outside is about the meeting itself: it ends neither safe mode nor fellowship.
    """
    if command.by != NO_MEMBER:
        actor = actor_with(sitting, command.by, Ability.SET_RULES)
        if isinstance(actor, Refusal):
            return actor
    in_bounds = SHARE_LIMIT_MIN_MS <= command.limit_ms <= SHARE_LIMIT_MAX_MS
    if command.limit_ms != 0 and not in_bounds:
        return refuse(RefusalCode.OUT_OF_BOUNDS)
    room = sitting.room
    if command.by == NO_MEMBER and (room.watch.is_safe or room.phase is Phase.FELLOWSHIP):
        return _chosen_for_later(room, command)
    over = safe_mode_over(room)
    if (room.floor.mode, room.floor.limit_ms) == (command.mode, command.limit_ms):
        return over
    chosen = FloorSet(mode=command.mode, limit_ms=command.limit_ms)
    if command.mode in {room.floor.mode, FloorMode.OPEN}:
        return (*over, chosen)
    return (*over, chosen, *muted_all(room, keeps_share=True))


def _chosen_for_later(room: Room, command: SetFloor) -> tuple[WatchSet | FloorSet, ...]:
    """Return what lets the meeting itself take turns so, while turns are taken otherwise just now."""
    watched = WatchSet(watch=replace(room.watch, floor=command.mode))
    chosen = FloorSet(mode=room.floor.mode, limit_ms=command.limit_ms)
    return (
        *((watched,) if room.watch.floor is not command.mode else ()),
        *((chosen,) if room.floor.limit_ms != command.limit_ms else ()),
    )


def led(room: Room) -> Watch:
    """Return how things stand where somebody leads. In fellowship it remembers the turns of the meeting."""
    return Watch(was_led=True, floor=room.watch.floor if room.phase is Phase.FELLOWSHIP else FloorMode.OPEN)


def safe_mode_over(room: Room) -> tuple[WatchSet, ...]:
    """Return what ends safe mode, if it is on: who sets how turns are taken leads, and the choice stands."""
    return (WatchSet(watch=led(room)),) if room.watch.is_safe else ()


def turned_to(room: Room, mode: FloorMode) -> tuple[FloorSet | AllMuted, ...]:
    """Return what takes turns in this mode from now on, with the limit of before.

    Microphones that the new mode does not hear are closed with it, so that no later mode opens them.
    """
    if mode is room.floor.mode:
        return ()
    chosen = FloorSet(mode=mode, limit_ms=room.floor.limit_ms)
    if mode is FloorMode.OPEN:
        return (chosen,)
    return (chosen, *muted_all(room, keeps_share=True))
