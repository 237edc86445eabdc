"""Waiting for what a browser or a server will do, by asking until it is so."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

# A tenth of the shortest time that any test measures, and cheap enough for two cores.
PAUSE_S: Final = 0.05


class NotInTimeError(AssertionError):
    """Something that a test waited for did not come true."""


async def until(ask: Callable[[], Awaitable[T | None]], what: str, *, within_s: float = 10.0) -> T:
    """Ask until the answer is true, and return it.

    Args:
        ask: Asked again after each answer that is not true.
        what: What is waited for, for the failure's text.
        within_s: After this many seconds the wait has failed.

    Raises:
        NotInTimeError: It never was; the last answer is in the text.
    """
    end_s = time.monotonic() + within_s
    while True:
        answer = await ask()
        if answer:
            return answer
        if time.monotonic() >= end_s:
            raise NotInTimeError(f"not within {within_s:g} s: {what} (last answer: {answer!r})")
        await asyncio.sleep(PAUSE_S)


async def until_equal(ask: Callable[[], Awaitable[object]], expected: object, what: str) -> None:
    """Ask until the answer is what is expected.

    Raises:
        NotInTimeError: It never was; the last answer is in the text.
    """
    last: object = None

    async def is_so() -> bool:
        nonlocal last
        last = await ask()
        return last == expected

    try:
        await until(is_so, what)
    except NotInTimeError as error:
        raise NotInTimeError(f"{error}: {last!r}, not {expected!r}") from None


async def throughout(ask: Callable[[], Awaitable[T]], what: str, *, for_s: float) -> None:
    """Ask for a while, and fail at the first answer that is not true.

    Raises:
        NotInTimeError: An answer was not true; the answer is in the text.
    """
    end_s = time.monotonic() + for_s
    while time.monotonic() < end_s:
        answer = await ask()
        if not answer:
            raise NotInTimeError(f"no longer true: {what} (answer: {answer!r})")
        await asyncio.sleep(PAUSE_S)
