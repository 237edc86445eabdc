"""A server that tells how it is: `python -m tests.soak.watched --config FILE`, run by the soak.

It is the server that `lamplit serve` runs, and one more task in its loop. After the line that says where it
is, standard output gets a `Look` as JSON every five seconds; SIGUSR1 asks for a `Census`.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from server.config import Config
from server.config_sources import load_config
from server.lifecycle import RunningServer, serve
from server.logs import set_up_logs

LOOK_EVERY_S: Final = 0.01
TELL_EVERY_S: Final = 5.0  # if nothing else is said
TYPES_TOLD: Final = 400


class Look(msgspec.Struct, frozen=True, kw_only=True, tag="look"):
    """How the server was within the last five seconds.

    Attributes:
        tasks: in its loop, the one that looks included.
        blocks: small blocks that the interpreter has given out (`sys.getallocatedblocks`).
        late_us: by how much each sleep of 10 ms was too long.
        starved_us: for how much of that time and of the sleep's the kernel had given the core to others
            while the loop's thread wanted it (the second number of schedstat).
    """

    tasks: int
    blocks: int
    late_us: list[int]
    starved_us: list[int]


class Census(msgspec.Struct, frozen=True, kw_only=True, tag="census"):
    """Objects that are alive after a collection, by type, the most frequent ones; and blocks given out."""

    objects: dict[str, int]
    blocks: int


class Watch:
    """Looks at the loop that it runs in."""

    def __init__(self, every_s: float) -> None:
        """Tell so often."""
        self._every_s = every_s
        self._late_us: list[int] = []
        self._starved_us: list[int] = []
        self._delays = Path("/proc/thread-self/schedstat").resolve()

    async def run(self) -> None:
        """Look and tell until cancelled."""
        told_s = time.monotonic()
        while True:
            starved_ns, began_ns = self._run_delay_ns(), time.monotonic_ns()
            await asyncio.sleep(LOOK_EVERY_S)
            now_ns = time.monotonic_ns()
            self._late_us.append(max(0, round((now_ns - began_ns) / 1e3 - LOOK_EVERY_S * 1e6)))
            self._starved_us.append((self._run_delay_ns() - starved_ns) // 1_000)
            if now_ns / 1e9 - told_s >= self._every_s:
                told_s += self._every_s
                self._tell_look()

    def take_census(self) -> None:
        """Count what is alive. It stops the loop for a moment."""
        gc.collect()
        found = Counter(_name(type(thing)) for thing in gc.get_objects())
        _tell(Census(objects=dict(found.most_common(TYPES_TOLD)), blocks=sys.getallocatedblocks()))
        self._late_us.clear()
        self._starved_us.clear()

    def _tell_look(self) -> None:
        look = Look(
            tasks=len(asyncio.all_tasks()),
            blocks=sys.getallocatedblocks(),
            late_us=self._late_us,
            starved_us=self._starved_us,
        )
        _tell(look)
        self._late_us, self._starved_us = [], []

    def _run_delay_ns(self) -> int:
        return int(self._delays.read_bytes().split()[1])


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _tell(what: Look | Census) -> None:
    sys.stdout.write(msgspec.json.encode(what).decode() + "\n")
    sys.stdout.flush()


def _announce(server: RunningServer) -> None:
    """Say where it is in the words of `lamplit serve`, which who starts servers waits for."""
    sys.stdout.write(f"Lamplit is on. Open {server.url} in a browser.\n")
    sys.stdout.flush()


async def _run(config: Config, every_s: float) -> None:
    watch = Watch(every_s)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, watch.take_census)
    async with asyncio.TaskGroup() as tasks:

        def on_start(server: RunningServer) -> None:
            _announce(server)
            looking.append(tasks.create_task(watch.run()))

        looking: list[asyncio.Task[None]] = []
        await serve(config, on_start)
        for task in looking:
            task.cancel()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.watched", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--every", type=float, default=TELL_EVERY_S, metavar="S")
    asked = parser.parse_args()
    config = load_config(asked.config, os.environ)
    set_up_logs(config.logs.level, config.logs.format)
    asyncio.run(_run(config, asked.every))


if __name__ == "__main__":
    main()
