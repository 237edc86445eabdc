"""deploy/Dockerfile, as far as it can be tried without an engine that builds it."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from server.lifecycle import running_server
from tests.deploy.files import DEPLOY, ROOT, program
from tests.server.nodes import node_config

FILE: Final = DEPLOY / "Dockerfile"
IGNORES: Final = DEPLOY / "Dockerfile.dockerignore"
STAGE: Final = re.compile(r"^FROM \$\{BASE\}(?: AS (\w+))?$")


def instructions() -> list[str]:
    """Return the file's instructions, each on one line, without comments."""
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def last_stage() -> list[str]:
    found = instructions()
    start = max(number for number, line in enumerate(found) if line.startswith("FROM "))
    return found[start:]


def arguments(name: str) -> list[str]:
    return [line.removeprefix(f"{name} ") for line in last_stage() if line.startswith(f"{name} ")]


def is_let_in(path: str) -> bool:
    """Say whether the ignore file lets a path into the build: the last line that fits counts."""
    is_in = True
    for line in IGNORES.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{expression}(?:/.*)?", path):
            is_in = line.startswith("!")
    return is_in


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name]


def copied() -> list[str]:
    """Return what is copied out of the project's folder."""
    copies = [line.split() for line in instructions() if line.startswith("COPY ") and "--from" not in line]
    return [source for words in copies for source in words[1:-1]]


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    answer = subprocess.run(
        [linter if linter.exists() else program("hadolint"), "--failure-threshold", "style", FILE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, "")


def test_what_is_copied_is_there_and_let_in() -> None:
    names = tracked()
    for source in copied():
        inside = [name for name in names if name == source or name.startswith(f"{source.rstrip('/')}/")]
        assert inside, source
        assert any(is_let_in(name) for name in inside), source


def test_nothing_else_is_let_in() -> None:
    for name in (
        *(".git/config", "data/ticket.key", "lamplit.toml", "deploy/compose/.env", ".venv/bin/python"),
        *("deploy/compose/secrets/cluster.key", "web/node_modules/a/b.js", "web/dist/index.html"),
        *("server/__pycache__/app.pyc", "tests/conftest.py", "docs/PRIVACY.md", "web/tests/words.ts"),
    ):
        assert not is_let_in(name), name
    wanted = [name for name in tracked() if name.startswith(("rooms/", "signaling/", "server/", "web/src/"))]
    assert wanted
    assert all(is_let_in(name) for name in wanted)


def test_packages_come_by_hash_and_nothing_else_is_fetched() -> None:
    installs = [line for line in instructions() if "pip" in line and " install " in line]
    assert len(installs) == 3
    for line in installs:
        by_hash = "--require-hashes" in line and "--only-binary :all:" in line
        assert by_hash or "--no-index" in line, line
        assert "--no-deps" in line
    assert not any(line.startswith("ADD ") for line in instructions())
    assert not re.search(r"curl|wget|apt-get|https?://(?!127\.0\.0\.1)", "\n".join(instructions()))


def test_what_runs_is_not_root_and_has_nothing_of_the_build() -> None:
    (user,) = arguments("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    (copy,) = arguments("COPY")
    assert copy == "--from=environment /opt/lamplit /opt/lamplit"
    assert [STAGE.fullmatch(line) is not None for line in instructions() if line.startswith("FROM")] == [
        True
    ] * 3
    assert not any("pip" in line for line in last_stage())
    assert arguments("ENTRYPOINT") == ['["lamplit"]']
    assert arguments("CMD") == ['["serve"]']
    assert arguments("STOPSIGNAL") == ["SIGTERM"]


def health_command() -> list[str]:
    (check,) = arguments("HEALTHCHECK")
    command: list[str] = json.loads(check.partition("CMD ")[2])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


async def test_the_health_check_finds_a_node(tmp_path: Path) -> None:
    async with running_server(node_config(tmp_path)) as node:
        assert await exit_code(health_command(), str(node.port)) == 0


async def test_the_health_check_finds_that_there_is_none(unused_tcp_port: int) -> None:
    assert await exit_code(health_command(), str(unused_tcp_port)) != 0


async def exit_code(command: list[str], port: str) -> int:

    process = await asyncio.create_subprocess_exec(
        *command, env={"LAMPLIT_SERVER__PORT": port}, stderr=subprocess.DEVNULL
    )
    return await process.wait()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_the_locks_hold_hashes_for_everything(name: str) -> None:
    text = (ROOT / name).read_text()
    assert len(re.findall(r"(?m)^[a-z][\w.-]*(?:\[[\w,]+\])?==", text)) >= 1
    for entry in re.split(r"(?m)^(?=\S)", text):
        assert not entry.strip() or "--hash=sha256:" in entry, entry
