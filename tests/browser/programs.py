"""Ending the programs that a test has started: each by itself, never by name."""

import asyncio
import signal
from typing import Final

PATIENCE_S: Final = 5.0


async def stop_program(child: asyncio.subprocess.Process, *, by: signal.Signals = signal.SIGTERM) -> int:
    """End a program and wait for it; one that does not listen is killed. Returns its exit code."""
    if child.returncode is not None:
        return child.returncode
    try:
        child.send_signal(by)
        return await asyncio.wait_for(child.wait(), PATIENCE_S)
    except ProcessLookupError:
        return await child.wait()
    except TimeoutError:
        child.kill()
        return await child.wait()
