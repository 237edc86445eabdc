import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[2]
NPM_FOLDERS: Final = ("web", "tests/second_client")
LOCKS: Final = (
    "requirements.txt",
    "requirements-build.txt",
    "requirements-test.txt",
    "requirements-fuzz.txt",
)

ADDRESS: Final = re.compile(r"://|--index-url|--extra-index-url|--find-links")


def read_pins(name: str) -> dict[str, str]:
    """Return the pinned version of every package in a lock file."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", text))


def read_project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_address(name: str) -> None:
    assert ADDRESS.findall((ROOT / name).read_text()) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    # A requirement goes on over lines that end in a backslash.
    requirements = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    assert len(requirements) == len(read_pins(name)) > 0
    assert [line for line in requirements if not re.search(r" --hash=sha256:[0-9a-f]{64}\b", line)] == []


def test_locks_agree_where_they_overlap() -> None:
    test = read_pins("requirements-test.txt")
    smaller = read_pins("requirements.txt") | read_pins("requirements-build.txt")
    assert {name: test.get(name) for name in smaller} == smaller


def test_lock_keeps_to_the_ranges_of_the_project() -> None:
    project = read_project()
    asked = [Requirement(line) for line in project["project"]["dependencies"]]
    asked += [Requirement(line) for line in project["dependency-groups"]["build"]]
    asked += [Requirement(line) for line in project["dependency-groups"]["test"] if isinstance(line, str)]
    pins = read_pins("requirements-test.txt")
    assert [str(one) for one in asked if not one.specifier.contains(pins[canonicalize_name(one.name)])] == []


@pytest.fixture(params=NPM_FOLDERS)
def npm_folder(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


@pytest.fixture
def npm_packages(npm_folder: Path) -> dict[str, Any]:
    """Each installed path's entry in the package-lock.json; the empty path is the project itself."""
    lock: dict[str, Any] = json.loads((npm_folder / "package-lock.json").read_text())
    packages: dict[str, Any] = lock["packages"]
    return packages


def test_package_lock_names_no_address_to_fetch_from(npm_folder: Path) -> None:
    assert '"resolved"' not in (npm_folder / "package-lock.json").read_text()
    assert "omit-lockfile-registry-resolved=true" in (npm_folder / ".npmrc").read_text().splitlines()


def test_every_npm_package_has_a_hash(npm_packages: dict[str, Any]) -> None:
    assert len(npm_packages) > 1
    assert [path for path, package in npm_packages.items() if path and "integrity" not in package] == []


def test_package_lock_holds_the_tools_of_every_platform(npm_packages: dict[str, Any]) -> None:
    # npm leaves out a platform's package where its registry lacks it, and then refuses the lock.
    wanted = {name for package in npm_packages.values() for name in package.get("optionalDependencies", {})}
    held = {path.rpartition("node_modules/")[2] for path in npm_packages}
    assert wanted - held == set()


def test_package_json_asks_for_exact_versions(npm_folder: Path) -> None:
    package = json.loads((npm_folder / "package.json").read_text())
    asked = package.get("dependencies", {}) | package.get("devDependencies", {})
    assert asked
    assert {name: asked[name] for name in asked if not re.fullmatch(r"\d+\.\d+\.\d+", asked[name])} == {}
