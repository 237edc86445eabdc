"""How often one place may try."""

import hashlib
import secrets
from typing import Final

from rooms.pace import Bucket, Pace

PLACES_MAX: Final = 10_000  # remembered at once; the least recent is forgotten first


class Throttle:
    """One pace for each place. A place is known only by a keyed hash."""

    def __init__(self, pace: Pace) -> None:
        """Draw a key of our own, so that what is counted here means nothing elsewhere."""
        self._pace = pace
        self._key = secrets.token_bytes(32)
        self._buckets: dict[bytes, Bucket] = {}

    def take(self, place: bytes, now_ms: float) -> int:
        """Count one try. Return 0 if it is free, else in how many ms one will be."""
        hashed = hashlib.blake2b(place, key=self._key, digest_size=16).digest()
        bucket = self._buckets.pop(hashed, None) or Bucket(self._pace)
        self._buckets[hashed] = bucket  # most recent last
        if len(self._buckets) > PLACES_MAX:
            del self._buckets[next(iter(self._buckets))]
        return bucket.take(now_ms)
