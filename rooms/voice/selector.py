"""Which slot a voice that wants to be heard gets, if any."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from rooms.voice.levels import Loudness

MARGIN: Final = 8.0  # dB by which a newcomer must be louder; tried with five tones over three slots
HOLD_MS: Final = 1_000.0  # shortest time for which an active voice keeps its slot; guess


class Seat(Struct, gc=False):
    """One slot as the selector sees it: the loudness of its holder (None: free) and since when he has it."""

    holder: Loudness | None = None
    since_ms: float = 0.0


def choose_seat(challenger: Loudness, seats: Sequence[Seat], now_ms: float) -> int | None:
    """Return the index of the seat that an active voice without one gets now, None if it must wait.

    A free seat at once, so that no onset is clipped; then that of a holder who has fallen silent; then that
    of the lowest ranked holder, if he has had it for HOLD_MS and the challenger outranks him by MARGIN.
    """
    idle = weakest = None
    lowest = challenger.rank(now_ms) - MARGIN
    for index, seat in enumerate(seats):
        holder = seat.holder
        if holder is None:
            return index
        if not holder.is_active(now_ms):
            idle = index if idle is None else idle
        elif now_ms - seat.since_ms >= HOLD_MS and (rank := holder.rank(now_ms)) < lowest:
            weakest, lowest = index, rank
    return weakest if idle is None else idle
