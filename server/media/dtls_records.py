"""What is left of a DTLS association once its keys are exported: some 200 bytes in place of 66 KiB.

A browser says only two things more over DTLS when its handshake is done: goodbye, and its last flight once
more, where ours was lost. Both are read here, by the rules of DTLS 1.2 (RFC 6347) with AES-128-GCM
(RFC 5288), the one cipher that the server agrees on. What we have to say ourselves was encrypted before: sent
a second time it is the same datagram, so no nonce is ever used for two.
"""

import enum
import hmac
from collections.abc import Iterator
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from OpenSSL import SSL

CIPHER: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256"
"""What every WebRTC browser has (RFC 8827 section 6.5)."""

RECORDS_MAX: Final = 8  # that are looked at in one datagram: a last flight has five

_HEAD_BYTES: Final = 13  # type, version, epoch, number, length (RFC 6347 section 4.1)
_NUMBER: Final = slice(3, 11)  # epoch and number together
_LENGTH: Final = slice(11, 13)
_EPOCH: Final = slice(3, 5)
_ENCRYPTED: Final = b"\x00\x01"  # there is no second change of keys: renegotiation is refused
_ALERT, _HANDSHAKE = 21, 22
_FINISHED: Final = 20
_FATAL, _CLOSE_NOTIFY = 2, 0  # RFC 5246 section 7.2
_ALERT_BYTES: Final = 2
_KEY_BYTES, _IV_BYTES, _EXPLICIT_BYTES, _TAG_BYTES = 16, 4, 8, 16  # RFC 5288 section 3
_LABEL: Final = b"key expansion"


class Heard(enum.Enum):
    """What a datagram means for the association."""

    NOTHING = "nothing"
    GOODBYE = "goodbye"
    AGAIN = "again"  # the last flight of the handshake once more: ours was lost


class Rest(NamedTuple):
    """All that is needed of one association.

    Attributes:
        key, iv: what the other side encrypts with; the iv is the nonce's fixed part.
        last_flight: the datagrams that ended the handshake; none where the other side's did.
        goodbye: our close_notify.
    """

    key: bytes
    iv: bytes
    last_flight: tuple[bytes, ...]
    goodbye: bytes

    def hear(self, datagram: bytes) -> Heard:
        """Read a datagram; whatever is not authentic is nothing."""
        for head, body in _records(datagram):
            said = self._open(head, body)
            if said is None:
                continue
            if head[0] == _ALERT and len(said) == _ALERT_BYTES and _ends(said):
                return Heard.GOODBYE
            if head[0] == _HANDSHAKE and said[:1] == bytes((_FINISHED,)):
                return Heard.AGAIN
        return Heard.NOTHING

    def _open(self, head: bytes, body: bytes) -> bytes | None:
        """Return what is in one record, None when the other side did not write it under these keys."""
        size = len(body) - _EXPLICIT_BYTES - _TAG_BYTES
        if head[_EPOCH] != _ENCRYPTED or head[0] not in (_ALERT, _HANDSHAKE) or size < 0:
            return None
        known = head[_NUMBER] + head[:3] + size.to_bytes(2, "big")  # RFC 5246 section 6.2.3.3
        try:
            return AESGCM(self.key).decrypt(self.iv + body[:_EXPLICIT_BYTES], body[_EXPLICIT_BYTES:], known)
        except InvalidTag:
            return None


def rest_of(ssl: SSL.Connection, last_flight: tuple[bytes, ...], goodbye: bytes, *, is_server: bool) -> Rest:
    """Take over from OpenSSL after a handshake with `CIPHER`.

    Raises:
        ValueError: there was no such handshake.
    """
    name, master, client, server = (
        ssl.get_cipher_name(),
        ssl.master_key(),
        ssl.client_random(),
        ssl.server_random(),
    )
    if name != CIPHER.decode("ascii") or master is None or client is None or server is None:
        raise ValueError(f"a handshake with {name} cannot be taken over")
    block = _expand(master, _LABEL + server + client)
    key_at, iv_at = (0, 2 * _KEY_BYTES) if is_server else (_KEY_BYTES, 2 * _KEY_BYTES + _IV_BYTES)
    return Rest(block[key_at : key_at + _KEY_BYTES], block[iv_at : iv_at + _IV_BYTES], last_flight, goodbye)


def _expand(secret: bytes, seed: bytes) -> bytes:
    """The first 64 bytes of P_SHA256 (RFC 5246 section 5); 40 are used (section 6.3)."""
    first = hmac.digest(secret, seed, "sha256")
    second = hmac.digest(secret, first, "sha256")
    return hmac.digest(secret, first + seed, "sha256") + hmac.digest(secret, second + seed, "sha256")


def _records(datagram: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Head and body of each record that is all there."""
    at = 0
    for _ in range(RECORDS_MAX):
        head = datagram[at : at + _HEAD_BYTES]
        start = at + _HEAD_BYTES
        at = start + int.from_bytes(head[_LENGTH], "big")
        if len(head) < _HEAD_BYTES or at > len(datagram):
            return
        yield head, datagram[start:at]


def _ends(alert: bytes) -> bool:
    return alert[0] == _FATAL or alert[1] == _CLOSE_NOTIFY
