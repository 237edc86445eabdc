"""What a meeting has left in a database, read by a process of its own.

Opening a store checks its tables, which keeps a process busy for a second: bots that share the process would
fall silent.

    python -m tests.chaos.rows "postgresql://..." FOLDER TALK
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from rooms.ids import RoomSlug
from server.store.audit_chain import first_broken
from server.store.sql_store import open_store


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The audit's acts, oldest first; how many bans and reports there are; whether the room is locked."""

    audit: list[str]
    bans: int
    reports: int
    is_locked: bool


async def read_rows(url: str, folder: Path, slug: RoomSlug) -> Rows:
    """Read a store; an empty `url` means SQLite in the folder.

    Raises:
        AssertionError: it cannot be read, or the audit's chain is broken; with what the reader wrote.
    """
    reader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.rows", url, str(folder), slug),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await reader.communicate()
    assert reader.returncode == 0, errors.decode()
    return msgspec.json.decode(out, type=Rows)


async def _read(url: str, folder: Path, slug: RoomSlug) -> Rows:
    async with open_store(url, folder) as store:
        chain, audit = await store.audit(slug)
        settings = (await store.settings()).get(slug)
        bans, reports = await store.bans.all(), await store.reports.all()
    assert first_broken(chain, audit) is None
    return Rows(
        audit=[row.entry.action for row in audit],
        bans=len(bans),
        reports=len(reports),
        is_locked=settings is not None and settings.is_locked,
    )


if __name__ == "__main__":
    found = asyncio.run(_read(sys.argv[1], Path(sys.argv[2]), RoomSlug(sys.argv[3])))
    sys.stdout.buffer.write(msgspec.json.encode(found))
