from rooms.pace import Pace
from server.accounts.throttle import PLACES_MAX, Throttle


def test_each_place_has_a_pace_of_its_own() -> None:
    throttle = Throttle(Pace(burst=2, per_s=0.5))
    assert [throttle.take(b"here", 0) for _ in range(3)] == [0, 0, 2_000]
    assert throttle.take(b"there", 0) == 0
    assert throttle.take(b"here", 2_000) == 0


def test_the_least_recent_place_is_forgotten() -> None:
    throttle = Throttle(Pace(burst=1, per_s=0.001))
    assert throttle.take(b"first", 0) == 0
    for number in range(PLACES_MAX):
        throttle.take(str(number).encode(), 0)
    assert throttle.take(b"first", 0) == 0
    assert throttle.take(b"9999", 0) > 0
