"""Challenges that were given out (Web Authentication, 13.4.3): each may be answered once, and soon."""

import secrets
from enum import StrEnum
from typing import Final, NamedTuple

CHALLENGE_BYTES: Final = 32
CHALLENGE_MS: Final = 300_000  # to find the phone, and to think of a name for the key
CHALLENGES_MAX: Final = 10_000  # about 2 MiB; the oldest are forgotten first


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
    """Those that wait for an answer; in memory, so none outlives the process. Times are monotonic."""

    def __init__(self) -> None:
        """None is out."""
        self._waiting: dict[bytes, tuple[Challenge, float]] = {}

    def draw(self, challenge: Challenge, now_ms: float) -> bytes:
        """Return a new one."""
        drawn = secrets.token_bytes(CHALLENGE_BYTES)
        self._waiting[drawn] = (challenge, now_ms + CHALLENGE_MS)
        if len(self._waiting) > CHALLENGES_MAX:
            del self._waiting[next(iter(self._waiting))]
        return drawn

    def take(self, drawn: bytes, challenge: Challenge, now_ms: float) -> bool:
        """Say whether this was given out for just that, not long ago. It can never be taken again."""
        found, until_ms = self._waiting.pop(drawn, (None, 0.0))
        return found == challenge and now_ms < until_ms
