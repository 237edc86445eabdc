"""Whether this node reaches the others: members are told when it has not for a while, and when it does."""

from collections.abc import Callable
from typing import Final

from server.ports import Clock

GRACE_MS: Final = 2_000.0
"""A Redis that restarts, or that another one takes over from, is mostly there again by then; until then those
who hear each other on this node have noticed nothing."""


class ReachWatch:
    """Says when there is something to tell."""

    def __init__(self, is_whole: Callable[[], bool], clock: Clock) -> None:
        """Take who knows: `is_whole` is asked at each look."""
        self._is_whole = is_whole
        self._clock = clock
        self._since_ms: float | None = None
        self._is_told = False

    def look(self) -> bool | None:
        """Return what members are to be told now, whether the node reaches the others; None: nothing new."""
        if self._is_whole():
            self._since_ms = None
            if self._is_told:
                self._is_told = False
                return True
            return None
        now_ms = self._clock.mono_ms()
        if self._since_ms is None:
            self._since_ms = now_ms
        if self._is_told or now_ms - self._since_ms < GRACE_MS:
            return None
        self._is_told = True
        return False
