"""Recovery codes: two for each account, shown once, each good for one sign-in.

A code is the account's id and 80 bits of chance, in groups of four. Only Argon2id's text of it is kept
(RFC 9106), so that a stolen database opens no account.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from server.account_ports import StoredCode
from server.accounts.opaque import ACCOUNT_ID_CHARS, ALPHABET, draw_text

CODES: Final = 2  # one to use, one to know that there is still one
CODE_MAX_CHARS: Final = 60  # as typed, with whatever stands between

_CHANCE_CHARS: Final = 16
_GROUP_CHARS: Final = 4
_LOOKALIKES: Final = str.maketrans({"o": "0", "i": "1", "l": "1", " ": "", "-": "", "\u2013": "", "\t": ""})

# 19 MiB and two passes: what OWASP's cheat sheet on storing passwords asks of Argon2id at least. A code is
# chance, not a word that somebody thought of, and the memory is taken from meetings.
_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE: Final = 2  # threads that hash, 38 MiB
_WAITING_MAX: Final = 16  # a second or two


class BusyError(Exception):
    """So many codes are being looked at that one more would have to wait for long."""


def draw_codes(account_id: str) -> tuple[str, ...]:
    """Return codes for an account, as they are shown."""
    return tuple(_write(account_id + draw_text(_CHANCE_CHARS)) for _ in range(CODES))


def read_code(text: str) -> tuple[str, str] | None:
    """Return the account's id and the code as it is hashed; None for what can be no code.

    Capitals, spaces, hyphens and letters that look like digits are no mistakes.
    """
    code = text.strip().lower().translate(_LOOKALIKES)
    if len(code) != ACCOUNT_ID_CHARS + _CHANCE_CHARS or set(code) - set(ALPHABET):
        return None
    return code[:ACCOUNT_ID_CHARS], code


class CodeHasher:
    """Hashes and compares in threads, few at a time: one digest takes tens of milliseconds."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        # Stands in for codes that are not there, so that the time taken does not tell how many there are.
        self._nobodys = StoredCode(0, _hasher.hash(draw_text(_CHANCE_CHARS)))

    async def digests(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return what is kept of each code.

        Raises:
            BusyError: too many wait.
        """
        plain = [read_code(code) for code in codes]
        async with self._turn():
            return await asyncio.to_thread(lambda: tuple(_hasher.hash(code[1]) for code in plain if code))

    async def find(self, code: str, stored: Sequence[StoredCode]) -> StoredCode | None:
        """Return which of the stored codes it is, or None; takes as long where there are none.

        Raises:
            BusyError: too many wait.
        """
        padded = [*stored, *[self._nobodys] * (CODES - len(stored))]
        async with self._turn():
            fits = await asyncio.to_thread(lambda: [_fits(one, code) for one in padded])
        return next((one for one, does in zip(padded, fits, strict=True) if does and one.number), None)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= _WAITING_MAX:
            raise BusyError
        self._waiting += 1
        try:
            async with self._free:
                yield
        finally:
            self._waiting -= 1


def _fits(stored: StoredCode, code: str) -> bool:
    try:
        return _hasher.verify(stored.digest, code)
    except (Argon2Error, InvalidHashError):
        return False


def _write(code: str) -> str:
    return "-".join(code[at : at + _GROUP_CHARS] for at in range(0, len(code), _GROUP_CHARS))
