"""Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, Request

from tests.browser.tab import WATCH, tone_script
from tests.browser.wire import Wire

ARGUMENTS: Final = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    # A machine without any network but loopback has no other addresses to try.
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
# Left out on purpose: --use-fake-ui-for-media-stream and --autoplay-policy. A context without the permission
# refuses the microphone, and a page without a click plays nothing, as at home.

WIDE: Final = (1280, 800)
PHONE: Final = (390, 844)
NARROW: Final = (320, 640)


SHELL: Final = "chromium-headless-shell"
"""The same engine without the windows that nobody sees: a third less CPU time in test_live_text.py. It has no
fake microphone and never refuses one, so pages that are refused it, or choose one, need the whole browser."""

PROGRAMS: Final = ("chromium", "chromium-browser")


def chrome_program(*, whole: bool = False) -> str | None:
    """Return the path of Chromium, or None where there is none.

    Args:
        whole: The browser itself and not its engine alone.
    """
    wanted = PROGRAMS if whole else (SHELL, *PROGRAMS)
    return next(filter(None, map(shutil.which, wanted)), None)


@asynccontextmanager
async def chrome_browser(
    playwright: Playwright,
    *,
    program: str | None = None,
    extra: tuple[str, ...] = (),
) -> AsyncIterator[Browser]:
    """Run one Chromium.

    Args:
        playwright: The running Playwright.
        program: Started instead of Chromium itself; takes Chromium's arguments.
        extra: More arguments.
    """
    browser = await playwright.chromium.launch(
        executable_path=program or chrome_program(), args=[*ARGUMENTS, *extra]
    )
    try:
        yield browser
    finally:
        await browser.close()


class ChromeTab:
    """A page in its own context: nothing is shared with other tabs but by asking for it."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self.wire = Wire(page)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        ours, theirs = urlsplit(self.page.url), urlsplit(request.url)
        if request.is_navigation_request() or theirs.scheme in {"data", "blob"} or ours.scheme == "about":
            return
        if theirs.netloc != ours.netloc:
            self.complaints.append(f"left the origin: {request.url}")

    async def open(self, url: str) -> None:
        await self.page.goto(url)

    async def call(self, function: str, *arguments: object) -> object:
        # A list is the one argument that Playwright passes; it is spread again in the page.
        result: object = await self.page.evaluate(f"(given) => ({function})(...given)", list(arguments))
        return result

    def find(self, role: str, name: str) -> Locator:
        """Return the locator of the thing with this role whose accessible name contains this text."""
        return self.page.get_by_role(role, name=name)  # type: ignore[arg-type]  # the role is the caller's word

    async def press(self, role: str, name: str) -> None:
        await self.find(role, name).click()

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label).fill(text)

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def reload(self) -> None:
        await self.page.reload()

    async def screenshot(self, path: Path) -> None:
        await self.page.screenshot(path=path)

    async def close(self) -> None:
        await self.page.close()


async def open_tab(  # noqa: PLR0913 - each says something else about the person in front of it
    browser: Browser,
    *,
    tone_hz: float | None = None,
    microphone: bool = True,
    size: tuple[int, int] = WIDE,
    dark: bool = False,
    locale: str = "en-US",
    before: str = "",
) -> ChromeTab:
    """Open an empty page in a fresh context.

    Args:
        browser: Where.
        tone_hz: What its microphone plays; None leaves the browser's own fake device.
        microphone: Whether the person has allowed the microphone; without it the browser refuses.
        size: Width and height of the window in CSS pixels.
        dark: Whether the person's system is set to dark.
        locale: The language that the browser asks for.
        before: A script that runs in each page before its own.
    """
    context = await browser.new_context(
        permissions=["microphone"] if microphone else [],
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale=locale,
    )
    context.set_default_timeout(10_000)
    if tone_hz is not None and microphone:
        await context.add_init_script(tone_script(tone_hz))
    await context.add_init_script(WATCH)
    if before:
        await context.add_init_script(before)
    return ChromeTab(context, await context.new_page())
