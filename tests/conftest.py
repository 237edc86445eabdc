import os
import shutil
from collections.abc import Callable, Iterable
from typing import Final

import pytest

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


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say what is missing; let browsers have a process of their own.

    Browsers wait for people, databases wait for disks: `make test` runs both halves at once.
    """
    lacking = {marker: missing() for marker, missing in NEEDS.items()}
    for item in items:
        half = "browsers" if "browser" in item.path.parts else "the rest"
        item.add_marker(pytest.mark.xdist_group(half))
        for marker, lack in lacking.items():
            if lack and item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=f"needs {lack}: see tools/system_packages.sh"))
