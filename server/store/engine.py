"""Connections to SQLite or PostgreSQL, set up the way lasting things need it."""

import os
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SQLITE_FILE: Final = "lamplit.db"
WITHIN_S: Final = 5.0  # how long a connection, and a statement that waits for another, may take

_OWNER_ONLY: Final = 0o600
_ON_CONNECT: Final = (
    "PRAGMA journal_mode=WAL",  # whoever reads does not wait for whoever writes
    "PRAGMA synchronous=FULL",  # what is saved survives a power cut
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={WITHIN_S * 1_000:.0f}",
)


class _SqliteConnection(Protocol):
    """What the set-up needs of the driver's connection."""

    isolation_level: str | None

    def cursor(self) -> "_SqliteCursor": ...


class _SqliteCursor(Protocol):
    def execute(self, statement: str) -> object: ...

    def close(self) -> None: ...


def make_engine(url: str, data_dir: Path) -> AsyncEngine:
    """Return connections to the database at `url`, or where it is empty to the file in the data directory.

    Raises:
        OSError: the file can be neither found nor made.
    """
    if url:
        timeouts = {"timeout": WITHIN_S, "command_timeout": WITHIN_S}
        return create_async_engine(
            _postgresql(url), pool_size=2, pool_pre_ping=True, hide_parameters=True, connect_args=timeouts
        )
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / SQLITE_FILE
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))  # SQLite gives its other files the same mode
    engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(path)), hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _postgresql(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+asyncpg")


def _set_up(connection: _SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own idea of when to begin would split a migration
    cursor = connection.cursor()
    for pragma in _ON_CONNECT:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # a transaction that reads first may then still write
