import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[2]
LOCKS: Final = ("requirements.txt", "requirements-build.txt", "requirements-test.txt")

ADDRESS: Final = re.compile(r"://|--index-url|--extra-index-url|--find-links")


def read_pins(name: str) -> dict[str, str]:
    """Return the pinned version of every package in a lock file."""
    text = (ROOT / name).read_text()
    return dict(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", text))


def read_project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def read_package_lock() -> dict[str, Any]:
    lock: dict[str, Any] = json.loads((ROOT / "web" / "package-lock.json").read_text())
    return lock


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


def test_package_lock_names_no_address_to_fetch_from() -> None:
    packages = read_package_lock()["packages"]
    assert [path for path, package in packages.items() if "resolved" in package] == []
    assert '"resolved"' not in (ROOT / "web" / "package-lock.json").read_text()


def test_every_npm_package_has_a_hash() -> None:
    packages = read_package_lock()["packages"]
    assert len(packages) > 1
    assert [path for path, package in packages.items() if path and "integrity" not in package] == []


def test_package_lock_holds_the_tools_of_every_platform() -> None:
    # npm leaves out a platform's package where its registry lacks it, and then refuses the lock.
    packages = read_package_lock()["packages"]
    wanted = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
    held = {path.rpartition("node_modules/")[2] for path in packages}
    assert wanted - held == set()


def test_package_json_asks_for_exact_versions() -> None:
    package = json.loads((ROOT / "web" / "package.json").read_text())
    asked = package["dependencies"] | package["devDependencies"]
    assert {
        name: version for name, version in asked.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)
    } == {}
