"""Mumble's encryption of datagrams, sending side: AES-128 in OCB2 with a counter as nonce.

From the public description of the mode (Rogaway, OCB 2.0) and Mumble's protocol documentation: a
datagram is the nonce's lowest byte, the tag's first three, and the ciphertext.
"""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK: Final = 16
_TAG_BYTES: Final = 3
Aes = Callable[[bytes], bytes]


class Sealer:
    """Encrypts what one client sends."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        self._aes = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()  # noqa: S305 - the mode is ours
        self._nonce = int.from_bytes(nonce, "little")

    def seal(self, plain: bytes) -> bytes:
        """Encrypt the next datagram."""
        self._nonce = (self._nonce + 1) % (1 << 128)
        nonce = self._nonce.to_bytes(BLOCK, "little")
        sealed, tag = encrypt(self._aes.update, nonce, plain)
        return nonce[:1] + tag[:_TAG_BYTES] + sealed


def encrypt(aes: Aes, nonce: bytes, plain: bytes) -> tuple[bytes, bytes]:
    """Return ciphertext and tag (OCB2 without associated data)."""
    delta = _of(aes(nonce))
    checksum, sealed, at = 0, b"", 0
    while len(plain) - at > BLOCK:
        delta = _double(delta)
        block = _of(plain[at : at + BLOCK])
        sealed += _bytes(delta ^ _of(aes(_bytes(delta ^ block))))
        checksum ^= block
        at += BLOCK
    rest = plain[at:]
    delta = _double(delta)
    pad = aes(_bytes(delta ^ len(rest) * 8))
    filled = rest + pad[len(rest) :]
    checksum ^= _of(filled)
    sealed += _bytes(_of(filled) ^ _of(pad))[: len(rest)]
    return sealed, aes(_bytes(delta ^ _double(delta) ^ checksum))


def _double(value: int) -> int:
    """Multiply by two in the field of 2^128."""
    carry = value >> 127
    return (value << 1 & (1 << 128) - 1) ^ (0x87 if carry else 0)


def _of(block: bytes) -> int:
    return int.from_bytes(block, "big")


def _bytes(value: int) -> bytes:
    return value.to_bytes(BLOCK, "big")
