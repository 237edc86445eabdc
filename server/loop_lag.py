"""How late the loop is: what a node that has too much to do shows first, and what is heard as jitter."""

import asyncio
from collections import deque
from typing import Final

from server.ports import Clock

EACH_S: Final = 0.1
WINDOW: Final = 100  # looks: ten seconds


class LoopLag:
    """Sleeps for a tenth of a second again and again, and notes by how much that was too long."""

    def __init__(self, clock: Clock) -> None:
        """Start with nothing noted."""
        self._clock = clock
        self._lags_ms: deque[float] = deque(maxlen=WINDOW)

    @property
    def worst_ms(self) -> float:
        """The longest delay of the last ten seconds."""
        return max(self._lags_ms, default=0.0)

    def note(self, began_ms: float) -> None:
        """Note a sleep that began then and has just ended."""
        self._lags_ms.append(max(0.0, self._clock.mono_ms() - began_ms - EACH_S * 1_000))

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            began_ms = self._clock.mono_ms()
            await asyncio.sleep(EACH_S)
            self.note(began_ms)
