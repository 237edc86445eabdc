"""Signed, sealed permissions: to come back to a seat, to join as a host, to be known as no stranger.

Sealed with Fernet (AES-128-CBC and HMAC-SHA256, the `cryptography` package) under a key that lives
in the data directory, so that a ticket outlives a restart and nobody needs a table of seats or of visitors.
"""

import hmac
import secrets
from pathlib import Path
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from msgspec.structs import replace

from rooms.ids import MemberId, RoomSlug
from rooms.model import Pass
from rooms.roles import Role
from server.group_ports import RosterEntry
from server.key_file import open_with_key

SEAT_HOURS: Final = 12  # longer than a night; renewed at every return
CARD_DAYS: Final = 90  # a season away makes a stranger again; renewed at every good visit
KEY_FILE: Final = "ticket.key"
HOST_TICKET_MS: Final = 60_000  # from the press that asks for it to the join
_NONCE_BYTES: Final = 16
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


class SeatTicket(msgspec.Struct, frozen=True, kw_only=True, tag="seat"):
    """Whoever holds it may return to this seat, under this name, with this role and what came with it.

    `is_guest`: there never was a seat; whoever holds it may wait at the door again.
    """

    room: RoomSlug
    member_id: MemberId
    name: str
    role: Role
    until_ms: int = 0
    pass_: Pass = msgspec.field(name="pass", default=Pass())
    is_guest: bool = False


class Invite(msgspec.Struct, frozen=True, kw_only=True, tag="invite"):
    """Whoever holds it may join this room with this role."""

    room: RoomSlug
    role: Role
    until_ms: int


class HostTicket(msgspec.Struct, frozen=True, kw_only=True, tag="host"):
    """Whoever holds it may join this room once, with what the roster says of the account.

    `place` is the account's in the succession, 0 for none. `nonce` tells one ticket from the next; the store
    has those that were spent, for all nodes.
    """

    room: RoomSlug
    account_id: str
    role: Role
    alias: str
    place: int
    until_ms: int
    nonce: str


class Card(msgspec.Struct, frozen=True, kw_only=True, tag="card"):
    """The browser that holds it has been in this group before, in good standing.

    `device` is what the group knows the browser by: in another browser the card counts for nothing.
    """

    group: str
    device: str
    since_ms: int
    until_ms: int


class OperatorPass(msgspec.Struct, frozen=True, kw_only=True, tag="operator"):
    """Whoever holds it may look at the nodes and empty one."""

    until_ms: int


_Ticket = SeatTicket | Invite | HostTicket | Card | OperatorPass
_decoder = msgspec.json.Decoder(_Ticket)


class TicketOffice:
    """Writes and reads tickets under one key."""

    def __init__(self, key: bytes) -> None:
        """Take a Fernet key: 32 bytes, URL-safe base64.

        Raises:
            ValueError: if it is not one.
        """
        self._fernet = Fernet(key)

    @classmethod
    def open(cls, data_dir: Path) -> "TicketOffice":
        """Use the key in the data directory; make one, readable by the owner only, where none is.

        Raises:
            OSError: if the directory cannot be read or written.
            ValueError: if the file holds no key.
        """
        return open_with_key(data_dir, KEY_FILE, Fernet.generate_key, cls)

    def write(self, ticket: _Ticket) -> str:
        """Return the ticket's text: URL-safe, about 300 characters."""
        return self._fernet.encrypt(msgspec.json.encode(ticket)).decode()

    def read_seat(self, text: str, now_ms: int) -> SeatTicket | None:
        """Return the seat's ticket, or None if it is forged, of another kind, or too old."""
        ticket = self._read(text, now_ms)
        return ticket if isinstance(ticket, SeatTicket) else None

    def read_invite(self, text: str, now_ms: int) -> Invite | None:
        """Return the invite, or None if it is forged, of another kind, or too old."""
        ticket = self._read(text, now_ms)
        return ticket if isinstance(ticket, Invite) else None

    def read_card(self, text: str, group: str, device: str, now_ms: int) -> Card | None:
        """Return the card, or None if it is forged, of another kind, group or browser, or too old."""
        card = self._read(text, now_ms)
        if not isinstance(card, Card) or not device or card.group != group:
            return None
        return card if hmac.compare_digest(card.device.encode(), device.encode()) else None

    def issue_seat(self, ticket: SeatTicket, now_ms: int) -> str:
        """Return a ticket for a seat; it ends `SEAT_HOURS` from now."""
        return self.write(replace(ticket, until_ms=now_ms + SEAT_HOURS * _HOUR_MS))

    def issue_invite(self, room: RoomSlug, hours: float, now_ms: int) -> str:
        """Return a host's invite for a room."""
        until_ms = now_ms + round(hours * _HOUR_MS)
        return self.write(Invite(room=room, role=Role.HOST, until_ms=until_ms))

    def issue_host(self, room: RoomSlug, entry: RosterEntry, now_ms: int) -> str:
        """Return a ticket for one join, for somebody on the roster of the room's group."""
        ticket = HostTicket(
            room=room,
            account_id=entry.account_id,
            role=entry.role,
            alias=entry.alias,
            place=entry.place,
            until_ms=now_ms + HOST_TICKET_MS,
            nonce=secrets.token_urlsafe(_NONCE_BYTES),
        )
        return self.write(ticket)

    def read_host(self, text: str, now_ms: int) -> HostTicket | None:
        """Return a host's ticket, or None if it is forged, of another kind, or too old; it may be spent."""
        ticket = self._read(text, now_ms)
        return ticket if isinstance(ticket, HostTicket) else None

    def issue_operator(self, hours: float, now_ms: int) -> str:
        """Return an operator's ticket."""
        return self.write(OperatorPass(until_ms=now_ms + round(hours * _HOUR_MS)))

    def is_operator(self, text: str, now_ms: int) -> bool:
        """Whether it is an operator's ticket that is good now."""
        return isinstance(self._read(text, now_ms), OperatorPass)

    def issue_card(self, group: str, device: str, now_ms: int, old: Card | None = None) -> str:
        """Return a card for a browser; one that takes an old card's place remembers since when it counts."""
        since_ms = now_ms if old is None else old.since_ms
        until_ms = now_ms + CARD_DAYS * _DAY_MS
        return self.write(Card(group=group, device=device, since_ms=since_ms, until_ms=until_ms))

    def _read(self, text: str, now_ms: int) -> _Ticket | None:
        try:
            ticket = _decoder.decode(self._fernet.decrypt(text.encode()))
        except (InvalidToken, msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        return ticket if ticket.until_ms > now_ms else None
