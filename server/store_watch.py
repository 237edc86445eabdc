"""Learns what commands, or other nodes, have changed in the store, and has it taken up.

The store counts changes by kind. Every `LOOK_S` the numbers are read, which costs one row for each kind;
where one has grown, whoever asked for that kind reads anew. While the store does not answer, everything stays
as it is known.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from server.group_ports import ChangeKind, Changes
from server.logs import log_for
from server.ports import StoreError

LOOK_S: Final = 2.0  # a command's effect is waited for by one person; a query each second would serve nobody

TakeUp = Callable[[], Awaitable[None]]

_log = log_for("store")


class StoreWatch:
    """One for each node."""

    def __init__(self, changes: Changes) -> None:
        """Watch these numbers; nothing happens before `begin`."""
        self._changes = changes
        self._seen: dict[str, int] = {}
        self._asked: dict[ChangeKind, list[TakeUp]] = {}
        self._each_time: list[TakeUp] = []
        self._is_away = False

    async def begin(self) -> None:
        """Remember the numbers of now. Call it before anything is read from the store.

        Raises:
            StoreError: the store does not answer.
        """
        self._seen = await self._changes.numbers()

    def on(self, kind: ChangeKind, take_up: TakeUp) -> None:
        """Call `take_up` after each change of this kind; again later where it raises `StoreError`."""
        self._asked.setdefault(kind, []).append(take_up)

    def each_time(self, settle: TakeUp) -> None:
        """Call `settle` at every look, after the changes, for what waits for something else."""
        self._each_time.append(settle)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Have taken up what has changed since the last look."""
        try:
            numbers = await self._changes.numbers()
            for kind, asked in self._asked.items():
                if numbers.get(kind) != self._seen.get(kind):
                    for take_up in asked:
                        await take_up()
                    self._seen[kind] = numbers[kind]
            for settle in self._each_time:
                await settle()
        except StoreError as error:
            if not self._is_away:
                _log.error("watch_failed", exc_info=error)
            self._is_away = True
        else:
            self._is_away = False
