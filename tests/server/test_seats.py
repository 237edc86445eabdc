from rooms.ids import MemberId, RoomSlug
from server.ports import NodeState
from server.seats import Seats
from tests.server.clock import FakeClock

TALK, MAYA = RoomSlug("talk"), MemberId(5)


def another(since_ms: int) -> tuple[NodeState, ...]:
    return (NodeState(name="n2", epoch=1, rooms={TALK: {MAYA: since_ms}}),)


def test_a_seat_that_never_left_was_nowhere_else() -> None:
    seats = Seats(FakeClock())
    seats.take(TALK, MAYA)
    seats.see(another(1))  # a node that has not heard yet that Maya went
    assert not seats.was_elsewhere(TALK, MAYA)
    seats.drop(TALK, MAYA)
    seats.see(())
    assert not seats.was_elsewhere(TALK, MAYA)


def test_a_seat_that_comes_back_was_elsewhere_though_that_node_is_gone() -> None:
    clock = FakeClock()
    seats = Seats(clock)
    seats.take(TALK, MAYA)
    seats.see(another(clock.wall_ms() + 1_000))
    seats.drop(TALK, MAYA)
    seats.see(())
    assert seats.was_elsewhere(TALK, MAYA)
    seats.take(TALK, MAYA)
    assert not seats.was_elsewhere(TALK, MAYA)


def test_where_a_transport_is_retired_nothing_is_remembered() -> None:
    clock = FakeClock()
    seats = Seats(clock)
    seats.take(TALK, MAYA)
    seats.drop(TALK, MAYA)
    seats.see(another(clock.wall_ms()))
    assert seats.was_elsewhere(TALK, MAYA)
    assert seats.left_before(clock.mono_ms()) == [(TALK, MAYA)]
    seats.see(())
    assert not seats.was_elsewhere(TALK, MAYA)
