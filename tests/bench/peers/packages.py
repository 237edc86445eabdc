"""Versions of Debian's packages."""

import subprocess


def version_of(package: str) -> str:
    """Return the installed version; empty where there is no such package or no dpkg."""
    words = ["dpkg-query", "-W", "-f", "${Version}", package]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return ""
