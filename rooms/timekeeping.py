"""What time does: the phases of a meeting, shares and bans that are over, and whether somebody leads."""

from msgspec.structs import replace

from rooms.bans import lapsed
from rooms.commands import CloseRoom, KeepTime, SetPhase
from rooms.facts import Fact, FloorSet, PhaseSet, RoomClosed, ShareBegan, WatchSet
from rooms.floor import turned_to
from rooms.ids import NO_MEMBER
from rooms.limits import PHASE_MAX_MS, SHARE_LIMIT_MS, SHARE_OVER_MS
from rooms.model import FloorMode, Phase, Room, RoomSettings, Watch
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for
from rooms.turns import next_called, thanked
from rooms.watch import keep_duty, keep_watch


@rule_for.register
def set_phase(command: SetPhase, sitting: Sitting) -> Decision:
    """Go to another phase, or give this one another end.

    What the schedule says stands. Members may choose an end within `PHASE_MAX_MS` from now, or none.
    """
    if command.by != NO_MEMBER:
        actor = actor_with(sitting, command.by, Ability.RUN_FLOOR)
        if isinstance(actor, Refusal):
            return actor
        if command.ends_ms and not 0 < command.ends_ms - sitting.now_ms <= PHASE_MAX_MS:
            return refuse(RefusalCode.OUT_OF_BOUNDS)
    room = sitting.room
    if (room.phase, room.ends_ms) == (command.phase, command.ends_ms):
        return ()
    return (PhaseSet(phase=command.phase, ends_ms=command.ends_ms), *_turns_of(room, command.phase))


@rule_for.register
def close_room(command: CloseRoom, sitting: Sitting) -> Decision:
    """End the meeting for everybody."""
    if command.by != NO_MEMBER:
        actor = actor_with(sitting, command.by, Ability.GIVE_ROLES)
        if isinstance(actor, Refusal):
            return actor
    return (RoomClosed(),)


@rule_for.register
def keep_time(command: KeepTime, sitting: Sitting) -> Decision:
    """Do what is due; one kind of thing at a time, the rest a moment later. Mostly there is nothing."""
    return (
        keep_duty(sitting, command.on_duty) or keep_watch(sitting) or _turn_over(sitting) or lapsed(sitting)
    )


def is_watched(room: Room) -> bool:
    """Whether time may change anything in the room; where nobody is and nothing is left, it cannot.

    Each second `KeepTime` is asked in every open room of a place, and most of hundreds are empty.
    """
    return bool(
        room.members
        or room.guests
        or room.on_duty
        or room.bans
        or room.watch.was_led
        or room.watch.is_safe
        or room.floor.share
    )


def opening_turns(phase: Phase, settings: RoomSettings) -> tuple[Fact, ...]:
    """Return how turns are taken in a room that opens in this phase, beside what its settings say.

    In fellowship whoever likes speaks; how turns are taken in the meeting itself is remembered.
    """
    if phase is not Phase.FELLOWSHIP or settings.floor is FloorMode.OPEN:
        return ()
    opened = FloorSet(mode=FloorMode.OPEN, limit_ms=settings.limit_ms)
    return (WatchSet(watch=Watch(floor=settings.floor)), opened)


def _turns_of(room: Room, phase: Phase) -> tuple[Fact, ...]:
    """Return how turns are taken in the phase to come.

    In fellowship whoever likes speaks, and the share that goes on is over; it closes no microphone. Back in
    the meeting, turns are taken as before. Safe mode stays what it is until somebody leads.
    """
    watch = room.watch
    is_loose = phase is Phase.FELLOWSHIP
    if is_loose is (room.phase is Phase.FELLOWSHIP) or watch.is_safe:
        return ()
    if is_loose:
        return (*_remembered(room, room.floor.mode), *turned_to(room, FloorMode.OPEN), *thanked(room))
    return (*_remembered(room, FloorMode.OPEN), *turned_to(room, watch.floor))


def _remembered(room: Room, mode: FloorMode) -> tuple[WatchSet, ...]:
    return () if room.watch.floor is mode else (WatchSet(watch=replace(room.watch, floor=mode)),)


def _turn_over(sitting: Sitting) -> tuple[Fact, ...]:
    """Return what ends a share by the timer: where the group lets it, or in safe mode, with the next one."""
    room = sitting.room
    share, is_safe = room.floor.share, room.watch.is_safe
    if share is None:
        return _called(sitting) if is_safe else ()
    is_over = share.limit_ms > 0 and sitting.now_ms >= share.since_ms + share.limit_ms + SHARE_OVER_MS
    if not is_over or not (room.rules.closes_share or is_safe):
        return ()
    return (*thanked(room), *(_called(sitting) if is_safe else ()))


def _called(sitting: Sitting) -> tuple[ShareBegan, ...]:
    """Return what calls the next hand; without a limit the queue could stand still, so that there is one."""
    return tuple(replace(began, limit_ms=began.limit_ms or SHARE_LIMIT_MS) for began in next_called(sitting))
