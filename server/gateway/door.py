"""Who may open a connection at all: origin, and how many from one place."""

import hashlib
import secrets
from typing import Final

import msgspec

from rooms.pace import Bucket, Pace
from server.http.peer_address import network_of

BUCKETS_MAX: Final = 20_000  # places remembered at once; the least recent is forgotten first


class DoorLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How many connections there may be."""

    connections: int = 5_000
    connections_per_address: int = 200
    connects_per_s_per_address: float = 20
    connects_burst_per_address: int = 100


class Door:
    """Counts connections by place: an IPv4 address or an IPv6 /64, known only by a keyed hash."""

    def __init__(self, limits: DoorLimits) -> None:
        """Draw a key of our own, so that what is counted here means nothing elsewhere."""
        self._limits = limits
        self._key = secrets.token_bytes(32)
        self._pace = Pace(limits.connects_burst_per_address, limits.connects_per_s_per_address)
        self._open: dict[bytes, int] = {}
        self._buckets: dict[bytes, Bucket] = {}
        self.connections = 0

    def enter(self, address: str, now_ms: float) -> bytes | None:
        """Return the place to give back at `leave`, or None if there are too many."""
        place = self._place(address)
        bucket = self._buckets.pop(place, None) or Bucket(self._pace)
        self._buckets[place] = bucket  # most recent last
        if len(self._buckets) > BUCKETS_MAX:
            del self._buckets[next(iter(self._buckets))]
        full = self.connections >= self._limits.connections
        crowded = self._open.get(place, 0) >= self._limits.connections_per_address
        if bucket.take(now_ms) or full or crowded:
            return None
        self.connections += 1
        self._open[place] = self._open.get(place, 0) + 1
        return place

    def leave(self, place: bytes) -> None:
        """Give the place back."""
        self.connections -= 1
        left = self._open[place] - 1
        if left:
            self._open[place] = left
        else:
            del self._open[place]

    def _place(self, address: str) -> bytes:
        packed = network_of(address)
        return hashlib.blake2b(packed, key=self._key, digest_size=16).digest()
