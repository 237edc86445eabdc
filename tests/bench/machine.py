"""Which machine this is, which cores are whose, and what else runs on it."""

import os
import platform
import resource
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
OTHERS_MAX: Final = 0.1  # of all cores: with more than this used by other programs a row is void


def describe() -> dict[str, Any]:
    """What an engineer wants to know of the machine before believing a figure."""
    return {
        "cpu": _first_value("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "is_virtual": "hypervisor" in _first_value("/proc/cpuinfo", "flags").split(),
        "memory_gib": round(int(_first_value("/proc/meminfo", "MemTotal").split()[0]) / 1_048_576, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def _first_value(path: str, key: str) -> str:
    for line in Path(path).read_text("utf-8", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"


def has_two_cores() -> bool:
    """Whether server and load can have a core each."""
    return {SERVER_CORE, LOAD_CORE} <= set(os.sched_getaffinity(0))


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process, and those they start, on one core, where there are two."""
    if (os.cpu_count() or 1) < 2:
        return
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def cpu_ns_of(pids: Iterable[int]) -> int:
    """User and system time of all threads that are alive (the kernel's schedstat)."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text("ascii").split()[0])
            except (FileNotFoundError, ProcessLookupError):  # a thread that has just ended
                continue
    return total


def resident_kib_of(pids: Iterable[int]) -> int:
    """Memory in use (the kernel's statm)."""
    page_kib = resource.getpagesize() // 1_024
    return sum(int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * page_kib for pid in pids)


def allow_files(wanted: int) -> None:
    """Raise the limit of open files where it is too low; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


class Neighbours:
    """What programs that are not part of a measurement use meanwhile, and what the host took away."""

    def __init__(self, ours: Sequence[int]) -> None:
        self._ours = [*ours, os.getpid()]
        self._begin_s = time.monotonic()
        self._before_ns = self._theirs_ns()

    def part(self) -> float:
        """Return how much of all cores they have used since the beginning."""
        used_ns = self._theirs_ns() - self._before_ns
        return max(0.0, used_ns / 1e9 / (time.monotonic() - self._begin_s) / (os.cpu_count() or 1))

    def _theirs_ns(self) -> int:
        fields = Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields)
        busy = user + nice + system + irq + softirq + steal
        return busy * 1_000_000_000 // os.sysconf("SC_CLK_TCK") - cpu_ns_of(self._ours)
