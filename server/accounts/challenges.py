"""Challenges that were given out (Web Authentication, 13.4.3): each may be answered once, and soon.

A challenge says itself until when it is good, sealed for one purpose (HMAC-SHA256, cut to 128 bits), so that
any node takes the answer to what another gave out; the store has those that were answered.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from server.group_ports import Spent

CHALLENGE_BYTES: Final = 32
CHALLENGE_MS: Final = 300_000  # to find the phone, and to think of a name for the key
_CHANCE_BYTES: Final = 10
_UNTIL_BYTES: Final = 6
_SEAL_BYTES: Final = 16


class Purpose(StrEnum):
    """What a challenge was given out for."""

    ENROL = "enrol"
    SIGN_IN = "sign_in"
    ADD = "add"


class Challenge(NamedTuple):
    """What an answer must fit: purpose, origin of the page, and the account, empty where it is not known."""

    purpose: Purpose
    origin: str
    account_id: str


class Challenges:
    """Gives them out and takes them; keeps none. Times are wall-clock milliseconds."""

    def __init__(self, key: bytes, spent: Spent) -> None:
        """Use a key that all nodes have, and what all nodes have used up."""
        self._key = key
        self._spent = spent

    def draw(self, challenge: Challenge, now_ms: int) -> bytes:
        """Return a new one."""
        until = (now_ms + CHALLENGE_MS).to_bytes(_UNTIL_BYTES, "big")
        drawn = secrets.token_bytes(_CHANCE_BYTES) + until
        return drawn + self._seal(drawn, challenge)

    async def take(self, drawn: bytes, challenge: Challenge, now_ms: int) -> bool:
        """Say whether this was given out for just that, not long ago. It can never be taken again.

        Raises:
            StoreError: the store does not answer.
        """
        said, seal = drawn[:-_SEAL_BYTES], drawn[-_SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(said, challenge)):
            return False
        until_ms = int.from_bytes(said[_CHANCE_BYTES:], "big")
        return now_ms < until_ms and await self._spent.spend(hashlib.sha256(drawn).digest(), until_ms)

    def _seal(self, said: bytes, challenge: Challenge) -> bytes:
        sealed = msgspec.json.encode((said, *challenge))
        return hmac.digest(self._key, sealed, "sha256")[:_SEAL_BYTES]
