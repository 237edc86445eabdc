"""A member's numbered commands, in the order of their numbers; what cannot wait may overtake for sound.

Whoever keeps order presses one thing after another. While the log does not answer, each order must hold at
once, also behind a command that is still on its way or that was put off. It is committed in its turn.
"""

from typing import Final

from rooms.commands import Command
from rooms.refusals import Refusal, RefusalCode
from rooms.urgent import is_urgent
from server.accounts.opaque import draw_text
from server.gateway.connection import Connection, Seat
from server.room_service import Done, RoomService
from signaling.codec import Event
from signaling.from_browser import Numbered
from signaling.intents import command_of
from signaling.session import Phase

_DRAWN_CHARS: Final = 20  # of the ids of bans and reports: 100 bits, and a word that operators can type
_LATER: Final = frozenset({RefusalCode.BUSY, RefusalCode.TOO_FAST})


class OrderDesk:
    """Holds no connection: they are given to it."""

    def __init__(self, rooms: RoomService) -> None:
        """Take where commands are carried out."""
        self._rooms = rooms

    def arrived(self, connection: Connection, event: Event) -> None:
        """Look at an event although others are in front of it: if it is an order, it holds meanwhile."""
        seat, message = connection.seat, event.payload
        if seat is not None and connection.phase is Phase.SEATED and isinstance(message, Numbered):
            self._rooms.expect(seat.room, _command(message, seat), seat.member_id, message.n)

    def refused(self, connection: Connection, message: Numbered, refusal: Refusal) -> None:
        """A command goes no further than the gateway: it does not hold either."""
        seat = connection.seat
        if seat is not None:
            self._rooms.refuse(seat.room, _command(message, seat), seat.member_id, message.n)
            self._note(connection, message.n, is_put_off=refusal.code in _LATER)

    async def carry_out(self, connection: Connection, seat: Seat, message: Numbered) -> Done | Refusal:
        """Carry a command out, or let it hold where one before it was put off."""
        slug, by, n = seat.room, seat.member_id, message.n
        command = _command(message, seat)
        is_ahead = is_urgent(command) and self._is_ahead(connection, seat, n)
        done = await self._rooms.carry_out(slug, command, by, n, is_ahead=is_ahead)
        is_put_off = isinstance(done, Refusal) and done.code in _LATER
        if is_put_off and connection.phase is Phase.CLOSED:
            self._rooms.release(slug, by)
        # an order that holds is committed first, whatever follows it
        self._note(connection, n, is_put_off=is_put_off and not self._rooms.holds(slug, command, by, n))
        return done

    def _is_ahead(self, connection: Connection, seat: Seat, n: int) -> bool:
        """Whether a command with a lower number was put off, and its author will send it again."""
        put_off_n = connection.put_off_n
        last = self._rooms.record(seat.room).ledger.answered.get(seat.member_id)
        return 0 < put_off_n < n and (last is None or last.n < put_off_n)

    @staticmethod
    def _note(connection: Connection, n: int, *, is_put_off: bool) -> None:
        if is_put_off:
            connection.put_off_n = min(n, connection.put_off_n or n)
        elif n == connection.put_off_n:
            connection.put_off_n = 0


def _command(message: Numbered, seat: Seat) -> Command:
    return command_of(message, seat.member_id, draw_text(_DRAWN_CHARS))
