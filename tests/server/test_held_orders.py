from rooms.commands import MuteMember
from rooms.host_commands import BanMember
from rooms.ids import MemberId, RoomSlug
from rooms.model import BanReason
from server.held_orders import HELD_MAX, HeldOrders, Order

TALK = RoomSlug("talk")
HOST = MemberId(1)


def order(n: int) -> Order:
    return Order(MuteMember(by=HOST, member_id=MemberId(2)), HOST, n)


def test_an_order_is_held_once_and_let_go_once() -> None:
    held: HeldOrders[str] = HeldOrders()
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
    held: HeldOrders[str] = HeldOrders()
    assert all(held.add(TALK, order(n)) for n in range(HELD_MAX))
    assert not held.add(TALK, order(HELD_MAX))


def test_what_overtook_others_is_due_in_its_turn_or_when_its_author_is_gone() -> None:
    held: HeldOrders[str] = HeldOrders()
    assert held.add(TALK, order(1))
    assert held.add(TALK, order(2), is_ahead=True)
    assert held.add(TALK, order(3), is_ahead=True)
    assert held.due(TALK) == (order(1),)
    assert not held.add(TALK, order(2))  # sent again, in its turn
    assert not held.add(TALK, order(1), is_ahead=True)  # what is due stays so
    assert held.due(TALK) == (order(1), order(2))
    assert not held.release(TALK, MemberId(9))
    assert held.release(TALK, HOST)
    assert held.due(TALK) == held.of(TALK)
    assert {one.n for one in held.of(TALK)} == {0}  # whoever comes back counts anew


def test_what_became_of_an_order_is_known_until_its_author_counts_anew() -> None:
    held: HeldOrders[str] = HeldOrders()
    for n in range(HELD_MAX + 2):
        held.settle(TALK, order(n), f"done {n}")
    assert held.outcome(TALK, order(1)) is None
    assert held.outcome(TALK, order(2)) == "done 2"
    held.release(TALK, HOST)
    assert held.outcome(TALK, order(2)) is None


def test_a_ban_is_the_same_at_each_try_though_its_id_is_drawn_anew() -> None:
    held: HeldOrders[str] = HeldOrders()
    bans = [
        BanMember(by=HOST, member_id=MemberId(2), ban_id=drawn, reason=BanReason.FLOOD, hours=24)
        for drawn in ("one", "two")
    ]
    assert held.add(TALK, Order(bans[0], HOST, 1))
    assert not held.add(TALK, Order(bans[1], HOST, 1))
    assert held.has(TALK, Order(bans[1], HOST, 1))
    held.settle(TALK, Order(bans[0], HOST, 1), "done")
    assert held.outcome(TALK, Order(bans[1], HOST, 1)) == "done"
