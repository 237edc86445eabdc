from server.gateway.door import BUCKETS_MAX, Door, DoorLimits


def _door(**limits: float) -> Door:
    generous = {
        "connections": 100,
        "connections_per_address": 100,
        "connects_per_s_per_address": 1_000,
        "connects_burst_per_address": 1_000,
    }
    return Door(DoorLimits(**{**generous, **limits}))  # type: ignore[arg-type]


def test_so_many_in_all() -> None:
    door = _door(connections=2)
    first = door.enter("192.0.2.1", 0)
    assert first is not None
    assert door.enter("192.0.2.2", 0) is not None
    assert door.enter("192.0.2.3", 0) is None
    door.leave(first)
    assert door.enter("192.0.2.3", 0) is not None
    assert door.connections == 2


def test_so_many_from_one_place() -> None:
    door = _door(connections_per_address=1)
    place = door.enter("192.0.2.1", 0)
    assert place is not None
    assert door.enter("192.0.2.1", 0) is None
    assert door.enter("::ffff:192.0.2.1", 0) is None
    assert door.enter("192.0.2.2", 0) is not None
    door.leave(place)
    assert door.enter("192.0.2.1", 0) is not None


def test_one_ipv6_network_is_one_place() -> None:
    door = _door(connections_per_address=1)
    assert door.enter("2001:db8:0:1::1", 0) is not None
    assert door.enter("2001:db8:0:1:ffff::2%eth0", 0) is None
    assert door.enter("2001:db8:0:2::1", 0) is not None


def test_so_many_a_second() -> None:
    door = _door(connects_burst_per_address=2, connects_per_s_per_address=1)
    places = [door.enter("192.0.2.1", 0) for _ in range(3)]
    assert [place is not None for place in places] == [True, True, False]
    assert door.enter("192.0.2.1", 1_000) is not None


def test_a_place_says_nothing_about_the_address() -> None:
    assert _door().enter("192.0.2.1", 0) != _door().enter("192.0.2.1", 0)
    assert _door().enter("no address", 0) is not None


def test_memory_of_places_is_bounded() -> None:
    door = _door(connections=10**9)
    for number in range(BUCKETS_MAX + 10):
        place = door.enter(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
        assert place is not None
        door.leave(place)
    assert len(door._buckets) == BUCKETS_MAX
    assert door._open == {}
