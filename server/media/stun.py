"""Strict reader and writer for the one STUN exchange of ICE-lite (RFC 8489, RFC 8445 section 7.3).

Only a well-formed, signed Binding request is ever answered, and only to its sender, with fewer
bytes than it had. Everything else is a `DropReason`: the caller counts it and stays silent, so a
stranger cannot even learn that the port is ours (RFC 8489 would allow error answers; we send one
kind only, and only to those who know the password).
"""

import hmac
import re
import socket
import struct
import zlib
from typing import Final

import msgspec

from rooms.voice.drops import DropReason

HEADER_BYTES: Final = 20
MAX_CHECK_BYTES: Final = 1_200  # a browser's check has about 100; nobody needs more than a safe path's MTU

_COOKIE: Final = 0x2112A442  # RFC 8489 section 5
_COOKIE_BYTES: Final = _COOKIE.to_bytes(4, "big")
_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
_FINGERPRINT_XOR: Final = 0x5354554E  # RFC 8489 section 14.7
_INTEGRITY_BYTES: Final = 20  # HMAC-SHA1
_OPTIONAL_FROM: Final = 0x8000  # attributes from here on may be ignored (RFC 8489 section 14)

_USERNAME: Final = 0x0006
_MESSAGE_INTEGRITY: Final = 0x0008
_ERROR_CODE: Final = 0x0009
_XOR_MAPPED_ADDRESS: Final = 0x0020
_PRIORITY: Final = 0x0024
_USE_CANDIDATE: Final = 0x0025
_FINGERPRINT: Final = 0x8028
_ICE_CONTROLLED: Final = 0x8029
_ICE_CONTROLLING: Final = 0x802A

# Attributes that a check may carry and we read, with their only legal size.
_SIZES_BYTES: Final = {
    _MESSAGE_INTEGRITY: _INTEGRITY_BYTES,
    _PRIORITY: 4,
    _USE_CANDIDATE: 0,
    _ICE_CONTROLLED: 8,
    _ICE_CONTROLLING: 8,
}

# Two halves of ICE characters, 4 to 256 each (RFC 8445 section 5.3): ours first, as seen by the sender.
_USERNAME_PATTERN: Final = re.compile(rb"([A-Za-z0-9+/]{4,256}):[A-Za-z0-9+/]{4,256}")

_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_MAPPED: Final = struct.Struct("!BBH")
_ID_AT: Final = 8  # type, length and cookie come before the transaction id (RFC 8489 section 5)
_INTEGRITY_HEAD: Final = _ATTRIBUTE.pack(_MESSAGE_INTEGRITY, _INTEGRITY_BYTES)
_INTEGRITY_ROOM: Final = _ATTRIBUTE.size + _INTEGRITY_BYTES
_FINGERPRINT_ROOM: Final = _ATTRIBUTE.size + 4


