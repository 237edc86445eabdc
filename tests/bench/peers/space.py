"""A network namespace with one address that is not loopback, which some servers want. Needs root and ip(8).

Both ends of its cable are inside, so that nothing else on the machine sees a new interface; packets to the
own address go the way of loopback.
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.compiled import LeftOutError
from tests.browser.netns import entered

ADDRESS: Final = "198.18.0.1"  # from the block for benchmarks of devices (RFC 2544)
NEAR, FAR = "near", "far"
_NUMBERS: Final = itertools.count(1)
_PATH: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

__all__ = ["ADDRESS", "NEAR", "Space", "entered", "open_space"]


class Space:
    """One namespace. Made by `open_space`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def command(self, *words: str) -> list[str]:
        """What starts a program inside."""
        return ["ip", "netns", "exec", self.name, *words]


@contextmanager
def open_space() -> Iterator[Space]:
    """Make one; it is gone afterwards.

    Raises:
        LeftOutError: where that is not allowed.
    """
    if os.geteuid() != 0 or shutil.which("ip", path=_PATH) is None:
        raise LeftOutError("needs root and ip(8), for a network namespace")
    name = f"lampbench{os.getpid()}-{next(_NUMBERS)}"
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", name, "link", "add", NEAR, "type", "veth", "peer", "name", FAR)
        _run("ip", "-n", name, "address", "add", f"{ADDRESS}/24", "dev", NEAR)
        for device in (NEAR, FAR):
            _run("ip", "-n", name, "link", "set", device, "up")
        yield Space(name)
    finally:
        _run("ip", "netns", "delete", name)


def _run(*command: str) -> None:
    done = subprocess.run(  # noqa: S603 - ip(8), words of ours
        command, env={**os.environ, "PATH": _PATH}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LeftOutError(f"{' '.join(command)}: {done.stderr.strip()}")
