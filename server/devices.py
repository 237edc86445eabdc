"""What a group knows a browser by: a keyed hash of a random text that the browser made for itself.

Each group has a key of its own, derived from one master key (HKDF, RFC 5869), so that nobody can tell
from two groups' lists that one browser was in both, and nobody without the master key can find the text.
"""

import hmac
import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.key_file import read_or_make_key

KEY_FILE: Final = "device.key"
_KEY_BYTES: Final = 32
_PURPOSE: Final = b"lamplit device key of group "
_KEY_TEXT: Final = re.compile(rb"[0-9a-f]{64}")


class DeviceKeys:
    """Turns browsers' random texts into what one group may write down."""

    def __init__(self, master: bytes) -> None:
        """Take the master key: 32 random bytes.

        Raises:
            ValueError: if it has another length.
        """
        if len(master) != _KEY_BYTES:
            raise ValueError(f"the master key of devices has {_KEY_BYTES} bytes, not {len(master)}")
        self._master = master

    @classmethod
    def open(cls, data_dir: Path) -> "DeviceKeys":
        """Use the key in the data directory; make one, readable by the owner only, where none is.

        Raises:
            OSError: if the directory cannot be read or written.
            ValueError: if the file holds no key.
        """
        text = read_or_make_key(data_dir, KEY_FILE, lambda: secrets.token_hex(_KEY_BYTES).encode())
        if _KEY_TEXT.fullmatch(text) is None:
            raise ValueError(f"{KEY_FILE} holds no key: it wants 64 hexadecimal digits")
        return cls(bytes.fromhex(text.decode()))

    def key_of(self, group: str, token: str) -> str:
        """Return what the group knows the browser by, 64 hexadecimal digits; empty without a token."""
        if not token:
            return ""
        key = HKDF(SHA256(), _KEY_BYTES, salt=None, info=_PURPOSE + group.encode()).derive(self._master)
        return hmac.new(key, token.encode(), sha256).hexdigest()