class BindingCheck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One connectivity check, well-formed but not yet proved to be signed.

    Attributes:
        transaction_id: 12 bytes chosen by the sender.
        ufrag: our half of the user name.
        nominated: the sender wants this path to be used.
        controlled: the sender wrongly believes that the server leads (see `write_role_conflict`).
        signed: the bytes under the signature, with the length field as the rule wants it.
        integrity: the signature.
    """

    transaction_id: bytes
    ufrag: str
    nominated: bool
    controlled: bool
    signed: bytes
    integrity: bytes


def read_check(datagram: bytes) -> BindingCheck | DropReason:
    """Read a Binding request as ICE sends it; never raises.

    Wanted: USERNAME, PRIORITY, exactly one of the two roles, MESSAGE-INTEGRITY, and FINGERPRINT as the last
    attribute (RFC 8445 section 7.1). Refused: any other method or class, a wrong size anywhere, an attribute
    that comes twice, and an attribute unknown to us that must be understood (RFC 8489 section 6.3.1
    asks for error 420 there; a check that needs more than we know is not from a browser, so we say
    nothing). What stands between the signature and the fingerprint is not signed and is not read.
    """
    size = len(datagram)
    if not HEADER_BYTES <= size <= MAX_CHECK_BYTES:
        return DropReason.BAD_STUN
    kind, body_bytes, cookie, transaction_id = _HEADER.unpack_from(datagram)
    if cookie != _COOKIE or body_bytes != size - HEADER_BYTES or body_bytes % 4:
        return DropReason.BAD_STUN
    if kind != _BINDING_REQUEST:
        return DropReason.NOT_A_CHECK
    found, integrity_at = _read_attributes(datagram)
    if not integrity_at or not _has_good_fingerprint(datagram):
        return DropReason.BAD_STUN
    username = _USERNAME_PATTERN.fullmatch(found.get(_USERNAME, b""))
    roles = (_ICE_CONTROLLED in found) + (_ICE_CONTROLLING in found)
    if username is None or _PRIORITY not in found or roles != 1:
        return DropReason.BAD_STUN
    return BindingCheck(
        transaction_id=transaction_id,
        ufrag=username[1].decode("ascii"),
        nominated=_USE_CANDIDATE in found,
        controlled=_ICE_CONTROLLED in found,
        signed=_with_length(datagram[:integrity_at], integrity_at + _INTEGRITY_ROOM - HEADER_BYTES),
        integrity=found[_MESSAGE_INTEGRITY],
    )


def has_integrity(check: BindingCheck, pwd: bytes) -> bool:
    """Whether the check was signed with this password (RFC 8489 section 9.1.3)."""
    return hmac.compare_digest(hmac.digest(pwd, check.signed, "sha1"), check.integrity)


def write_success(check: BindingCheck, ip: str, port: int, pwd: bytes) -> bytes:
    """The answer that tells the sender the address we saw (RFC 8489 section 14.2), signed."""
    value = _MappedAddress(ip, port).hidden_by(check.transaction_id)
    return _signed_answer(_BINDING_SUCCESS, check.transaction_id, _XOR_MAPPED_ADDRESS, value, pwd)


def write_role_conflict(check: BindingCheck, pwd: bytes) -> bytes:
    """Error 487: the sender must lead and shall ask again as the leader (RFC 8445 sections 6.1.1, 7.2.5.1).

    A lite agent always follows and never changes its role, so two agents cannot keep trading places.
    """
    value = struct.pack("!HBB", 0, 4, 87)
    return _signed_answer(_BINDING_ERROR, check.transaction_id, _ERROR_CODE, value, pwd)


class UsualCheck:
    """The check that a browser sends again and again on its path, each time under another transaction id.

    Consent is asked for every few seconds by each listener (RFC 7675 section 5.1). What is the same as in a
    check that was read in full needs no reading: only id, signature and fingerprint differ.
    """

    __slots__ = ("_address", "_attributes", "_head", "_pwd", "_signed_head", "_size")

    def __init__(self, check: BindingCheck, ip: str, port: int, pwd: bytes) -> None:
        """Know a check that was read and has integrity, from this address."""
        body_bytes = len(check.signed) + _INTEGRITY_ROOM + _FINGERPRINT_ROOM - HEADER_BYTES
        self._signed_head: Final = check.signed[:_ID_AT]
        self._head: Final = _with_length(self._signed_head, body_bytes)
        self._attributes: Final = check.signed[HEADER_BYTES:] + _INTEGRITY_HEAD
        self._size: Final = HEADER_BYTES + body_bytes
        self._address: Final = _MappedAddress(ip, port)
        self._pwd: Final = pwd

    def id_of(self, datagram: bytes) -> bytes | None:
        """Return the transaction id, where this is the usual check with integrity; else it must be read."""
        if (
            len(datagram) != self._size
            or not datagram.startswith(self._head)
            or not datagram.startswith(self._attributes, HEADER_BYTES)
            or not _has_good_fingerprint(datagram)
        ):
            return None
        integrity_at = self._size - _FINGERPRINT_ROOM - _INTEGRITY_BYTES
        signed = self._signed_head + datagram[_ID_AT : integrity_at - len(_INTEGRITY_HEAD)]
        integrity = datagram[integrity_at : integrity_at + _INTEGRITY_BYTES]
        if not hmac.compare_digest(hmac.digest(self._pwd, signed, "sha1"), integrity):
            return None
        return datagram[_ID_AT:HEADER_BYTES]

    def answer(self, transaction_id: bytes) -> bytes:
        """Return what `write_success` would."""
        value = self._address.hidden_by(transaction_id)
        return _signed_answer(_BINDING_SUCCESS, transaction_id, _XOR_MAPPED_ADDRESS, value, self._pwd)


class _MappedAddress:
    """An address as the answer tells it: hidden by the cookie and, of IPv6, the transaction id."""

    __slots__ = ("_ip", "_plain")

    def __init__(self, ip: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        packed = socket.inet_pton(family, ip.partition("%")[0])
        self._plain: Final = _MAPPED.pack(0, 2 if ":" in ip else 1, port ^ (_COOKIE >> 16))
        self._ip: Final = packed

    def hidden_by(self, transaction_id: bytes) -> bytes:
        mask = (_COOKIE_BYTES + transaction_id)[: len(self._ip)]
        hidden = int.from_bytes(self._ip, "big") ^ int.from_bytes(mask, "big")
        return self._plain + hidden.to_bytes(len(self._ip), "big")


def _read_attributes(datagram: bytes) -> tuple[dict[int, bytes], int]:
    """Attributes up to and including the signature, and where that starts; 0 when the message is bad.

    The walk goes on to the end, so that sizes are checked everywhere, but keeps nothing behind the signature.
    """
    found: dict[int, bytes] = {}
    at, integrity_at = HEADER_BYTES, 0
    while at < len(datagram):
        kind, value_bytes = _ATTRIBUTE.unpack_from(datagram, at)  # body is whole words: 4 bytes are there
        end = at + 4 + value_bytes
        if end > len(datagram):
            return {}, 0
        if not integrity_at:
            if not _is_sound(kind, value_bytes, found):
                return {}, 0
            if kind == _USERNAME or kind in _SIZES_BYTES:
                found[kind] = datagram[at + 4 : end]
            if kind == _MESSAGE_INTEGRITY:
                integrity_at = at
        at = end + (-value_bytes % 4)
    return found, integrity_at


def _is_sound(kind: int, value_bytes: int, found: dict[int, bytes]) -> bool:
    """Whether an attribute may stand in front of the signature, with this size, once."""
    if kind in found or value_bytes != _SIZES_BYTES.get(kind, value_bytes):
        return False
    return kind >= _OPTIONAL_FROM or kind == _USERNAME or kind in _SIZES_BYTES


def _has_good_fingerprint(datagram: bytes) -> bool:
    """Whether the last attribute is FINGERPRINT and right (RFC 8489 section 14.7)."""
    covered = datagram[:-8]
    if len(covered) < HEADER_BYTES or _ATTRIBUTE.unpack_from(datagram, len(covered)) != (_FINGERPRINT, 4):
        return False
    return int.from_bytes(datagram[-4:], "big") == zlib.crc32(covered) ^ _FINGERPRINT_XOR


def _with_length(message: bytes, body_bytes: int) -> bytes:
    """The message with another length field."""
    return message[:2] + body_bytes.to_bytes(2, "big") + message[4:]


def _signed_answer(kind: int, transaction_id: bytes, attribute: int, value: bytes, pwd: bytes) -> bytes:
    """A message of one attribute (whole words), its signature and its fingerprint."""
    body_bytes = 4 + len(value) + 4 + _INTEGRITY_BYTES
    message = _HEADER.pack(kind, body_bytes, _COOKIE, transaction_id)
    message += _ATTRIBUTE.pack(attribute, len(value)) + value
    message += _INTEGRITY_HEAD + hmac.digest(pwd, message, "sha1")
    message = _with_length(message, body_bytes + 8)
    fingerprint = zlib.crc32(message) ^ _FINGERPRINT_XOR
    return message + _ATTRIBUTE.pack(_FINGERPRINT, 4) + fingerprint.to_bytes(4, "big")
