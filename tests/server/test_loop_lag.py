import asyncio
import time

from server.clock import SystemClock
from server.loop_lag import EACH_S, WINDOW, LoopLag
from tests.server.clock import FakeClock


def test_the_worst_of_the_last_looks_is_kept_and_then_forgotten() -> None:
    clock = FakeClock()
    lag = LoopLag(clock)
    assert lag.worst_ms == 0
    for late_ms in [80, *[5] * (WINDOW - 1)]:
        began_ms = clock.mono_ms()
        clock.pass_ms(round(EACH_S * 1_000) + late_ms)
        lag.note(began_ms)
    assert lag.worst_ms == 80
    clock.pass_ms(1_000)
    lag.note(clock.mono_ms() - EACH_S * 1_000)
    assert lag.worst_ms == 5


async def test_a_loop_that_stood_still_is_late() -> None:
    lag = LoopLag(SystemClock())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lag.run())
        await asyncio.sleep(0)
        time.sleep(EACH_S + 0.06)  # noqa: ASYNC251 - what the loop must not do, and what is measured
        while not lag.worst_ms:  # noqa: ASYNC110 - nothing tells when it has looked
            await asyncio.sleep(0)
        task.cancel()
    assert lag.worst_ms >= 50
