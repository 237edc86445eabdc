"""One target for some time, in its own process: `python -m tests.fuzz.explore stun --seconds 60 --folder F`.

With `atheris` inputs are led by the lines of ours that they reach; without it they are drawn by chance. The
last line says how many there were. What raised is left in the folder, and the exit code is not 0.
"""

import argparse
import sys
import time
import traceback
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

try:
    import atheris
except ImportError:  # it is for some platforms and Pythons only
    atheris = None

OURS: Final = ["rooms", "signaling", "server"]
SLOW_S: Final = 10
_RSS_MAX_MB: Final = 1_024


def main() -> int:
    """Explore."""
    parser = argparse.ArgumentParser(description="Feed one target.")
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--folder", type=Path, required=True)
    asked = parser.parse_args()
    corpus: Path = asked.folder / "inputs"
    corpus.mkdir(parents=True, exist_ok=True)
    if atheris is None:
        return _explore_by_chance(asked.target, asked.seconds, asked.folder)
    with atheris.instrument_imports(include=OURS):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented as it is imported
    target = TARGETS[asked.target]
    for seed in target.seeds:
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed)
    words: Path = asked.folder / "words.txt"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words if len(word) <= 64), "ascii")
    options = [
        f"-max_total_time={asked.seconds}",
        f"-max_len={target.max_bytes}",
        f"-timeout={SLOW_S}",
        f"-dict={words}",
        f"-rss_limit_mb={_RSS_MAX_MB}",
        f"-artifact_prefix={asked.folder}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.take)
    atheris.Fuzz()
    return 0


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _explore_by_chance(name: str, seconds: int, folder: Path) -> int:
    from tests.fuzz.edits import ByChance  # noqa: PLC0415
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    target = TARGETS[name]
    draws, count, until_s = ByChance(target, Random(0)), 0, time.monotonic() + seconds
    while time.monotonic() < until_s:
        content = draws.draw()
        count += 1
        try:
            target.take(content)
        except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
            (folder / f"crash-{sha256(content).hexdigest()}").write_bytes(content)
            traceback.print_exc()
            return 1
    sys.stderr.write(f"stat::number_of_executed_units: {count}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
