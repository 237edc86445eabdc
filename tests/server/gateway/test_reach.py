"""Members are told that other nodes are away once it lasts, and once when they are back."""

from server.gateway.reach import GRACE_MS, ReachWatch
from tests.server.clock import FakeClock


class Redis:
    """Is there, or not."""

    is_there = True


def test_a_short_absence_is_not_told() -> None:
    redis, clock = Redis(), FakeClock()
    watch = ReachWatch(lambda: redis.is_there, clock)
    assert watch.look() is None
    redis.is_there = False
    assert watch.look() is None
    clock.pass_ms(round(GRACE_MS) - 1)
    assert watch.look() is None
    redis.is_there = True
    assert watch.look() is None
    redis.is_there = False
    clock.pass_ms(round(GRACE_MS))
    assert watch.look() is None, "the time counts anew"


def test_a_long_one_is_told_once_and_its_end_too() -> None:
    redis, clock = Redis(), FakeClock()
    watch = ReachWatch(lambda: redis.is_there, clock)
    redis.is_there = False
    assert watch.look() is None
    clock.pass_ms(round(GRACE_MS))
    assert [watch.look(), watch.look()] == [False, None]
    redis.is_there = True
    assert [watch.look(), watch.look()] == [True, None]
