"""What a room's series mean at one moment. Pure: series and a time go in.

A slot is what one occurrence makes of a day: doors open, the meeting is on, fellowship, closed. Two slots of
a room never overlap. A meeting that is on is never cut: where the next one's doors, or its start, would fall
into it, they wait for its end, and one that would be over by then is left out. Fellowship is cut: it is over
when the next one's doors open.

A room without a series of meetings is open round the clock. Series of shifts open and close nothing.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from rooms.model import Phase
from server.group_ports import SeriesKind
from server.schedule.series import Series, occurrences

DOORS_MS: Final = 15 * 60_000  # before the start: time to greet, and for somebody new to find the way
FELLOWSHIP_MS: Final = 30 * 60_000  # after the end, where most of the talk between members is
AROUND_MAX_MS: Final = 4 * 3_600_000  # of either; longer is a room round the clock
AHEAD_DAYS: Final = 62  # how far the next meeting is looked for: over a summer's break of two months

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 3_600_000
_BACK_DAYS: Final = (
    3  # the longest meeting, what comes after it, and a meeting before it that moves its doors
)
_KEPT: Final = 512  # rooms whose days are kept; expanding a year of dates anew each second would be felt


class Planned(NamedTuple):
    """One series of a room.

    Attributes:
        series: when.
        kind: a meeting, or somebody's shift.
        doors_ms: how long before the start the room is open.
        fellowship_ms: how long after the end it stays open.
        account_id: who is on duty; empty for a meeting.
    """

    series: Series
    kind: SeriesKind = SeriesKind.MEETING
    doors_ms: int = DOORS_MS
    fellowship_ms: int = FELLOWSHIP_MS
    account_id: str = ""


class Slot(NamedTuple):
    """One sitting as planned: the room is open from `opens_ms` to `closes_ms`; `zone` is its series'."""

    opens_ms: int
    starts_ms: int
    ends_ms: int
    closes_ms: int
    zone: str = "UTC"

    def phase(self, now_ms: int) -> Phase | None:
        """Return where the sitting stands; None while the room is closed."""
        if not self.opens_ms <= now_ms < self.closes_ms:
            return None
        if now_ms < self.starts_ms:
            return Phase.DOORS
        return Phase.ON if now_ms < self.ends_ms else Phase.FELLOWSHIP


class Due(NamedTuple):
    """What a room should be now.

    Attributes:
        phase: None where it should be closed.
        slot: the sitting that this is a phase of; None in a room round the clock, and where it is closed.
        next_starts_ms: when the next meeting starts, 0 where none is known.
        is_continuous: whether the room is open round the clock.
    """

    phase: Phase | None
    slot: Slot | None
    next_starts_ms: int
    is_continuous: bool


ALWAYS: Final = Due(phase=Phase.ON, slot=None, next_starts_ms=0, is_continuous=True)


def due(planned: Sequence[Planned], now_ms: int) -> Due:
    """Return what the room should be at this time."""
    if not has_meetings(planned):
        return ALWAYS
    slots = _slots_around(tuple(planned), now_ms // _DAY_MS)
    current = next((slot for slot in slots if slot.phase(now_ms) is not None), None)
    later = (slot.starts_ms for slot in slots if slot.starts_ms > now_ms and slot is not current)
    return Due(
        phase=current.phase(now_ms) if current else None,
        slot=current,
        next_starts_ms=next(later, 0),
        is_continuous=False,
    )


def has_meetings(planned: Iterable[Planned]) -> bool:
    """Whether meetings open the room; otherwise it is open round the clock."""
    return any(one.kind is SeriesKind.MEETING for one in planned)


def slots(planned: Sequence[Planned], from_ms: int, until_ms: int) -> tuple[Slot, ...]:
    """Return the meetings that are on at some time from `from_ms` to before `until_ms`, in order.

    Not farther ahead than `AHEAD_DAYS`.
    """
    return tuple(
        slot
        for slot in _slots_around(tuple(planned), from_ms // _DAY_MS)
        if slot.ends_ms > from_ms and slot.starts_ms < until_ms
    )


def slot_of(planned: Sequence[Planned], starts_ms: int, now_ms: int) -> Slot | None:
    """Return the slot of the meeting that starts then; None where it is not planned any more."""
    around = _slots_around(tuple(planned), now_ms // _DAY_MS)
    return next((slot for slot in around if slot.starts_ms == starts_ms), None)


def on_duty(planned: Iterable[Planned], now_ms: int) -> tuple[str, ...]:
    """Return the accounts whose shift it is, in the order of the series."""
    return _on_duty_in(tuple(planned), now_ms // _MINUTE_MS)


@lru_cache(_KEPT)
def _on_duty_in(planned: tuple[Planned, ...], minute: int) -> tuple[str, ...]:
    """Return whose shift it is in a minute since 1970: shifts begin and end on whole ones.

    It is asked for every second, and expanding a calendar takes milliseconds in which no sound is sent.
    """
    from_ms = minute * _MINUTE_MS
    return tuple(
        dict.fromkeys(
            one.account_id
            for one in planned
            if one.kind is SeriesKind.SHIFT and occurrences(one.series, from_ms, from_ms + 1)
        )
    )


@lru_cache(_KEPT)
def _slots_around(planned: tuple[Planned, ...], day: int) -> tuple[Slot, ...]:
    """Return the slots from shortly before this day (since 1970, in UTC) to `AHEAD_DAYS` after it."""
    from_ms, until_ms = (day - _BACK_DAYS) * _DAY_MS, (day + 1 + AHEAD_DAYS) * _DAY_MS
    found = [
        Slot(starts_ms - one.doors_ms, starts_ms, ends_ms, ends_ms + one.fellowship_ms, one.series.zone)
        for one in planned
        if one.kind is SeriesKind.MEETING
        for starts_ms, ends_ms in occurrences(one.series, from_ms, until_ms)
    ]
    laid: list[Slot] = []
    for slot in sorted(
        found, key=lambda slot: (slot.starts_ms, slot.ends_ms, slot.opens_ms, -slot.closes_ms)
    ):
        _lay(laid, slot)
    return tuple(laid)


def _lay(laid: list[Slot], slot: Slot) -> None:
    """Add a slot behind those that there are. See the module for who gives way."""
    if laid:
        last = laid[-1]
        if slot.ends_ms <= last.ends_ms:
            return
        slot = slot._replace(
            starts_ms=max(slot.starts_ms, last.ends_ms), opens_ms=max(slot.opens_ms, last.ends_ms)
        )
        laid[-1] = last._replace(closes_ms=min(last.closes_ms, slot.opens_ms))
    laid.append(slot)
