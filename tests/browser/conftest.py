"""Browsers, and the server that they visit.

Where Chromium, Firefox or the sound server is missing, the tests that need it are skipped and say so
(tools/system_packages.sh installs them).
"""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web
from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from tests.browser.chrome import ChromeTab, chrome_browser, chrome_program, open_tab
from tests.browser.firefox import FirefoxTab, firefox_browser, firefox_program
from tests.browser.person import Person
from tests.browser.served import ROOMS, LamplitServer, Room, running_server
from tests.browser.sound import null_sink

PAGES = Path(__file__).parent / "pages"
ARTIFACTS = Path(__file__).parent / "artifacts"

OpenChrome = Callable[..., Awaitable[ChromeTab]]
OpenBrowser = Callable[[], Awaitable[Browser]]
OpenFirefox = Callable[..., Awaitable[FirefoxTab]]
Gather = Callable[..., Awaitable[Person[ChromeTab]]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if isinstance(item, pytest.Function):
                item.fixturenames.sort(key=_BROWSERS.__contains__)  # opened last, closed before any server


_BROWSERS: Final = {"chrome", "firefox"}
_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report


async def keep_evidence(test: pytest.Item, tabs: Sequence[ChromeTab]) -> None:
    """After a failed test: write what each page shows, and what it complained of."""
    ARTIFACTS.mkdir(exist_ok=True)
    (ARTIFACTS / ".gitignore").write_text("*\n", "utf-8")
    for number, tab in enumerate(tabs):
        name = re.sub(r"\W+", "-", f"{test.name}-{number}")
        with suppress(PlaywrightError):  # a page that is gone shows nothing
            await tab.page.screenshot(path=ARTIFACTS / f"{name}.png")
        story = [*tab.complaints, "", *tab.wire.sent[-20:], "", *tab.wire.received[-20:]]
        (ARTIFACTS / f"{name}.txt").write_text("\n".join(story), "utf-8")


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    if chrome_program() is None:
        pytest.skip("chromium is not installed")
    async with async_playwright() as running:
        yield running


@pytest.fixture(scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """One Chromium for the whole run; every tab has a context of its own."""
    async with chrome_browser(playwright) as running:
        yield running


@pytest.fixture(scope="session")
async def whole_browser(playwright: Playwright) -> AsyncIterator[OpenBrowser]:
    """The browser itself and not its engine alone (see `chrome.SHELL`), started when first asked for."""
    async with AsyncExitStack() as stack:
        running: list[Browser] = []

        async def started() -> Browser:
            if not running:
                program = chrome_program(whole=True)
                running.append(await stack.enter_async_context(chrome_browser(playwright, program=program)))
            return running[0]

        yield started


@pytest.fixture
async def chrome(
    browser: Browser, whole_browser: OpenBrowser, request: pytest.FixtureRequest
) -> AsyncIterator[OpenChrome]:
    """Open tabs in Chromium (arguments of `open_tab`); a complaint of any of them fails the test.

    A test with the mark `whole_browser` gets them in the browser itself.
    """
    tabs: list[ChromeTab] = []
    is_whole = request.node.get_closest_marker("whole_browser") is not None

    async def opened(**settings: object) -> ChromeTab:
        where = await whole_browser() if is_whole else browser
        tabs.append(await open_tab(where, **settings))  # type: ignore[arg-type]  # open_tab checks them
        return tabs[-1]

    try:
        yield opened
    finally:
        if request.node.stash.get(_failed, default=False):
            await keep_evidence(request.node, tabs)
        for tab in tabs:
            await tab.context.close()
    complaints = [complaint for tab in tabs for complaint in tab.complaints]
    assert not complaints, complaints


@pytest.fixture(scope="session")
async def sound_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    if shutil.which("pulseaudio") is None:
        pytest.skip("pulseaudio is not installed; Firefox needs a sound device")
    async with null_sink(tmp_path_factory.mktemp("pulse")) as address:
        yield address


@pytest.fixture
async def firefox(sound_server: str, tmp_path: Path) -> AsyncIterator[OpenFirefox]:
    """Start Firefoxes (keyword `tone_hz`), each with a fresh profile; a complaint of any fails the test."""
    if firefox_program() is None:
        pytest.skip("firefox-esr is not installed")
    tabs: list[FirefoxTab] = []
    async with AsyncExitStack() as running:

        async def opened(*, tone_hz: int | None = None) -> FirefoxTab:
            profile = tmp_path / f"firefox{len(tabs)}"
            tabs.append(
                await running.enter_async_context(
                    firefox_browser(profile, sound_server=sound_server, tone_hz=tone_hz)
                )
            )
            return tabs[-1]

        yield opened
    complaints = [complaint for tab in tabs for complaint in tab.complaints]
    assert not complaints, complaints


@pytest.fixture(scope="session")
async def plain_url() -> AsyncIterator[str]:
    """Address of a page that has nothing of ours: the harness is tried on it."""
    site = web.Application()
    site.router.add_static("/", PAGES)
    runner = web.AppRunner(site)
    await runner.setup()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        port = runner.addresses[0][1]
        yield f"http://127.0.0.1:{port}/plain.html"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LamplitServer]:
    """One server for the tests of a file that leave it running; each uses a room of its own."""
    async with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    """A server for one test, which may stop it."""
    folder = tmp_path / "server"
    folder.mkdir()
    async with running_server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def free_rooms() -> Iterator[Room]:
    return iter(ROOMS)


@pytest.fixture
def room(free_rooms: Iterator[Room]) -> Room:
    """A room that no other test of the file uses."""
    return next(free_rooms)


@pytest.fixture
def gather(chrome: OpenChrome, server: LamplitServer, room: Room) -> Gather:
    """Seat people in the room under a name, each in a Chromium tab (arguments of `open_tab`)."""

    async def gathered(name: str, **settings: object) -> Person[ChromeTab]:
        person = Person(await chrome(**settings), server, room)
        await person.join(name)
        return person

    return gathered
