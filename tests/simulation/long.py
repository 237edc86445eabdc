"""Many walks through a room: `python -m tests.simulation.long --steps 1000000 --seed 1`.

Each walk begins in an empty room and has a seed of its own, which is printed where it fails.
"""

import argparse
import sys
import time
from collections import Counter
from random import Random
from typing import Final

from tests.simulation.room_walk import RoomWalk

WALK_STEPS: Final = 500


def walk(seed: int, steps: int = WALK_STEPS) -> RoomWalk:
    """Return one walk, checked from beginning to end."""
    chance = Random(seed)  # noqa: S311 - to be repeated
    going = RoomWalk()
    for _ in range(steps):
        going.step(chance)
    going.end()
    return going


def main() -> int:
    """Walk, and say how far and what happened on the way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began_s = time.monotonic()
    facts: Counter[str] = Counter()
    accepted = 0
    for seed in range(asked.seed, asked.seed + asked.steps // WALK_STEPS):
        try:
            done = walk(seed)
        except Exception:
            sys.stderr.write(f"the walk with seed {seed} failed\n")
            raise
        accepted += done.accepted
        facts.update(type(commit.fact).__name__ for commit in done.story.log)
    took_s = time.monotonic() - began_s
    sys.stdout.write(f"{asked.steps} steps, {accepted} with facts, {took_s:.0f} s, no difference\n")
    for name, count in sorted(facts.items()):
        sys.stdout.write(f"  {name} {count}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
