"""Logging is one for the whole process: what a test sets up must not outlive it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from server.logs import PINNED


@contextmanager
def logs_kept() -> Iterator[None]:
    """Give logging back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in PINNED}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, old in levels.items():
            logging.getLogger(name).setLevel(old)
        logging.getLogger("aiohttp.access").disabled = False
        structlog.reset_defaults()
