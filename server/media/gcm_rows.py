"""Listeners whose copies of a packet are made together: their keys, their numbering, where they are.

The numbers of all rows are lanes of one large number, as wide as a nonce: so one addition makes every row's
index and one exclusive-or every row's nonce. Row by row the same costs a third of the encryption again.
"""

from collections import deque
from itertools import repeat
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pylibsrtp import Session

from rooms.ids import MemberId
from rooms.voice.downlink import Downlink
from server.media.addresses import Address
from server.media.copies import Copies
from server.media.kernel_lists import NAME_BYTES, ROWS, write_name
from server.media.line import COUNTER_END, Line
from server.media.listener import CopySender, Listener, Sent, Span
from server.media.packet_out import PacketOut
from server.media.srtp_gcm import NONCE_BYTES, SSRC_SHIFT, SessionKeys

_LANE_BITS: Final = 8 * NONCE_BYTES
_ones: Final = [0]


class GcmRows:
    """Up to ROWS listeners with keys for AEAD_AES_128_GCM."""

    __slots__ = ("_aeads", "_lines", "_listeners", "_names", "_row_of", "_salts", "_turn", "addresses")

    def __init__(self, turn: int = 0) -> None:
        """`turn` tells these rows from others of the room: see `CopySender.send_copies`."""
        self._turn: Final = turn
        self.addresses: Final[list[Address]] = []
        self._listeners: Final[list[Listener]] = []
        self._aeads: Final[list[AESGCM]] = []
        self._row_of: Final[dict[MemberId, int]] = {}
        self._names: Final = bytearray()
        self._salts = 0
        self._lines: tuple[Line, ...] = ()

    def __len__(self) -> int:
        return len(self._listeners)

    @property
    def is_full(self) -> bool:
        """Whether there is no place for another one."""
        return len(self._listeners) >= ROWS

    def add(self, listener: Listener) -> None:
        """Send a listener what the room forwards from now on. What was overtaken before goes to nobody here.

        Raises:
            ValueError: his voice is here already, his cipher is another one, or there is no place.
        """
        keys, downlink = listener.keys, listener.downlink
        if isinstance(keys, Session) or self.is_full or listener.voice_id in self._row_of:
            raise ValueError("no place for this listener here")
        name = write_name(listener.address)
        if not self._lines:
            self._lines = tuple(Line() for _ in downlink.ssrcs)
        for slot, line in enumerate(self._lines):
            line.lanes = (line.lanes << _LANE_BITS) + _lane(downlink, slot)
            line.floor = max(line.floor, downlink.newest(slot))
        listener.since = tuple(downlink.newest(slot) for slot in range(len(self._lines)))
        self._salts = (self._salts << _LANE_BITS) + keys.salt
        self._row_of[listener.voice_id] = len(self._listeners)
        self._listeners.append(listener)
        self._aeads.append(keys.aead)
        self._names.extend(name)
        self.addresses.append(listener.address)

    def remove(self, listener: Listener) -> None:
        """Send a listener nothing more; the last row takes the place of his."""
        row = self._row_of.pop(listener.voice_id)
        last = self._listeners.pop()
        self._move_row_out(row, last, listener)
        aead, address = self._aeads.pop(), self.addresses.pop()
        name = self._names[-NAME_BYTES:]
        del self._names[-NAME_BYTES:]
        if last is not listener:
            self._row_of[last.voice_id] = row
            self._listeners[row], self._aeads[row] = last, aead
            self._write_address(row, address, name)

    def move(self, listener: Listener, address: Address) -> None:
        """Send a listener what follows to another address of the same family."""
        self._write_address(self._row_of[listener.voice_id], address, write_name(address))
        listener.address = address

    def send(self, packet: PacketOut, sender: CopySender) -> Sent:
        """Send a packet to all but those who are not to have it."""
        if not self._listeners:
            return Sent()
        left_out = self._find(packet)
        line = self._lines[packet.slot]
        if not (self._is_after_all(packet, line) and line.admits(packet, left_out)):
            return self._refuse(packet)
        rows = len(self._listeners)
        left_rows = sorted([self._row_of[voice_id] for voice_id in left_out])
        for row in left_rows:
            listener = self._listeners[row]
            if listener.voice_id not in packet.absent:
                listener.downlink.skip(packet.forward)
                line.lanes -= packet.advance << _LANE_BITS * (rows - 1 - row)
        spans = _spans_between(left_rows, rows)
        if not spans:
            return Sent()
        self._encrypt(packet, line.lanes + packet.counter * _ones_of(rows), spans, sender.copies)
        refused = sender.send_copies(spans, self._listeners, packet.forward, self._turn)
        return Sent(rows - len(left_rows) - refused, refused)

    def lose(self, packet: PacketOut) -> int:
        """Send a packet to nobody; return how many would have got it."""
        for listener in self._listeners:
            if listener.voice_id not in packet.absent:
                listener.downlink.lose(packet.forward)
        return len(self._listeners) - len(self._find(packet))

    def _find(self, packet: PacketOut) -> tuple[MemberId, ...]:
        """Who of these gets no copy."""
        row_of = self._row_of
        found = [voice_id for voice_id in packet.skipped if voice_id in row_of]
        if packet.absent:
            found += [voice_id for voice_id in packet.absent - packet.skipped if voice_id in row_of]
        return tuple(sorted(found))

    def _is_after_all(self, packet: PacketOut, line: Line) -> bool:
        """Whether the packet was decided after all who get it came: only then is their number for it new."""
        if packet.counter > line.floor:
            return True
        slot, counter, absent = packet.slot, packet.counter, packet.absent
        return all(one.since[slot] < counter or one.voice_id in absent for one in self._listeners)

    def _encrypt(self, packet: PacketOut, lanes: int, spans: list[Span], copies: Copies) -> None:
        rows = len(self._listeners)
        shape = copies.take_shape(len(packet.head), len(packet.payload), rows)
        size = NONCE_BYTES * rows
        nonces = (lanes ^ self._salts).to_bytes(size, "big")
        copies.write_heads(packet.head, lanes.to_bytes(size, "big"), nonces, rows)
        copies.write_names(self._names, self.addresses)
        payload = repeat(packet.payload)
        places = (self._aeads, copies.nonces, payload, shape.heads, shape.bodies)
        for start, end in spans:
            aeads, nonce_views, _, heads, bodies = places
            if end - start < rows:
                aeads, heads, bodies = aeads[start:end], heads[start:end], bodies[start:end]
                nonce_views = nonce_views[start:end]
            deque(map(AESGCM.encrypt_into, aeads, nonce_views, payload, heads, bodies), 0)

    def _refuse(self, packet: PacketOut) -> Sent:
        lost = self.lose(packet)
        return Sent(not_keyed=lost) if packet.counter >= COUNTER_END else Sent(too_late=lost)

    def _move_row_out(self, row: int, last: Listener, listener: Listener) -> None:
        """Take one lane out of all numbers. `last` has left the list already."""
        shift = _LANE_BITS * (len(self._listeners) - 1 - row)
        for slot, line in enumerate(self._lines):
            lane = _lane(last.downlink, slot)
            line.lanes = (line.lanes - lane) >> _LANE_BITS
            if last is not listener:
                line.lanes += (lane - _lane(listener.downlink, slot)) << shift
        salt = _salt(last)
        self._salts = (self._salts - salt) >> _LANE_BITS
        if last is not listener:
            self._salts += (salt - _salt(listener)) << shift

    def _write_address(self, row: int, address: Address, name: bytes | bytearray) -> None:
        self.addresses[row] = address
        self._names[NAME_BYTES * row : NAME_BYTES * (row + 1)] = name


def _lane(downlink: Downlink, slot: int) -> int:
    return (downlink.ssrcs[slot] << SSRC_SHIFT) + downlink.bases[slot]


def _salt(listener: Listener) -> int:
    assert isinstance(listener.keys, SessionKeys)  # noqa: S101 -- `add` took no other
    return listener.keys.salt


def _ones_of(rows: int) -> int:
    """Return a number with a one in each lane."""
    while len(_ones) <= rows:
        _ones.append(_ones[-1] << _LANE_BITS | 1)
    return _ones[rows]


def _spans_between(left_rows: list[int], rows: int) -> list[Span]:
    """Return the rows around these, which are in order."""
    spans, start = [], 0
    for row in left_rows:
        if row > start:
            spans.append(Span(start, row))
        start = row + 1
    if rows > start:
        spans.append(Span(start, rows))
    return spans
