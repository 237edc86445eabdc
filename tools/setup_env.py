"""Make .venv with everything locked, or bring it up to date: `make setup`.

    python tools/setup_env.py          what running needs: the server, and the tools that build the page
    python tools/setup_env.py --test   that, and what tests and checks need

Uses only the standard library. Does nothing when .venv already holds what the lock files say.
"""

import sys

OLDEST_PYTHON = (3, 11)

if sys.version_info < OLDEST_PYTHON:  # Said before newer modules are imported: an old Python stops at those.
    sys.exit(
        "setup: Lamplit needs Python 3.11 or newer, and this is {}.{} ({}). "
        "Install a newer one, or name it: make PYTHON=/path/to/python3.11 run".format(
            sys.version_info[0], sys.version_info[1], sys.executable
        )
    )

import argparse
import hashlib
import importlib.util
import json
import re
import subprocess
import time
from collections import deque
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

# Lock files of each kind of environment. "test" holds all that "run" holds, so it serves for both.
LOCKS: Final = {
    "run": ("requirements.txt", "requirements-build.txt"),
    "test": ("requirements-test.txt",),
}

# How much of pip's talk is shown when it fails.
SHOWN_LINES: Final = 40


class SetupError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def venv_python(venv: Path) -> Path:
    """Return where a virtual environment keeps its Python."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def is_usable(venv: Path) -> bool:
    """Say whether `venv` holds a Python that starts, is new enough, and has pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        answer = subprocess.run([venv_python(venv), "-c", probe], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def make_venv(venv: Path) -> None:
    """Make an empty virtual environment with pip, in place of a broken one if there is one.

    Raises:
        SetupError: This Python cannot make one.
    """
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupError(
            f"{sys.executable} came without {' and '.join(missing)}, which make virtual environments. "
            "On Debian and Ubuntu: apt-get install python3-venv"
        )
    print(f"setup: making {venv.name} with Python {sys.version.split()[0]}", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", venv], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise SetupError(f"a virtual environment could not be made:\n{made.stdout}{made.stderr}")


def fingerprint(root: Path, kind: str) -> str:
    """Return a hash of all that decides what the environment of this kind holds."""
    digest = hashlib.sha256(str(root).encode())  # An editable install knows the checkout by its path.
    for name in (*LOCKS[kind], "pyproject.toml"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def read_stamp(venv: Path) -> dict[str, str]:
    """Return the fingerprint of every kind of environment that `venv` was set up as."""
    try:
        stamp = json.loads((venv / ".lamplit-setup").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_current(root: Path, venv: Path, kind: str) -> bool:
    """Say whether `venv` already holds what this kind needs."""
    stamp = read_stamp(venv)
    serving = [kind] if kind == "test" else [kind, "test"]
    return any(stamp.get(name) == fingerprint(root, name) for name in serving)


def count_pins(root: Path, kind: str) -> int:
    """Return how many packages the lock files of this kind name."""
    return sum(len(re.findall(r"(?m)^\w.*==", (root / name).read_text())) for name in LOCKS[kind])


def pip(venv: Path, *arguments: str, expected: int = 0) -> None:
    """Run pip in `venv` and show how far it is, as a count up to `expected` packages.

    Raises:
        SetupError: pip failed; the text ends with its last lines.
    """
    command = [str(venv_python(venv)), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    talk: deque[str] = deque(maxlen=SHOWN_LINES)
    seen = 0
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as running:
        for line in running.stdout or ():
            talk.append(line)
            if expected and line.startswith(("Collecting ", "Requirement already satisfied: ")):
                seen += 1
                show_progress(seen, expected, re.split(r"[ (;]", line.partition(": ")[2] or line[11:])[0])
            elif expected and line.startswith("Installing collected"):
                print("setup: unpacking", flush=True)
    if running.returncode != 0:
        raise SetupError(f"pip stopped with exit code {running.returncode}. Its last words:\n{''.join(talk)}")


def show_progress(seen: int, expected: int, name: str) -> None:
    """Print one package of many: every one on a terminal, now and then elsewhere."""
    if sys.stdout.isatty():
        end = "\n" if seen >= expected else ""
        print(f"\r\x1b[Ksetup: {seen} of {expected}  {name.strip()}", end=end, flush=True)
    elif seen % 20 == 0 or seen == expected:
        print(f"setup: {seen} of {expected} packages", flush=True)


def set_up(root: Path, venv: Path, kind: str) -> None:
    """Bring `venv` to what the lock files of this kind say.

    Raises:
        SetupError: Python or pip could not do it.
    """
    if not is_usable(venv):
        make_venv(venv)
    elif is_current(root, venv, kind):
        return
    started_s = time.monotonic()
    locks = [argument for name in LOCKS[kind] for argument in ("--requirement", str(root / name))]
    print(f"setup: installing what {' and '.join(LOCKS[kind])} name", flush=True)
    pip(venv, "install", "--require-hashes", "--no-deps", *locks, expected=count_pins(root, kind))
    pip(venv, "install", "--no-deps", "--no-build-isolation", "--editable", str(root))
    stamp = {name: was for name, was in read_stamp(venv).items() if was == fingerprint(root, name)}
    stamp[kind] = fingerprint(root, kind)
    (venv / ".lamplit-setup").write_text(json.dumps(stamp))
    print(f"setup: ready after {time.monotonic() - started_s:.0f} s", flush=True)


def main() -> int:
    """Read the command line and set up; the result is the exit code."""
    parser = argparse.ArgumentParser(description="Make .venv with everything that the lock files name.")
    parser.add_argument("--test", action="store_true", help="also what tests and checks need")
    kind = "test" if parser.parse_args().test else "run"
    try:
        set_up(ROOT, ROOT / ".venv", kind)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
