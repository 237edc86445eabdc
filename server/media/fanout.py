"""Sending one packet to many listeners over one socket: the innermost part of the server.

What it costs beside the floor is measured by `python -m tests.bench fanout`.
"""

from collections.abc import Iterator
from typing import Final

from pylibsrtp import Session

from server.media.addresses import Address
from server.media.gcm_rows import GcmRows
from server.media.listener import CopySender, Listener, Rows, Sent
from server.media.packet_out import PacketOut
from server.media.session_rows import SessionRows


class Listeners:
    """All of a room whose paths are of one address family, thus behind one socket."""

    __slots__ = ("_gcm", "_others", "count")

    def __init__(self) -> None:
        self.count = 0
        self._gcm: Final[list[Rows]] = []
        self._others: Final[list[Rows]] = []

    def add(self, listener: Listener) -> None:
        """Send a listener what the room forwards from now on.

        Raises:
            ValueError: his voice is here already.
        """
        is_other = isinstance(listener.keys, Session)
        tables = self._others if is_other else self._gcm
        rows = next((rows for rows in tables if not rows.is_full), None)
        if rows is None:
            rows = SessionRows() if is_other else GcmRows(len(tables))
            tables.append(rows)
        rows.add(listener)
        listener.rows = rows
        self.count += 1

    def remove(self, listener: Listener) -> None:
        """Send a listener nothing more; harmless when he is not here."""
        rows = listener.rows
        if rows is None:
            return
        for tables in (self._gcm, self._others):
            if rows in tables:
                rows.remove(listener)
                listener.rows = None
                self.count -= 1
                if not len(rows):
                    tables.remove(rows)

    def move(self, listener: Listener, address: Address) -> None:
        """Send a listener what follows to another address of the same family."""
        if listener.rows is not None:
            listener.rows.move(listener, address)

    def send(self, packet: PacketOut, sender: CopySender) -> Iterator[Sent]:
        """Send a packet to all who are to have it, ROWS of them each time that the caller asks for more.

        The packets of one room must be worked off in order, each to its end: a listener's numbering and the
        receivers' rollover counts follow the order of sending. Who comes meanwhile must be `absent` for it.
        """
        for rows in (*self._gcm, *self._others):
            yield rows.send(packet, sender)

    def lose(self, packet: PacketOut) -> int:
        """Send a packet to nobody; return how many would have got it."""
        return sum(rows.lose(packet) for rows in (*self._gcm, *self._others))
