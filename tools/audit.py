"""Ask whether a package in our locks has a flaw that is known: part of `make check`.

    python tools/audit.py             what is found fails; a database that cannot be reached is only told
    AUDIT=require python tools/audit.py    that fails too, as before a release
    AUDIT=off python tools/audit.py        nothing is asked

The database is OSV, which gathers the advisories of PyPI and of npm (https://google.github.io/osv.dev/api/).
It is told names and versions of public packages and nothing else. Flaws that do not touch us are listed in
tools/audit.toml, each with its reason and the day on which it counts again.
"""

import argparse
import json
import os
import re
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = ("requirements-test.txt", "web/package-lock.json", "tests/second_client/package-lock.json")
ACCEPTED: Final = ROOT / "tools" / "audit.toml"
DATABASE: Final = "https://api.osv.dev"
WITHIN_S: Final = 10.0  # for each answer: a check must not hang on a network that swallows everything
BATCH: Final = 500  # the database takes a thousand in one question

FINE: Final = 0
FLAWED: Final = 1
UNASKED: Final = 2

_PINNED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


class UnreachableError(Exception):
    """The database gave no answer that can be used; the text says why."""


class Package(NamedTuple):
    """One package of a lock."""

    ecosystem: str
    name: str
    version: str


class Accepted(NamedTuple):
    """A flaw that does not touch us, until a day."""

    reason: str
    until: date


class Flaw(NamedTuple):
    """One that is known."""

    package: Package
    names: frozenset[str]
    summary: str


def read_lock(path: Path) -> list[Package]:
    """Return the packages of a requirements file or of npm's lock.

    Raises:
        ValueError: there are none, so it is no lock.
    """
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        entries = json.loads(text)["packages"].items()
        found = [
            Package("npm", where.rpartition("node_modules/")[2], entry["version"])
            for where, entry in entries
            if where and "version" in entry
        ]
    else:
        found = [Package("PyPI", name, version) for name, version in _PINNED.findall(text)]
    if not found:
        raise ValueError(f"{path}: names no package")
    return found


def read_accepted(path: Path) -> dict[str, Accepted]:
    """Return the flaws that were looked at, by their names."""
    tables = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    return {table["id"]: Accepted(table["reason"], table["until"]) for table in tables}


def find_flaws(packages: Iterable[Package], database: str) -> list[Flaw]:
    """Return every flaw that the database knows of these packages.

    Raises:
        UnreachableError: it cannot be asked.
    """
    wanted = sorted(set(packages))
    named: set[tuple[str, Package]] = set()
    for start in range(0, len(wanted), BATCH):
        waiting = dict.fromkeys(wanted[start : start + BATCH], "")
        while waiting:
            answers = _ask(
                f"{database}/v1/querybatch", {"queries": [_query(*item) for item in waiting.items()]}
            )
            further: dict[Package, str] = {}
            for package, answer in zip(waiting, answers["results"], strict=True):
                named |= {(flaw["id"], package) for flaw in answer.get("vulns", ())}
                if token := answer.get("next_page_token"):
                    further[package] = token
            waiting = further
    return [_look_up(name, package, database) for name, package in sorted(named)]


def _query(package: Package, token: str) -> dict[str, Any]:
    asked = {"package": {"ecosystem": package.ecosystem, "name": package.name}, "version": package.version}
    return asked | ({"page_token": token} if token else {})


def _look_up(name: str, package: Package, database: str) -> Flaw:
    told = _ask(f"{database}/v1/vulns/{name}", None)
    words = told.get("summary") or told.get("details", "").strip().partition("\n")[0]
    return Flaw(package, frozenset({name, *told.get("aliases", ())}), words)


def _ask(url: str, question: Mapping[str, Any] | None) -> dict[str, Any]:
    content = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:  # noqa: S310 - ours or a test's
            told: dict[str, Any] = json.load(answer)
    except urllib.error.URLError as error:
        raise UnreachableError(str(error.reason)) from None
    except (OSError, ValueError) as error:
        raise UnreachableError(str(error) or type(error).__name__) from None
    if not isinstance(told, dict):
        raise UnreachableError("it answered something else than expected")
    return told


def judge(flaws: Iterable[Flaw], accepted: Mapping[str, Accepted], today: date) -> list[str]:
    """Print every flaw in a line; return those that count."""
    counting = []
    for flaw in flaws:
        line = f"{flaw.package.name} {flaw.package.version}: {', '.join(sorted(flaw.names))}: {flaw.summary}"
        known = next((accepted[name] for name in flaw.names if name in accepted), None)
        if known is None:
            counting.append(line)
        elif known.until < today:
            counting.append(f"{line} (to be looked at again since {known.until}: {known.reason})")
        else:
            print(f"audit: accepted until {known.until}: {line} ({known.reason})")
    for line in counting:
        print(f"audit: {line}")
    return counting


def main(arguments: list[str] | None = None) -> int:
    """Return 0 where nothing is known or nobody could be asked, 1 for flaws, 2 where asking was required."""
    parser = argparse.ArgumentParser(description="Ask whether a package of the locks has a known flaw.")
    parser.add_argument("--database", default=DATABASE, help="where OSV's interface is")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, help="flaws that do not touch us")
    parser.add_argument("locks", type=Path, nargs="*", default=[ROOT / lock for lock in LOCKS])
    asked = parser.parse_args(arguments)
    mode = os.environ.get("AUDIT", "")
    if mode == "off":
        print("audit: not asked, since AUDIT=off")
        return FINE
    packages = [package for lock in asked.locks for package in read_lock(lock)]
    accepted = read_accepted(asked.accepted)
    try:
        flaws = find_flaws(packages, asked.database)
    except (UnreachableError, KeyError, ValueError) as error:
        print(
            f"audit: NOT DONE: {asked.database} cannot be asked about {len(set(packages))} packages: "
            f"{error}. Run `make audit` where there is a network."
        )
        return UNASKED if mode == "require" else FINE
    if judge(flaws, accepted, datetime.now(UTC).date()):
        return FLAWED
    print(f"audit: {len(set(packages))} packages, none with a known flaw that touches us")
    return FINE


if __name__ == "__main__":
    sys.exit(main())
