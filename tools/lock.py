"""Write the locked requirements files from pyproject.toml: `make lock`.

Each file lists every package with its exact version and the hashes of all its files, for every platform
and for every Python that pyproject.toml admits. It names no index, so it holds wherever pip finds packages.

* requirements.txt: what a running server needs.
* requirements-build.txt: what building the page and the wheel needs.
* requirements-test.txt: both of these, and what tests and checks need.
* requirements-fuzz.txt: what `make fuzz` uses besides, where it can be had.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

# The resolver. It is installed on demand: nobody needs it but for this script.
UV: Final = "uv==0.13.9"

RUNTIME: Final = "requirements.txt"
BUILD: Final = "requirements-build.txt"
TEST: Final = "requirements-test.txt"
FUZZ: Final = "requirements-fuzz.txt"


def compile_lock(target: str, *arguments: str) -> None:
    """Resolve what `arguments` ask for and write it to `target`, keeping versions that it already has."""
    print(f"lock: {target}", flush=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", *arguments),
            *("--universal", "--fork-strategy", "fewest", "--python-version", "3.11", "--generate-hashes"),
            *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"),
            *("--output-file", target),
        ],
        cwd=ROOT,
        check=True,
    )


def main() -> int:
    """Write the files, each agreeing with the one before."""
    parser = argparse.ArgumentParser(description="Write the locked requirements files.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that are allowed")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", UV], check=True)
    compile_lock(RUNTIME, "pyproject.toml", *upgrade)
    compile_lock(BUILD, "--group", "build", "--constraint", RUNTIME, *upgrade)
    compile_lock(
        TEST, "pyproject.toml", "--group", "test", "--constraint", RUNTIME, "--constraint", BUILD, *upgrade
    )
    compile_lock(FUZZ, "--group", "fuzz", *upgrade)
    return 0


if __name__ == "__main__":
    sys.exit(main())
