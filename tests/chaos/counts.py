"""How many trials a run makes: `make chaos` sets CHAOS=full; a run without it is short."""

import os

IS_FULL: bool = os.environ.get("CHAOS") == "full"


def trials(*, full: int, short: int) -> int:
    """Return how many of something this run makes."""
    return full if IS_FULL else short
