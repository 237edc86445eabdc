"""Keys for SRTP with AEAD_AES_128_GCM (RFC 7714), made for many copies of one packet at a time.

libsrtp through pylibsrtp does the same for 1.9 us a packet, most of it spent around the cipher; here a
packet is encrypted into memory that is there already. Tests hold the result against libsrtp, byte by byte.
"""

from typing import Final, Self

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

PROFILE: Final = b"SRTP_AEAD_AES_128_GCM"  # as OpenSSL calls it
KEY_BYTES: Final = 16  # RFC 7714 section 12, for this profile
SALT_BYTES: Final = 12
TAG_BYTES: Final = 16
NONCE_BYTES: Final = 12
SSRC_SHIFT: Final = 48
"""A nonce is two zero bytes, the SSRC and the packet's 48-bit index, XOR the salt (RFC 7714 section 8.1)."""

INDEX_END: Final = 1 << 48
"""No packet has this index or a higher one: rollover counter and sequence number are all of it (RFC 3711
section 3.3.1). It would begin again at numbers that were used under the same key."""

_KEY_LABEL: Final = 0x00  # RFC 3711 section 4.3.2
_SALT_LABEL: Final = 0x02
_LABEL_AT: Final = 7  # label and index: 7 bytes at the right end of 14 (RFC 3711 section 4.3.1)
_BLOCK_BYTES: Final = 16


class SessionKeys:
    """The session keys of one direction.

    Attributes:
        aead: the cipher under the session key, which is kept nowhere else here.
        salt: the session salt as a number, to be XORed with SSRC and index.
    """

    __slots__ = ("aead", "salt")

    def __init__(self, aead: AESGCM, salt: int) -> None:
        self.aead: Final = aead
        self.salt: Final = salt

    @classmethod
    def derive(cls, master: bytes | bytearray) -> Self:
        """Derive from master key and salt, as the handshake gives them for one direction (RFC 5764).

        The session key in this function's own memory is wiped; copies in the libraries' memory and the
        caller's master key are not ours to wipe.

        Raises:
            ValueError: not a key and a salt of this profile.
        """
        if len(master) != KEY_BYTES + SALT_BYTES:
            raise ValueError(f"a key and a salt have {KEY_BYTES + SALT_BYTES} bytes, not {len(master)}")
        session_key = bytearray(_BLOCK_BYTES)
        session_salt = bytearray(_BLOCK_BYTES)
        _derive_into(session_key, master, _KEY_LABEL)
        _derive_into(session_salt, master, _SALT_LABEL)
        keys = cls(AESGCM(session_key), int.from_bytes(session_salt[:SALT_BYTES], "big"))
        session_key[:] = session_salt[:] = bytes(_BLOCK_BYTES)
        return keys


def _derive_into(out: bytearray, master: bytes | bytearray, label: int) -> None:
    """Fill one block of AES-CM key stream (RFC 3711 section 4.3.3), the key derivation rate being zero.

    The 96-bit salt of this profile counts as one of 112 bits with zeros behind (RFC 7714 section 11).
    """
    start = bytearray(master[KEY_BYTES:]) + bytes(_BLOCK_BYTES - SALT_BYTES)
    start[_LABEL_AT] ^= label
    stream = Cipher(AES(master[:KEY_BYTES]), CTR(start)).encryptor()
    stream.update_into(bytes(_BLOCK_BYTES), out)
