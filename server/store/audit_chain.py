"""The chain that makes a changed audit show: each row's digest covers the row and the digest before it."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from server.ports import AuditEntry

NO_DIGEST: Final = bytes(32)  # stands before the first row of a room


class AuditRow(NamedTuple):
    """An entry in its place. `number` counts from 1 within the room and has no holes."""

    number: int
    entry: AuditEntry
    digest: bytes


class Chain(NamedTuple):
    """Where a room's rows begin and end: the last row that was dropped, and the newest."""

    start_number: int = 0
    start_digest: bytes = NO_DIGEST
    end_number: int = 0
    end_digest: bytes = NO_DIGEST


def digest_of(before: bytes, number: int, entry: AuditEntry) -> bytes:
    """Return the SHA-256 of the digest before and the row as JSON."""
    return hashlib.sha256(before + msgspec.json.encode((number, *entry))).digest()


def first_broken(chain: Chain, rows: Iterable[AuditRow]) -> int | None:
    """Return the number of the first row that is changed, missing or too many; None where all are whole."""
    number, digest = chain.start_number, chain.start_digest
    for row in rows:
        number += 1
        digest = digest_of(digest, number, row.entry)
        if row.number != number or row.digest != digest:
            return number
    return None if (number, digest) == (chain.end_number, chain.end_digest) else number + 1
