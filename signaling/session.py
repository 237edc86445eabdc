"""One connection's phases as a table: (phase, input) -> phase. Nothing else assigns a phase."""

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where a connection stands."""

    OPENED = "opened"  # the WebSocket is there, Socket.IO's CONNECT is not
    CONNECTED = "connected"  # CONNECT came: waiting for join or resume
    SEATED = "seated"
    CLOSED = "closed"


class Input(StrEnum):
    """What moves a connection on."""

    CONNECT = "connect"
    SEAT = "seat"  # join or resume was accepted
    CLOSE = "close"


TRANSITIONS: Final[dict[tuple[Phase, Input], Phase]] = {
    (Phase.OPENED, Input.CONNECT): Phase.CONNECTED,
    (Phase.CONNECTED, Input.SEAT): Phase.SEATED,
    (Phase.OPENED, Input.CLOSE): Phase.CLOSED,
    (Phase.CONNECTED, Input.CLOSE): Phase.CLOSED,
    (Phase.SEATED, Input.CLOSE): Phase.CLOSED,
    (Phase.CLOSED, Input.CLOSE): Phase.CLOSED,
}


class OutOfTurnError(Exception):
    """The input does not fit the phase."""


def advance(phase: Phase, step: Input) -> Phase:
    """Return the next phase.

    Raises:
        OutOfTurnError: if the table has no such step.
    """
    try:
        return TRANSITIONS[phase, step]
    except KeyError:
        raise OutOfTurnError(f"{step} in {phase}") from None
