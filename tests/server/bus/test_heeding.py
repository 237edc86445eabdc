"""A cancellation that comes just as a wait is done is not forgotten."""

import asyncio
from contextlib import suppress

import pytest

from server.bus.link import heeding


async def _as_redis_py_sends(done: asyncio.Event) -> str:
    """Forget a cancellation, as `asyncio.wait_for` does on Python 3.11 where its work is done already."""
    try:
        await done.wait()
    except asyncio.CancelledError:
        return "sent"
    return "sent"


async def test_a_forgotten_cancellation_is_remembered() -> None:
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(heeding(_as_redis_py_sends(done)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def test_a_timeout_inside_is_no_cancellation() -> None:
    async def work() -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(1)
        return "sent"

    assert await heeding(work()) == "sent"


async def test_a_cancellation_that_is_forgotten_just_as_the_work_fails_is_heeded() -> None:
    begun = asyncio.Event()

    async def fail() -> None:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        raise ConnectionError

    async def go_on() -> None:
        with suppress(ConnectionError):
            await heeding(fail())

    async with asyncio.TaskGroup() as group:
        task = group.create_task(go_on())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
