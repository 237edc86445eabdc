"""BB8: whoever brings the store up to date dies at any statement; the next start does it and loses no row."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from rooms.model import ChatMode, FloorMode, RoomSettings
from server.store.engine import SQLITE_FILE, make_engine
from server.store.schema import bring_up_to_date
from server.store.sql_store import open_store
from tests.bots.served import ROOT
from tests.server.store.conftest import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]  # fixtures

LIVES_ON: Final = "1000000"
KILLS: Final = 20  # of the promise
WITHIN_S: Final = 60.0
LEFT: Final = RoomSettings(
    floor=FloorMode.ROUND, limit_ms=0, chat=ChatMode.OFF, slow_ms=9_000, is_locked=True
)


async def make_old(url: str, folder: Path) -> None:
    """Make a store as the first version had it, with rows in it."""
    engine = make_engine(url, folder)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date, "0001")
        for statement in (
            "INSERT INTO rooms VALUES ('night', 'Night', 'All night', 1, NULL)",
            "INSERT INTO room_settings VALUES ('talk', 'round', 0, 'off', 9000, true)",
            "INSERT INTO room_settings VALUES ('night', 'open', 180000, 'everyone', 0, false)",
        ):
            await connection.execute(text(statement))
        if not url:
            await connection.execute(text("PRAGMA user_version = 1"))
    await engine.dispose()


async def step_up(url: str, folder: Path, *fatal: str) -> str:
    """Let a process do it that dies on the way; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.hostile.killed_steps", url, str(folder), *fatal),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    finally:
        if process.returncode is None:
            process.kill()
    return out.decode()


async def check_whole(url: str, folder: Path) -> None:
    """See that a start brings it up to date, and that every row is there."""
    async with open_store(url, folder) as store:
        assert await store.open_rooms() == (("night", "Night", "All night", None),)
        assert await store.settings() == {"talk": LEFT, "night": RoomSettings()}


def spread(most: int, count: int) -> list[str]:
    """Return so many numbers from 1 to one more than there are: there all is done and nothing is kept."""
    return sorted({str(1 + round(at * most / (count - 1))) for at in range(count)}, key=int)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kills", [4, pytest.param(KILLS, marks=pytest.mark.long)])
async def test_bb8_a_killed_step_is_taken_by_the_next_start(tmp_path: Path, kills: int) -> None:
    await make_old("", tmp_path)
    shutil.copytree(tmp_path, tmp_path / "whole")
    statements = int(await step_up("", tmp_path / "whole", LIVES_ON))
    assert statements > KILLS
    fatal = spread(statements, kills)
    died = (await step_up("", tmp_path, "--all", *fatal)).splitlines()
    assert died == [f"{number} 9" for number in fatal]
    for number in fatal:
        await check_whole("", tmp_path / number)
        assert (tmp_path / number / SQLITE_FILE).stat().st_size > 0


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_bb8_so_it_is_with_postgresql(postgresql_url: str, tmp_path: Path) -> None:
    await make_old(postgresql_url, tmp_path)
    for number in spread(40, 6):
        assert await step_up(postgresql_url, tmp_path, number) == ""
    await check_whole(postgresql_url, tmp_path)
