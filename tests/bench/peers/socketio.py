"""Node's socket.io server with one room, as its documentation has a chat: join, broadcast, acknowledge.

Installed from the npm registry into `build/bench/socketio` on first use, never into the project.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.bench.compiled import BUILT, LeftOutError

VERSION: Final = "4.8.1"
_FOLDER: Final = BUILT / "socketio"
_SCRIPT: Final = Path(__file__).with_name("socketio.js")
_INSTALL_WITHIN_S: Final = 120


class NodeServer:
    """The running server. Made by `NodeServer.open`."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, version: str) -> None:
        self.pid, self.url, self.version = process.pid, url, version

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["NodeServer"]:
        """Start it.

        Raises:
            LeftOutError: without Node, npm or the registry.
        """
        node, version = await asyncio.to_thread(_install)
        process = await asyncio.create_subprocess_exec(
            node, str(_SCRIPT), str(_FOLDER / "node_modules"), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            port = int(await process.stdout.readline())
            yield cls(process, f"http://127.0.0.1:{port}", version)
        finally:
            process.kill()
            await process.wait()


def _install() -> tuple[str, str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise LeftOutError("there is no node or no npm")
    package = _FOLDER / "node_modules" / "socket.io" / "package.json"
    if not package.exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        (_FOLDER / "package.json").write_text('{"private": true}\n', "utf-8")
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"socket.io@{VERSION}"]
        try:
            done = subprocess.run(  # noqa: S603 - whichever npm there is
                command, cwd=_FOLDER, capture_output=True, text=True, check=False, timeout=_INSTALL_WITHIN_S
            )
        except subprocess.TimeoutExpired:
            raise LeftOutError("npm did not install it in time") from None
        if done.returncode:
            raise LeftOutError("npm cannot install it: " + " ".join(done.stderr.split())[:200])
    found = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return node, f"{json.loads(package.read_text('utf-8'))['version']}, Node {found.stdout.strip()}"
