"""Orders that hold on this node though the log has not taken them yet."""

from typing import Final, NamedTuple

from rooms.commands import Command
from rooms.ids import MemberId, RoomSlug

HELD_MAX: Final = 200  # of one room: a host presses a few times; more is no order


class Order(NamedTuple):
    """A command, whose it is, and its number among that member's commands."""

    command: Command
    by: MemberId
    n: int


class HeldOrders:
    """The orders of each room, oldest first."""

    def __init__(self) -> None:
        """Start with none."""
        self._orders: dict[RoomSlug, list[Order]] = {}

    def add(self, slug: RoomSlug, order: Order) -> bool:
        """Hold an order; returns False where it is held already, or there are too many."""
        orders = self._orders.setdefault(slug, [])
        if order in orders or len(orders) >= HELD_MAX:
            return False
        orders.append(order)
        return True

    def drop(self, slug: RoomSlug, order: Order) -> bool:
        """Let go of an order; returns whether it was held."""
        orders = self._orders.get(slug, [])
        if order not in orders:
            return False
        orders.remove(order)
        if not orders:
            del self._orders[slug]
        return True

    def of(self, slug: RoomSlug) -> tuple[Order, ...]:
        """Return what is held in a room."""
        return tuple(self._orders.get(slug, ()))

    def rooms(self) -> tuple[RoomSlug, ...]:
        """Return where anything is held."""
        return tuple(self._orders)
