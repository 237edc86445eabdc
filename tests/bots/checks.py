"""The client's side of ICE's one STUN exchange (RFC 8489, RFC 8445 section 7.2)."""

import hmac
import secrets
import struct
import zlib
from typing import Final

TRANSACTION_BYTES: Final = 12

_HEADER: Final = struct.Struct("!HHI12s")
_COOKIE: Final = 0x2112A442
_REQUEST: Final = 0x0001
_SUCCESS: Final = 0x0101
_USERNAME: Final = 0x0006
_INTEGRITY: Final = 0x0008
_PRIORITY: Final = 0x0024
_USE_CANDIDATE: Final = 0x0025
_FINGERPRINT: Final = 0x8028
_CONTROLLING: Final = 0x802A
_FINGERPRINT_XOR: Final = 0x5354554E
_HOST_PRIORITY: Final = 2_130_706_431  # of a host candidate, RFC 8445 section 5.1.2.1
_SIGNATURE_BYTES: Final = 24  # an attribute's head and HMAC-SHA1
_PRINT_BYTES: Final = 8


def draw_transaction() -> bytes:
    """A transaction's name, new for each check (RFC 8489 section 5)."""
    return secrets.token_bytes(TRANSACTION_BYTES)


def write_check(transaction: bytes, username: str, pwd: bytes, tie_breaker: bytes) -> bytes:
    """A connectivity check of the leading side that also nominates the path."""
    body = (
        _attribute(_USERNAME, username.encode("ascii"))
        + _attribute(_PRIORITY, _HOST_PRIORITY.to_bytes(4, "big"))
        + _attribute(_CONTROLLING, tie_breaker)
        + _attribute(_USE_CANDIDATE, b"")
    )
    message = _HEADER.pack(_REQUEST, len(body) + _SIGNATURE_BYTES, _COOKIE, transaction) + body
    message += _attribute(_INTEGRITY, hmac.digest(pwd, message, "sha1"))
    message = message[:2] + (len(body) + _SIGNATURE_BYTES + _PRINT_BYTES).to_bytes(2, "big") + message[4:]
    return message + _attribute(_FINGERPRINT, (zlib.crc32(message) ^ _FINGERPRINT_XOR).to_bytes(4, "big"))


def read_success(datagram: bytes, pwd: bytes) -> bytes | None:
    """Return the transaction of a well-signed success, or None for anything else.

    The signature must be the last attribute but one, as this server and every browser write it.
    """
    if len(datagram) < _HEADER.size + _SIGNATURE_BYTES + _PRINT_BYTES:
        return None
    kind, _, cookie, transaction = _HEADER.unpack_from(datagram)
    if kind != _SUCCESS or cookie != _COOKIE:
        return None
    before = datagram[: -_SIGNATURE_BYTES - _PRINT_BYTES]
    length = len(before) + _SIGNATURE_BYTES - _HEADER.size
    signed = before[:2] + length.to_bytes(2, "big") + before[4:]
    signature = datagram[-_PRINT_BYTES - 20 : -_PRINT_BYTES]
    if not hmac.compare_digest(hmac.digest(pwd, signed, "sha1"), signature):
        return None
    return bytes(transaction)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
