"""The chain that makes a changed audit show: each row's digest covers the row and the digest before it."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

import msgspec

from server.ports import AuditEntry

NO_DIGEST: Final = bytes(32)  # stands before the first row of a room


class AuditRow(NamedTuple):
    """An entry in its place. `number` counts from 1 within the room and has no holes."""

    number: int
    entry: AuditEntry
    digest: bytes


class GroupAct(NamedTuple):
    """One change that a host made from the page of hosts: never a name, never a text.

    `account_id` did it. `target` says to what: an account, a room, a series, a ban or an invite by its id, or
    nothing. `at_min` is wall-clock time in whole minutes since 1970.
    """

    group_slug: str
    at_min: int
    action: str
    account_id: str
    target: str


class ActRow(NamedTuple):
    """A group's act in its place, as `AuditRow` for a room."""

    number: int
    entry: GroupAct
    digest: bytes


class _Linked(Protocol):
    """A row of any chain."""

    @property
    def number(self) -> int: ...

    @property
    def entry(self) -> tuple[object, ...]: ...

    @property
    def digest(self) -> bytes: ...


class Chain(NamedTuple):
    """Where the rows of a room or a group begin and end: the last that was dropped, and the newest."""

    start_number: int = 0
    start_digest: bytes = NO_DIGEST
    end_number: int = 0
    end_digest: bytes = NO_DIGEST


def digest_of(before: bytes, number: int, entry: tuple[object, ...]) -> bytes:
    """Return the SHA-256 of the digest before and the row as JSON."""
    return hashlib.sha256(before + msgspec.json.encode((number, *entry))).digest()


def first_broken(chain: Chain, rows: Iterable[_Linked]) -> int | None:
    """Return the number of the first row that is changed, missing or too many; None where all are whole."""
    number, digest = chain.start_number, chain.start_digest
    for row in rows:
        number += 1
        digest = digest_of(digest, number, row.entry)
        if row.number != number or row.digest != digest:
            return number
    return None if (number, digest) == (chain.end_number, chain.end_digest) else number + 1
