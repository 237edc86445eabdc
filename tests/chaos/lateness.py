"""How late the bots' own process was: where it was late, so were its figures."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

LOOK_S: Final = 0.01


class Lateness:
    """The longest time that the loop was away.

    Attributes:
        most_ms: of all looks since the beginning.
    """

    def __init__(self) -> None:
        self.most_ms = 0.0

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            due_s = time.monotonic() + LOOK_S
            await asyncio.sleep(LOOK_S)
            self.most_ms = max(self.most_ms, (time.monotonic() - due_s) * 1_000)


@asynccontextmanager
async def watched() -> AsyncIterator[Lateness]:
    """Look for as long as the context lasts."""
    lateness = Lateness()
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(lateness.look())
        try:
            yield lateness
        finally:
            looking.cancel()
