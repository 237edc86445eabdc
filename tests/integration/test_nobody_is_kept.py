"""Whoever came and went leaves nothing in a node that grows with each visit."""

import asyncio
import gc
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from rooms import ledger
from server.bus import tail
from server.gateway import attempts
from server.lifecycle import running_server
from tests.bots.bot import Bot
from tests.bots.ground import open_ground
from tests.server.nodes import node_config

VISITS = 24
_COUNTED = (dict, list, set, deque)
_BEYOND = (type, ModuleType, asyncio.AbstractEventLoop)


def _held(root: object) -> Iterator[object]:
    """Yield what can be reached from an object, but for modules, classes and the loop."""
    seen, ways = {id(root)}, [root]
    while ways:
        thing = ways.pop()
        yield thing
        nexts = [thing.__closure__] if isinstance(thing, FunctionType) else gc.get_referents(thing)
        for held in nexts:
            if id(held) not in seen and not isinstance(held, _BEYOND):
                seen.add(id(held))
                ways.append(held)


def _sizes(root: object) -> dict[int, tuple[int, object]]:
    """Return how many things each container holds, by its identity; it stays alive for as long."""
    gc.collect()
    return {id(thing): (len(thing), thing) for thing in _held(root) if isinstance(thing, _COUNTED)}


async def test_nothing_in_a_node_grows_with_each_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept on purpose has bounds, by number or time: they are made small enough to be full at once.
    monkeypatch.setattr(tail, "LOG_MAX_COMMITS", 8)
    monkeypatch.setattr(ledger, "LEDGER_GONE_MAX", 4)
    monkeypatch.setattr(ledger, "LEDGER_GONE_KEPT", 2)
    monkeypatch.setattr(ledger, "BURST_MAX", 4)
    monkeypatch.setattr(attempts, "ATTEMPT_MS", 0)
    async with running_server(node_config(tmp_path)) as server, open_ground(server.url) as ground:

        async def visit(number: int) -> None:
            bot = await Bot.enter(ground, "talk", f"Visitor {number}")
            await bot.leave()
            ground.let_go(bot)

        for number in range(VISITS):
            await visit(number)
        before = _sizes(server)
        for number in range(VISITS):
            await visit(VISITS + number)
        after = _sizes(server)
    assert len(after) - len(before) < VISITS / 2
    grown = [
        (was, size, repr(thing)[:90])
        for key, (size, thing) in after.items()
        if thing is not before and size - (was := before.get(key, (0, None))[0]) >= VISITS / 2
    ]
    assert grown == []
