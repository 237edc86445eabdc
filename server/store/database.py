"""One transaction after the other; what the database says no to is a `StoreError` in one line."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final, TypeVar

import asyncpg
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.ports import StoreError

_Word = TypeVar("_Word", bound=StrEnum)

# The transaction that this task has begun by `Database.together`, and of which database.
_joined: Final[ContextVar[tuple["Database", AsyncConnection] | None]] = ContextVar("joined", default=None)


class Database:
    """Where the queries of `server.store` run."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Use tables that are up to date."""
        self._engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Keep all that is done within, or none of it.

        Raises:
            StoreError: the database does not answer, or says no.
        """
        joined = _joined.get()
        if joined is not None and joined[0] is self:
            yield joined[1]
            return
        with in_words():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Make one transaction of all that this task asks for within; an error undoes all of it.

        Start no tasks in there: they would share the connection.

        Raises:
            StoreError: the database does not answer, or says no.
        """
        async with self.transaction() as connection:
            before = _joined.set((self, connection))
            try:
                yield
            finally:
                _joined.reset(before)


async def insert_once(connection: AsyncConnection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert a row. Returns False, and changes nothing, where one of its key is there."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(table).values(**row).on_conflict_do_nothing()
    return (await connection.execute(made)).rowcount > 0


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what the database, its driver or the system say into one line."""
    try:
        yield
    except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreError(_why(error)) from error


def known(words: type[_Word], text: str) -> _Word:
    """Return the word that a column holds.

    Raises:
        StoreError: it is none of those that there are.
    """
    try:
        return words(text)
    except ValueError:
        raise StoreError(f"a row is damaged: {text!r} is no {words.__name__.lower()}") from None


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    told = error.orig if isinstance(error, DBAPIError) and error.orig else error
    lines = str(told).splitlines()
    return lines[0] if lines else type(told).__name__
