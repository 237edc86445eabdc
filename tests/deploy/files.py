"""What lies in deploy/, read."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
COMPOSE: Final = DEPLOY / "compose"


def read_yaml(path: Path) -> Any:
    """Return the one document of a file."""
    return yaml.safe_load(path.read_text())


def read_documents(text: str) -> list[dict[str, Any]]:
    """Return every document of a YAML text."""
    return [document for document in yaml.safe_load_all(text) if document]


def program(name: str) -> str:
    """Return where a program is; the test is skipped on a machine without it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"needs {name}")
    return found


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; nothing of this machine's environment but PATH and what is given."""
    return subprocess.run(
        command,
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def check(*command: str | Path, **environment: str) -> str:
    """Run a program that must succeed; return what it said."""
    answer = run(*command, **environment)
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


def settings_of(path: Path) -> dict[str, str]:
    """Return the assignments of a file of `NAME=text` lines."""
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: text for name, _, text in pairs}
