import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.store.engine import make_engine

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "foreign_keys": 1,
    "busy_timeout": 5000,
}


async def _say(engine: AsyncEngine, *statements: str) -> None:
    """All in one transaction."""
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement), {"n": 7_654_321} if ":n" in statement else {})


async def test_sqlite_is_set_up_for_lasting_things(tmp_path: Path) -> None:
    engine = make_engine("", tmp_path)
    async with engine.begin() as connection:
        found = {key: (await connection.execute(text(f"PRAGMA {key}"))).scalar_one() for key in PRAGMAS}
    await engine.dispose()
    assert found == PRAGMAS


async def test_every_file_is_the_owners_alone(tmp_path: Path) -> None:
    engine = make_engine("", tmp_path / "new")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE t (n INTEGER)"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()}
    assert modes == dict.fromkeys(("lamplit.db", "lamplit.db-wal", "lamplit.db-shm"), 0o600)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    await engine.dispose()


async def test_a_transaction_is_whole_with_its_tables(tmp_path: Path) -> None:
    engine = make_engine("", tmp_path)
    with pytest.raises(IntegrityError):
        await _say(engine, "CREATE TABLE t (n INTEGER NOT NULL)", "INSERT INTO t VALUES (NULL)")
    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM sqlite_master"))).scalar_one() == 0
    await engine.dispose()


async def test_what_is_asked_is_not_in_the_error(tmp_path: Path) -> None:
    engine = make_engine("", tmp_path)
    with pytest.raises(IntegrityError) as error:
        await _say(
            engine, "CREATE TABLE t (n INTEGER, m INTEGER NOT NULL)", "INSERT INTO t VALUES (:n, NULL)"
        )
    assert "7654321" not in str(error.value)
    await engine.dispose()
