"""Ending the programs that a test has started: each by itself, never by name."""

import asyncio
import signal
from typing import Final

PATIENCE_S: Final = 5.0


async def stop_process(process: asyncio.subprocess.Process, *, by: signal.Signals = signal.SIGTERM) -> int:
    """End a program and wait for it; one that does not listen is killed. Returns its exit code."""
    if process.returncode is not None:
        return process.returncode
    try:
        process.send_signal(by)
        return await asyncio.wait_for(process.wait(), PATIENCE_S)
    except ProcessLookupError:
        return await process.wait()
    except TimeoutError:
        process.kill()
        return await process.wait()
