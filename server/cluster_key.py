"""The key that makes machines nodes of one place; every other key of a cluster is derived from it.

HKDF with SHA-256 (RFC 5869): one secret to hand out, and nobody learns one purpose's key from another's.
"""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_MIN_BYTES: Final = 32
DERIVED_BYTES: Final = 32
_KEY_MAX_BYTES: Final = 4_096  # a larger file is some other file
_DIFFERENT_BYTES_MIN: Final = 12  # of 32 random bytes about 30 differ; typed samples have few
_FOR_OTHERS: Final = 0o007
_PURPOSE: Final = b"lamplit cluster key for "


class ClusterKey:
    """The cluster's secret."""

    def __init__(self, secret: bytes) -> None:
        """Take the secret.

        Raises:
            ValueError: it is too short, or plainly not random.
        """
        if len(secret) < KEY_MIN_BYTES:
            raise ValueError(f"needs {KEY_MIN_BYTES} random bytes or more, not {len(secret)}")
        if len(set(secret)) < _DIFFERENT_BYTES_MIN:
            raise ValueError("is not random: make one by head -c 48 /dev/urandom")
        self._secret = secret

    @classmethod
    def open(cls, path: Path) -> "ClusterKey":
        """Read the key from its file.

        Raises:
            OSError: the file cannot be read.
            ValueError: it holds no key, or everybody on this machine can read it.
        """
        if path.stat().st_mode & _FOR_OTHERS:
            raise ValueError("can be read by everybody on this machine: chmod o= it")
        with path.open("rb") as file:
            secret = file.read(_KEY_MAX_BYTES + 1)
        if len(secret) > _KEY_MAX_BYTES:
            raise ValueError(f"is larger than {_KEY_MAX_BYTES} bytes; that cannot be a key")
        return cls(secret)

    def derive(self, purpose: str) -> bytes:
        """Return the key for one purpose, such as `bus`: 32 bytes."""
        return HKDF(SHA256(), DERIVED_BYTES, salt=None, info=_PURPOSE + purpose.encode()).derive(self._secret)
