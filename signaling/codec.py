"""Text of the wire, both ways: Engine.IO 4 and Socket.IO 5 packets in WebSocket frames.

Only what our browsers need is taken: text packets of the namespace `/`, no attachments. JSON is
read and written by msgspec, strictly: numbers that are not finite never pass in either direction.
Sources: the public Engine.IO protocol 4 and Socket.IO protocol 5 documents, RFC 6455 section 5.2.
"""

import struct
from typing import Final, NamedTuple

import msgspec

from signaling.events import EVENTS
from signaling.faults import Fault, FaultCode
from signaling.from_browser import FromBrowser
from signaling.strict import has_lax_parts, says_only_known
from signaling.to_browser import EVENTS as SPOKEN
from signaling.to_browser import Answer, ToBrowser, TurnedAway

ACK_ID_MAX_DIGITS: Final = 15
PROTOCOL: Final = 1
"""Version of the messages; sent by the browser in CONNECT's auth."""

_FINAL_TEXT: Final = 0x81
_FINAL_PONG: Final = 0x8A
_SIZE_IN_16_BITS: Final = 126
_SIZE_IN_64_BITS: Final = 127

_event = msgspec.json.Decoder(tuple[str, msgspec.Raw])
_auth = msgspec.json.Decoder(dict[str, msgspec.Raw])
_number = msgspec.json.Decoder(int)
_TRUE: Final = msgspec.Raw(b"true")
_payloads: Final = {name: msgspec.json.Decoder(kind) for name, kind in EVENTS.items()}
_lax: Final = frozenset(name for name, kind in EVENTS.items() if has_lax_parts(kind))
_names: Final = {kind: name for name, kind in SPOKEN.items()}
_encoder = msgspec.json.Encoder()


class Connect(NamedTuple):
    """CONNECT of the namespace `/`; `protocol` is 0 where the auth does not say.

    `goes_elsewhere`: the browser knows the answer `elsewhere` and has not been sent on yet.
    """

    protocol: int
    goes_elsewhere: bool = False


class Disconnect(NamedTuple):
    """The browser says goodbye."""


class Event(NamedTuple):
    """One event with its payload; `payload` is None where it broke its schema."""

    name: str
    ack_id: int
    payload: FromBrowser | None


Packet = Connect | Disconnect | Event


def read_packet(text: str) -> Packet:
    """Read one Socket.IO packet.

    Raises:
        Fault: if it is none that we take. Events must ask for an ack; names come from a closed
            table, which no name that a library reserves for itself is in.
    """
    kind, rest = text[:1], text[1:]
    if kind == "2":
        return _read_event(rest)
    if kind == "0":
        return _read_auth(rest)
    if kind == "1" and not rest:
        return Disconnect()
    if kind == "3":
        raise Fault(FaultCode.UNWANTED_ACK)
    raise Fault(FaultCode.BAD_PACKET)


def _read_event(rest: str) -> Event:
    start = rest.find("[")
    digits = rest[:start] if start > 0 else ""
    if not digits.isascii() or not digits.isdigit() or len(digits) > ACK_ID_MAX_DIGITS:
        raise Fault(FaultCode.BAD_PACKET)
    try:
        name, raw = _event.decode(rest[start:])
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        raise Fault(FaultCode.BAD_PACKET) from None
    decoder = _payloads.get(name)
    if decoder is None:
        raise Fault(FaultCode.UNKNOWN_EVENT)
    try:
        payload = decoder.decode(raw)
        is_known = name not in _lax or says_only_known(EVENTS[name], raw)
    except (msgspec.MsgspecError, RecursionError):
        return Event(name, int(digits), None)
    return Event(name, int(digits), payload if is_known else None)


def _read_auth(rest: str) -> Connect:
    if not rest:
        return Connect(0)
    try:
        auth = _auth.decode(rest)
        return Connect(_number.decode(auth["protocol"]), auth.get("elsewhere") == _TRUE)
    except (msgspec.MsgspecError, RecursionError, KeyError, UnicodeEncodeError):
        raise Fault(FaultCode.BAD_PACKET) from None


def write_answer(ack_id: int, answer: Answer) -> bytes:
    """Return the frame that answers one event."""
    return write_frame(b"43%d[%b]" % (ack_id, _encoder.encode(answer)))


def write_event(event: ToBrowser) -> bytes:
    """Return the frame of one event. The same bytes serve everybody who may see the same.

    Raises:
        KeyError: if the struct is not in the table of events.
    """
    name = _names[type(event)].encode()
    return write_frame(b'42["%b",%b]' % (name, _encoder.encode(event)))


def write_turned_away(why: TurnedAway) -> bytes:
    """Return the frame that refuses CONNECT: clients of Socket.IO show `message` as the error's text."""
    return write_frame(b'44{"message":"%b"}' % why.value.encode())


def write_pong(ping: bytes) -> bytes:
    """Return the frame that answers a WebSocket's own ping of at most 125 bytes (RFC 6455 section 5.5.3)."""
    return bytes((_FINAL_PONG, len(ping))) + ping


def write_frame(payload: bytes) -> bytes:
    """Return one unmasked, uncompressed text frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < _SIZE_IN_16_BITS:
        return bytes((_FINAL_TEXT, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _FINAL_TEXT, _SIZE_IN_16_BITS, size) + payload
    return struct.pack("!BBQ", _FINAL_TEXT, _SIZE_IN_64_BITS, size) + payload
