"""The client in tests/second_client, which stands on a WebRTC stack that is not ours."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from tests.browser.programs import stop_program
from tests.browser.served import ROOT
from tools.web_build import find_node_folder, npm_command, npm_environment

FOLDER: Final = ROOT / "tests" / "second_client"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the client says at its end; levels in dB of full scale."""

    joined: bool
    members: int
    heard: bool
    tone_db: float
    rest_db: float
    windows: int
    played: bool
    failure: str | None


async def _run(command: list[str], folder: Path, within_s: float) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=npm_environment(find_node_folder()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        words, _ = await asyncio.wait_for(child.communicate(), within_s)
    finally:
        await stop_program(child)
    assert child.returncode is not None
    return child.returncode, words.decode(errors="replace")


async def install() -> None:
    """Install the client's packages from its lock file, unless they are there.

    Raises:
        AssertionError: npm failed; its words are in the text.
    """
    done = FOLDER / "node_modules" / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    code, words = await _run([*npm_command(find_node_folder()), "ci"], FOLDER, 120)
    assert code == 0, words


async def run_script(script: str, *arguments: str, within_s: float = 60) -> str:
    """Run one of the folder's scripts; returns what it printed.

    Raises:
        AssertionError: It failed; what it printed is in the text.
    """
    code, words = await _run([npm_command(find_node_folder())[0], script, *arguments], FOLDER, within_s)
    assert code == 0, words
    return words


@asynccontextmanager
async def speaking(
    url: str, room: str, *, plays_hz: int, hears_hz: int, seconds: int
) -> AsyncIterator["asyncio.Task[Report]"]:
    """Run the client beside the test; the task's result is its report."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(visit(url, room, hears_hz=hears_hz, plays_hz=plays_hz, seconds=seconds))
        yield task


async def visit(url: str, room: str, *, hears_hz: int, plays_hz: int = 0, seconds: int = 15) -> Report:
    """Run the client until it has heard its tone, or for the whole time if it plays one itself."""
    words = await run_script(
        "client.mjs",
        *("--url", url, "--room", room, "--name", "Node", "--seconds", str(seconds)),
        *("--hears", str(hears_hz), "--plays", str(plays_hz)),
        within_s=seconds + 30,
    )
    return msgspec.convert(json.loads(words.strip().splitlines()[-1]), Report)
