from rooms.commands import MuteMember
from rooms.ids import MemberId, RoomSlug
from server.held_orders import HELD_MAX, HeldOrders, Order

TALK = RoomSlug("talk")
HOST = MemberId(1)


def order(n: int) -> Order:
    return Order(MuteMember(by=HOST, member_id=MemberId(2)), HOST, n)


def test_an_order_is_held_once_and_let_go_once() -> None:
    held = HeldOrders()
    assert held.add(TALK, order(1))
    assert not held.add(TALK, order(1))
    assert held.add(TALK, order(2))
    assert held.of(TALK) == (order(1), order(2))
    assert held.rooms() == (TALK,)
    assert held.drop(TALK, order(1))
    assert not held.drop(TALK, order(1))
    assert held.drop(TALK, order(2))
    assert held.rooms() == held.of(TALK) == ()


def test_nobody_fills_the_memory_with_orders() -> None:
    held = HeldOrders()
    assert all(held.add(TALK, order(n)) for n in range(HELD_MAX))
    assert not held.add(TALK, order(HELD_MAX))
