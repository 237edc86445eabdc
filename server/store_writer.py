"""What all do who write to the store beside a meeting: in the background, again while it does not answer."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from server.logs import log_for
from server.ports import StoreError

AGAIN_S: Final = 1.0
STOP_WITHIN_S: Final = 1.0  # a stop as a whole has five seconds
WAITING_MAX: Final = 10_000  # of each kind; days of moderation in a large place

_log = log_for("store")


class StoreWriter(ABC):
    """One of each kind for each node. An async context: leaving it writes what still waits."""

    def __init__(self) -> None:
        """Nothing is written before the context is entered."""
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._writing: asyncio.Task[None]
        self._beside: tuple[asyncio.Task[None], ...] = ()

    @abstractmethod
    async def write(self) -> None:
        """Write until nothing waits.

        Raises:
            StoreError: the store does not answer; what it has not taken still waits.
        """

    @abstractmethod
    def waiting(self) -> Mapping[str, int]:
        """Return how much of what waits."""

    def besides(self) -> tuple[Coroutine[None, None, None], ...]:
        """Return what else goes on for as long as the context lasts."""
        return ()

    def wake(self) -> None:
        """Say that something waits."""
        self._wake.set()

    async def __aenter__(self) -> Self:
        """Start to write."""
        await self._tasks.__aenter__()
        self._writing = self._tasks.create_task(self._run())
        self._beside = tuple(self._tasks.create_task(work) for work in self.besides())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what waits, for at most `STOP_WITHIN_S`; then say what could not be."""
        self._stop.set()
        self.wake()
        for task in self._beside:
            task.cancel()
        await asyncio.wait([self._writing], timeout=STOP_WITHIN_S)
        self._writing.cancel()
        await self._tasks.__aexit__(None, None, None)
        left = {what: number for what, number in self.waiting().items() if number}
        if left:
            _log.error("not_saved", **left)

    async def _run(self) -> None:
        while not self._stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if not await self._try():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), AGAIN_S)
                self.wake()
        await self._try()

    async def _try(self) -> bool:
        try:
            await self.write()
        except StoreError as error:
            _log.error("save_failed", exc_info=error)
            return False
        return True
