import datetime

from server.clock import SystemClock
from server.ports import Clock


def test_wall_time_is_now_in_whole_milliseconds() -> None:
    clock: Clock = SystemClock()
    now_ms = datetime.datetime.now(tz=datetime.UTC).timestamp() * 1_000
    assert isinstance(clock.wall_ms(), int)
    assert abs(clock.wall_ms() - now_ms) < 2_000


def test_the_other_clock_never_goes_back() -> None:
    clock = SystemClock()
    times_ms = [clock.mono_ms() for _ in range(100)]
    assert times_ms == sorted(times_ms)
    assert times_ms[-1] - times_ms[0] < 60_000
