"""Which lines of a target's readers some inputs reach: `python -m tests.fuzz.reached stun --folder F`.

Prints JSON. With `--keep` also writes the fewest short inputs that reach as many lines to `tests/fuzz/kept/`.
"""

import argparse
import importlib.util
import json
import sys
from base64 import b64encode
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import TraceFunction

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

KEPT: Final = Path(__file__).parent / "kept"
KEPT_MAX: Final = 40
_KEPT_MAX_BYTES: Final = 400

_NEW_LOCALS: Final = 0x2  # CO_NEWLOCALS: the body of a class has none

Line = tuple[str, int]


class Reached:
    """Runs inputs and notes the readers' lines."""

    def __init__(self, target: Target) -> None:
        self._target = target
        readers = (reader.partition(":") for reader in target.readers)
        self._files = {str(_file_of(module)): tuple(names.split(",")) for module, _, names in readers}
        self._now: set[Line] = set()

    def by(self, content: bytes) -> set[Line]:
        """Return the lines that one input reaches."""
        self._now = set()
        sys.settrace(self._on_call)
        try:
            self._target.take(content)
        except Exception:  # noqa: BLE001, S110 - counted elsewhere; here it only matters how far it got
            pass
        finally:
            sys.settrace(None)
        return self._now

    def all_lines(self) -> set[Line]:
        """Return every line of the readers' functions."""
        lines: set[Line] = set()
        for file, names in self._files.items():
            code = compile(Path(file).read_bytes(), file, "exec")
            for inner in _functions(code, names):
                lines |= {
                    (file, number)
                    for _, _, number in inner.co_lines()
                    if number and number > inner.co_firstlineno
                }
        return lines

    def _on_call(self, frame: FrameType, _event: str, _arg: object) -> "TraceFunction | None":
        return self._on_line if frame.f_code.co_filename in self._files else None

    def _on_line(self, frame: FrameType, _event: str, _arg: object) -> "TraceFunction":
        self._now.add((frame.f_code.co_filename, frame.f_lineno))
        return self._on_line


def _file_of(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def _functions(code: CodeType, names: tuple[str, ...]) -> list[CodeType]:
    """Return the functions of a module and of its classes whose names begin so."""
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    found = [one for one in inner if one.co_flags & _NEW_LOCALS and one.co_qualname.startswith(names)]
    return found + [deeper for one in inner for deeper in _functions(one, names)]


def main() -> int:
    """Run all inputs in a folder."""
    parser = argparse.ArgumentParser(description="See which lines inputs reach.")
    parser.add_argument("target")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    target = TARGETS[asked.target]
    reached = Reached(target)
    files = sorted((asked.folder / "inputs").glob("*"), key=lambda file: file.stat().st_size)
    inputs = [*target.seeds, *(file.read_bytes() for file in files)]
    lines: set[Line] = set()
    kept: list[bytes] = []
    seeds = len(target.seeds)
    for number, content in enumerate(inputs):
        fresh = reached.by(content) - lines
        lines |= fresh
        if fresh and number >= seeds and len(content) <= _KEPT_MAX_BYTES:
            kept.append(content)
    known = reached.all_lines()
    missed: dict[str, list[int]] = {}
    for file, number in sorted(known - lines):
        missed.setdefault(Path(file).name, []).append(number)
    found = {"inputs": len(inputs), "lines": len(known), "reached": len(known & lines), "missed": missed}
    sys.stdout.write(json.dumps(found))
    if asked.keep and kept:
        KEPT.mkdir(exist_ok=True)
        text = "".join(f"{b64encode(content).decode()}\n" for content in kept[:KEPT_MAX])
        (KEPT / f"{asked.target}.txt").write_text(text, "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
