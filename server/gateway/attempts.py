"""Joins whose answer may have been lost: a retry finds its own seat instead of a taken name."""

from typing import Final

from rooms.ids import MemberId, RoomSlug

ATTEMPTS_MAX: Final = 5_000  # the latest; one forgotten is simply a new join


class Attempts:
    """Which seat the latest joins led to. Only the page that drew an attempt's text knows it."""

    def __init__(self) -> None:
        """Start with none."""
        self._seats: dict[tuple[RoomSlug, str], MemberId] = {}

    def seat_of(self, room: RoomSlug, attempt: str) -> MemberId | None:
        """Return the seat that this attempt took, if it did."""
        return self._seats.get((room, attempt)) if attempt else None

    def note(self, room: RoomSlug, attempt: str, member_id: MemberId) -> None:
        """Remember the seat, and forget the oldest beyond the bound."""
        if not attempt:
            return
        self._seats[room, attempt] = member_id
        if len(self._seats) > ATTEMPTS_MAX:
            del self._seats[next(iter(self._seats))]
