"""`python -m tests.hostile.killed_steps URL FOLDER STATEMENT`: bring a store up to date, and die on the way.

The process kills itself just before the statement of that number, as a power cut might. It prints how many
statements there were where it lived on. `--all` tries each number given, each in a child, on a copy of the
folder's file; SQLite only.
"""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from server.store.engine import SQLITE_FILE, make_engine
from server.store.schema import bring_up_to_date


async def _step_up(url: str, folder: Path, fatal: int) -> int:
    """Take the steps; return how many statements that took."""
    engine = make_engine(url, folder)
    said = 0

    def count(*_: object) -> None:
        nonlocal said
        said += 1
        if said == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date)
        if fatal == said + 1:
            os.kill(os.getpid(), signal.SIGKILL)  # all is done, and nothing is committed
    await engine.dispose()
    return said


def _die_in_a_child(folder: Path, fatal: int) -> None:
    """Let a child die over a copy of the file; `FOLDER/FATAL` is what is left."""
    target = folder / str(fatal)
    target.mkdir()
    shutil.copy(folder / SQLITE_FILE, target)
    child = os.fork()
    if not child:
        asyncio.run(_step_up("", target, fatal))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    sys.stdout.write(f"{fatal} {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}\n")


def main(url: str, folder: Path, *fatal: str) -> None:
    """See the module."""
    if fatal[0] == "--all":
        for number in fatal[1:]:
            _die_in_a_child(folder, int(number))
    else:
        sys.stdout.write(f"{asyncio.run(_step_up(url, folder, int(fatal[0])))}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
