"""Small C programs of the benchmarks, compiled when they are wanted, where there is a compiler."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BUILT: Final = ROOT / "build" / "bench"


class LeftOutError(Exception):
    """Something that a measurement would need is not here; says what, for the page."""


def compiled(name: str, *libraries: str) -> Path:
    """Return the program made of `tests/bench/NAME.c`, compiled anew if the source is newer.

    Raises:
        LeftOutError: without a compiler or a library.
    """
    source, program = Path(__file__).with_name(f"{name}.c"), BUILT / name
    changed = max(file.stat().st_mtime for file in (source, *source.parent.glob("*.h")))
    if program.exists() and program.stat().st_mtime > changed:
        return program
    compiler = shutil.which("cc")
    if compiler is None:
        raise LeftOutError("there is no C compiler (Debian: gcc)")
    BUILT.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(  # noqa: S603 - our own source
        [compiler, "-O2", "-o", program, source, *(f"-l{library}" for library in libraries)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        first = next((line for line in made.stderr.splitlines() if "error" in line), made.stderr[:200])
        raise LeftOutError(f"{name}.c does not compile: {first}")
    return program
