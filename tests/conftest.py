import os
import shutil
from collections.abc import Callable, Iterable
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

BROWSER_PROGRAMS: Final = ("chromium", "firefox-esr", "pulseaudio")
NETNS_PROGRAMS: Final = ("ip", "iptables")


def missing_for_browser() -> str:
    """Name the programs that browser tests need and this machine lacks."""
    return ", ".join(name for name in BROWSER_PROGRAMS if shutil.which(name) is None)


def missing_for_netns() -> str:
    """Name what network namespace tests need and this machine or its user lacks."""
    missing = [name for name in NETNS_PROGRAMS if shutil.which(name) is None]
    return ", ".join(missing if os.geteuid() == 0 else ["root", *missing])


NEEDS: Final[dict[str, Callable[[], str]]] = {"browser": missing_for_browser, "netns": missing_for_netns}


class BesideEachOther(LoadScopeScheduling):  # type: ignore[misc] - it brings no types
    """Browser tests file by file, the others folder by folder: those wait for pages, these compute."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::", 1)[0]
        return path if path.startswith("tests/browser/") else path.rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BesideEachOther:
    """Give each free process the next file or folder, the largest first."""
    return BesideEachOther(config, log)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say what is missing."""
    lacking = {marker: missing() for marker, missing in NEEDS.items()}
    for item in items:
        for marker, lack in lacking.items():
            if lack and item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=f"needs {lack}: see tools/system_packages.sh"))
