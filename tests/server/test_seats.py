from rooms.ids import MemberId, RoomSlug
from server.ports import NodeState
from server.seats import Seats
from tests.server.clock import FakeClock

TALK, MAYA = RoomSlug("talk"), MemberId(5)


def another(since_ms: int) -> tuple[NodeState, ...]:
    return (NodeState(name="n2", epoch=1, rooms={TALK: {MAYA: since_ms}}),)


def test_where_a_transport_is_retired_nothing_is_remembered() -> None:
    clock = FakeClock()
    seats = Seats(clock)
    seats.take(TALK, MAYA)
    seats.drop(TALK, MAYA)
    seats.see(another(clock.wall_ms()))
    assert seats.left_before(clock.mono_ms()) == [(TALK, MAYA)]
    assert seats.left_before(clock.mono_ms()) == []
