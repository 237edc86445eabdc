"""The wheel, in an environment with nothing but it and the locked requirements, is the whole product."""

import os
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]

# Fetching and unpacking the runtime packages takes 20 s with a cold cache.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def run_quietly(*command: str | Path, cwd: Path) -> str:
    """Run a program and return what it printed; its failure fails the test with all it said."""
    answer = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_quietly(
        sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT
    )
    (built,) = folder.glob("lamplit-*.whl")
    return built


@pytest.fixture(scope="session")
def empty_environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the runtime lock and the wheel."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True, symlinks=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run_quietly(*pip, "--no-deps", "--require-hashes", "--requirement", ROOT / "requirements.txt", cwd=folder)
    # With no index at all: what the wheel asks for must be what the lock has brought.
    run_quietly(*pip, "--no-index", wheel, cwd=folder)
    return folder / "bin"


@pytest.fixture
def served(empty_environment: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a server started from the wheel, as it printed it."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("LAMPLIT_", "PYTHON"))
    }
    with subprocess.Popen(
        [empty_environment / "lamplit", "serve", "--host", "127.0.0.1", "--port", "0", "--udp-port", "0"],
        cwd=tmp_path,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        said = []
        try:
            for line in server.stdout or ():
                said.append(line)
                if found := re.search(r"http://127\.0\.0\.1:[1-9]\d*", line):
                    yield found.group()
                    break
            else:
                pytest.fail(f"it ended without an address:\n{''.join(said)}")
        finally:
            server.terminate()
            server.communicate(timeout=10)
    assert server.returncode == 0


def fetch(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_the_wheel_holds_the_packages_and_the_page_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"rooms", "signaling", "server", "lamplit-0.1.0.dist-info"}
    assert "server/http/page/index.html" in names
    assert any(re.fullmatch(r"server/http/page/assets/.+\.js", name) for name in names)
    unwanted = re.compile(r"__pycache__|node_modules|\.tsx?$|test_|\.lamplit")
    assert [name for name in names if unwanted.search(name)] == []


def test_every_module_of_the_wheel_can_be_imported(empty_environment: Path, tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil, rooms, signaling, server\n"
        "for package in (rooms, signaling, server):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
    )
    run_quietly(empty_environment / "python", "-c", code, cwd=tmp_path)


def test_the_command_says_its_version(empty_environment: Path, tmp_path: Path) -> None:
    assert "0.1.0" in run_quietly(empty_environment / "lamplit", "version", cwd=tmp_path)


def test_the_command_serves_the_page(served: str, wheel: Path) -> None:
    status, _ = fetch(f"{served}/healthz")
    assert status == 200
    status, page = fetch(f"{served}/")
    assert status == 200
    assert "Help now" in page, "it is there before its program"
    scripts = re.findall(r'<script[^>]* src="(/assets/[^"]+)"', page)
    assert scripts
    for script in scripts:
        status, text = fetch(f"{served}{script}")
        assert status == 200
        assert text == zipfile.ZipFile(wheel).read(f"server/http/page{script}").decode()
