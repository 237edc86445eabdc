"""Pictures of every page and state: `python -m tests.browser.screenshots [FOLDER] [PART...]`.

Each is written at phone and desk width, by day and by night, into build/screenshots (or FOLDER). A PART is
the name of a function of tests/browser/tour.py, such as `see_door`; without one there are all.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import async_playwright

from tests.browser.chrome import PHONE, WIDE, ChromeTab, chrome_browser, chrome_program
from tests.browser.served import ROOT, running_server
from tests.browser.tour import PARTS, Tour, rooms_of_now
from tests.browser.tour_troubles import TROUBLES

FOLDER: Final = ROOT / "build" / "screenshots"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


class Camera:
    """Writes what the window shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def see(self, tab: ChromeTab, state: str) -> None:
        """Write both themes under this state's name."""
        window = tab.page.viewport_size
        assert window is not None
        for scheme in SCHEMES:
            await tab.page.emulate_media(color_scheme=scheme)
            await tab.page.screenshot(path=self._folder / f"{state}-{window['width']}-{scheme}.png")


async def main(folder: Path, names: Sequence[str]) -> None:
    """Write the pictures of these parts, or of all."""
    program = chrome_program(whole=True)
    async with async_playwright() as playwright, chrome_browser(playwright, program=program) as browser:
        for size, part in product((PHONE, WIDE), (*PARTS, *TROUBLES)):
            if names and part.__name__ not in names:
                continue
            with tempfile.TemporaryDirectory() as data:
                async with running_server(Path(data), rooms=rooms_of_now()) as server:
                    await part(Tour(browser, server, size, Camera(folder).see))


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen, sys.argv[2:]))
    print(f"{len(list(chosen.glob('*.png')))} pictures in {chosen}")  # noqa: T201 -- says where to look
