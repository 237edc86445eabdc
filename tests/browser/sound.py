"""What is heard: a sound device for browsers that need one, and tones told from one another.

A page is heard through the meter of watch.js: an FFT of 8192 without smoothing over what the page's audio
elements play. A tone counts as heard when it stands 20 dB over everything that is 60 Hz or more away from it:
measured on this path, a sine through Opus stands 35 dB and more over its surroundings.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from tests.browser.polling import throughout, until
from tests.browser.programs import stop_program
from tests.browser.tab import Tab

MARGIN_DB: Final = 20.0
# Quieter than this is no tone, however quiet the rest is.
AUDIBLE_DB: Final = -60.0


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the spectrum of what a page plays, in dB of full scale."""

    context: str
    lines: int
    tone_db: float
    rest_db: float
    peak_hz: float
    peak_db: float

    def is_tone(self) -> bool:
        """Whether the tone that was looked for is heard alone."""
        return self.tone_db > AUDIBLE_DB and self.tone_db >= self.rest_db + MARGIN_DB


async def listen(tab: Tab, tone_hz: float) -> Heard:
    """Measure a page once."""
    return msgspec.convert(await tab.call("hz => window.watch.listen(hz)", tone_hz), Heard)


async def hears(tab: Tab, tone_hz: float, *, within_s: float = 10.0) -> Heard:
    """Wait until the page plays this tone and nothing else."""
    last: list[Heard] = []

    async def ask() -> Heard | None:
        last[:] = [await listen(tab, tone_hz)]
        return last[0] if last[0].is_tone() else None

    try:
        return await until(ask, f"{tone_hz:g} Hz is heard", within_s=within_s)
    except AssertionError as error:
        raise AssertionError(f"{error}; last measured: {last}") from None


async def silent(tab: Tab, *, within_s: float = 5.0, for_s: float = 0.5) -> None:
    """Wait until the page plays nothing that could be heard, and see that it stays so for a while."""

    async def is_quiet() -> bool:
        heard = await listen(tab, 440.0)
        return heard.context == "running" and heard.peak_db < AUDIBLE_DB

    await until(is_quiet, "silence", within_s=within_s)
    await throughout(is_quiet, "silence", for_s=for_s)


@asynccontextmanager
async def null_sink(folder: Path) -> AsyncIterator[str]:
    """Run a sound server whose only device plays to nowhere; gives the value for PULSE_SERVER.

    Firefox never starts an AudioContext without a sound device.
    """
    program = shutil.which("pulseaudio")
    assert program is not None
    folder.mkdir(mode=0o700, exist_ok=True)  # noqa: ASYNC240  # a folder, once
    socket_path = folder / "sock"
    child = await asyncio.create_subprocess_exec(
        *(program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"),
        f"--load=module-native-protocol-unix socket={socket_path} auth-anonymous=1",
        "--load=module-null-sink sink_name=null",
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:

        async def is_there() -> bool:
            return socket_path.exists()

        await until(is_there, "the sound server's socket", within_s=10)
        yield f"unix:{socket_path}"
    finally:
        await stop_program(child)
