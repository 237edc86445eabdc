"""Orders that hold on this node though the log has not taken them yet."""

from typing import Final, Generic, NamedTuple, TypeVar

import msgspec

from rooms.commands import Command
from rooms.host_commands import BanMember, RemoveBurst
from rooms.ids import MemberId, RoomSlug

HELD_MAX: Final = 200  # of one room: a host presses a few times; more is no order

_Outcome = TypeVar("_Outcome")


class Order(NamedTuple):
    """A command, whose it is, and its number among that member's commands."""

    command: Command
    by: MemberId
    n: int


class HeldOrders(Generic[_Outcome]):
    """The orders of each room, oldest first, and what became of the last ones.

    An order is due as soon as the log answers; one that runs ahead of other commands of its author only
    when those are settled, for they may say the opposite, or when nobody is left to send them.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._orders: dict[RoomSlug, dict[Order, tuple[Order, bool]]] = {}
        self._settled: dict[RoomSlug, dict[Order, _Outcome]] = {}

    def add(self, slug: RoomSlug, order: Order, *, is_ahead: bool = False) -> bool:
        """Hold an order; returns False where it is held already, or there are too many.

        One that ran ahead is due from now on where it no longer does.
        """
        orders = self._orders.setdefault(slug, {})
        key = key_of(order)
        if key in orders:
            first, was_ahead = orders[key]
            orders[key] = (first, was_ahead and is_ahead)
            return False
        if len(orders) >= HELD_MAX:
            return False
        orders[key] = (order, is_ahead)
        return True

    def drop(self, slug: RoomSlug, order: Order) -> bool:
        """Let go of an order; returns whether it was held."""
        orders = self._orders.get(slug, {})
        if orders.pop(key_of(order), None) is None:
            return False
        if not orders:
            del self._orders[slug]
        return True

    def release(self, slug: RoomSlug, by: MemberId) -> bool:
        """Let all orders of a member be due, for nobody sends what they ran ahead of; whether there are any.

        Whoever comes back may give their numbers to something else, so they have none from now on.
        """
        settled = self._settled.get(slug, {})
        for key in [key for key in settled if key.by == by]:
            del settled[key]
        orders = self._orders.get(slug, {})
        if not any(key.by == by for key in orders):
            return False
        released: dict[Order, tuple[Order, bool]] = {}
        for key, (order, is_ahead) in orders.items():
            if key.by == by:
                released[key._replace(n=0)] = (order._replace(n=0), False)
            else:
                released[key] = (order, is_ahead)
        self._orders[slug] = released
        return True

    def settle(self, slug: RoomSlug, order: Order, outcome: _Outcome) -> None:
        """Remember what became of an order, for its author, who will ask again."""
        settled = self._settled.setdefault(slug, {})
        settled[key_of(order)] = outcome
        if len(settled) > HELD_MAX:
            del settled[next(iter(settled))]

    def outcome(self, slug: RoomSlug, order: Order) -> _Outcome | None:
        """Return what became of an order that was held; None: it was not, or that is long ago."""
        return self._settled.get(slug, {}).get(key_of(order))

    def has(self, slug: RoomSlug, order: Order) -> bool:
        """Whether the order is held."""
        return key_of(order) in self._orders.get(slug, {})

    def of(self, slug: RoomSlug) -> tuple[Order, ...]:
        """Return what is held in a room."""
        return tuple(order for order, _ in self._orders.get(slug, {}).values())

    def due(self, slug: RoomSlug) -> tuple[Order, ...]:
        """Return what of it is to be committed as soon as the log answers."""
        return tuple(order for order, is_ahead in self._orders.get(slug, {}).values() if not is_ahead)

    def rooms(self) -> tuple[RoomSlug, ...]:
        """Return where anything is held."""
        return tuple(self._orders)


def key_of(order: Order) -> Order:
    """Return the same for each try of an order: the id of a ban is drawn anew each time."""
    if isinstance(order.command, BanMember | RemoveBurst):
        return order._replace(command=msgspec.structs.replace(order.command, ban_id=""))
    return order
