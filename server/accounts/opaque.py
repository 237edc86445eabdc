"""Secrets that mean nothing: drawn by chance, shown once, kept as digests."""

import hashlib
import secrets
from typing import Final

SECRET_BYTES: Final = 32
SECRET_CHARS: Final = 43  # of URL-safe base64 without padding

# Without i, l, o and u: what somebody copies by hand is not taken for something else (Crockford's base 32).
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
ACCOUNT_ID_CHARS: Final = 8  # 40 bits: an address, no secret; the store refuses one that is taken


def draw_secret() -> str:
    """Return 256 bits of chance as URL-safe text."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_secret(text: str) -> bytes:
    """Return the digest that is kept. SHA-256 suffices: nobody can try out 256 bits of chance."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def draw_text(chars: int) -> str:
    """Return chance that people can copy, 5 bits in each character."""
    return "".join(secrets.choice(ALPHABET) for _ in range(chars))
