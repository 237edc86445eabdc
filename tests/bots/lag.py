"""How late server and bots are while something is measured: a busy machine must not be blamed on a rule.

The bots' lateness is how much longer a short sleep took in their event loop. The server's is how long it took
to answer connectivity checks, sent all the time over one bot's path: it does so as soon as its loop turns.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from tests.bots.media import MediaEnd

LOOK_EVERY_S: Final = 0.005
_KEPT: Final = 12_000  # looks: a minute of them
_LOST_NS: Final = 5_000_000_000  # a check without an answer for so long is lost, not late


class Lag(NamedTuple):
    """The longest lateness within a time."""

    server_ms: float
    bots_ms: float


class LagWatch:
    """Looks at both all the time. Made by `LagWatch.over`."""

    def __init__(self, end: MediaEnd) -> None:
        self._end = end
        self._looks: deque[tuple[int, int]] = deque(maxlen=_KEPT)  # when, and how much too late

    @classmethod
    @asynccontextmanager
    async def over(cls, end: MediaEnd) -> AsyncIterator["LagWatch"]:
        """Watch over this bot's path for as long as the context lasts."""
        watch = cls(end)
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(watch._look())
            try:
                yield watch
            finally:
                looking.cancel()

    def since(self, begin_ns: int) -> Lag:
        """Return the longest lateness from that moment (CLOCK_MONOTONIC) until now."""
        now_ns = time.monotonic_ns()
        bots_ns = max((late_ns for at_ns, late_ns in self._looks if at_ns >= begin_ns), default=0)
        begin_ns -= round(LOOK_EVERY_S * 1e9)  # a check sent just before may show what came after
        trips = [trip_ns for sent_ns, trip_ns in self._end.round_trips_ns if sent_ns >= begin_ns]
        waits = [now_ns - sent_ns for sent_ns in self._end.asked_ns() if begin_ns <= sent_ns]
        waits = [wait_ns for wait_ns in waits if wait_ns < _LOST_NS]
        return Lag(max((*trips, *waits), default=0) / 1e6, bots_ns / 1e6)

    async def _look(self) -> None:
        while not self._end.closed.is_set():
            begin_ns = time.monotonic_ns()
            self._end.ask()
            await asyncio.sleep(LOOK_EVERY_S)
            now_ns = time.monotonic_ns()
            self._looks.append((now_ns, max(0, now_ns - begin_ns - round(LOOK_EVERY_S * 1e9))))
