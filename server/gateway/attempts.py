"""Joins whose answer may have been lost: a retry finds its own seat instead of a taken name."""

from typing import Final, NamedTuple

from rooms.ids import MemberId, RoomSlug
from rooms.limits import GRACE_MS
from server.ports import Clock

ATTEMPTS_MAX: Final = 5_000  # the latest; one forgotten is simply a new join
ATTEMPT_MS: Final = 2 * GRACE_MS  # a seat that nobody came back to is free by then


class _Taken(NamedTuple):
    member_id: MemberId
    at_ms: float


class Attempts:
    """Which seat the latest joins led to. Only the page that drew an attempt's text knows it."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._taken: dict[tuple[RoomSlug, str], _Taken] = {}  # the oldest first

    def seat_of(self, room: RoomSlug, attempt: str) -> MemberId | None:
        """Return the seat that this attempt took, if it did within `ATTEMPT_MS`."""
        self._forget()
        taken = self._taken.get((room, attempt)) if attempt else None
        return taken.member_id if taken else None

    def note(self, room: RoomSlug, attempt: str, member_id: MemberId) -> None:
        """Remember the seat, and forget what is old or beyond the bound."""
        if attempt:
            self._taken.pop((room, attempt), None)
            self._taken[room, attempt] = _Taken(member_id, self._clock.mono_ms())
        self._forget()

    def _forget(self) -> None:
        old_ms = self._clock.mono_ms() - ATTEMPT_MS
        while self._taken:
            oldest = next(iter(self._taken))
            if len(self._taken) <= ATTEMPTS_MAX and self._taken[oldest].at_ms > old_ms:
                return
            del self._taken[oldest]
