from rooms.pace import Bucket, Pace


def test_a_burst_then_the_pace() -> None:
    bucket = Bucket(Pace(burst=3, per_s=2))
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 500]
    assert bucket.take(499) == 1
    assert bucket.take(500) == 0
    assert bucket.take(500) == 500


def test_a_refused_try_costs_nothing() -> None:
    bucket = Bucket(Pace(burst=1, per_s=1))
    assert bucket.take(0) == 0
    for now_ms in range(0, 1_000, 10):
        assert bucket.take(now_ms) > 0
    assert bucket.take(1_000) == 0


def test_rest_fills_the_burst_and_no_more() -> None:
    bucket = Bucket(Pace(burst=2, per_s=1))
    bucket.take(0)
    assert [bucket.take(10**9) for _ in range(3)] == [0, 0, 1_000]
