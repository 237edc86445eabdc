"""Help is there when nothing else is: without a program, without a network, and not after hiding."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.access import violations
from tests.browser.chrome import PHONE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.person import WORDS
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room, running_server

HELP_KEPT = "async () => (await caches.match('/help?lang=en')) !== undefined"
KEPT = """async () => {
  const rows = await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))
  return rows.flat()
}"""
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"
DANGER = "If you are in danger now, call the emergency number."


async def until_kept(tab: ChromeTab) -> None:
    """Wait until the browser has kept help in the page's language."""

    async def is_kept() -> bool:
        return await tab.call(HELP_KEPT) is True

    await until(is_kept, "help is kept")


async def go_offline(tab: ChromeTab) -> None:
    await tab.context.set_offline(True)


def forgive_offline(tab: ChromeTab) -> None:
    """Take out what a browser says of requests that find no network."""
    tab.complaints[:] = [one for one in tab.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


@pytest.fixture
async def evening(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    """A place with one meeting, later today."""
    room = Room("Late meeting", meeting(minutes_from_now(150)))
    async with running_server(tmp_path, rooms=(room,)) as running:
        yield running


@pytest.mark.timeout(90)
async def test_help_opens_without_a_network_after_one_visit(
    chrome: OpenChrome, evening: LamplitServer
) -> None:
    server = evening
    tab = await chrome(size=PHONE)
    await tab.open(server.url)
    await until_kept(tab)
    await go_offline(tab)
    await tab.open(f"{server.url}/help")
    main = tab.page.locator("main")
    await main.get_by_text(DANGER).wait_for()
    await main.get_by_text("reached just now").wait_for()
    assert await tab.page.locator("#US a[href='tel:988']").count() == 1
    # A page that is not kept: help stands in, and says so.
    await tab.open(f"{server.url}/m/{server.rooms[0].slug}")
    await main.get_by_text(DANGER).wait_for()
    await main.get_by_text("is not kept").wait_for()
    assert await tab.page.locator("[data-live]").is_hidden()
    assert "Late meeting" in await tab.page.locator("#last-known").inner_text()
    assert await violations(tab) == []
    kept = await tab.call(KEPT)
    assert isinstance(kept, list)
    assert {path for path in kept if not path.startswith("/assets/")} <= {"/help", "/api/schedule", "/icon"}
    await tab.context.set_offline(False)
    await main.get_by_role("link", name=re.compile("Try again")).click()
    await tab.page.locator("html:not([data-page])").wait_for()
    forgive_offline(tab)


async def test_hiding_forgets_what_was_kept(chrome: OpenChrome, server: LamplitServer) -> None:
    tab = await chrome()
    await tab.open(server.url)
    await until_kept(tab)
    await tab.press("button", WORDS["hide.open"])
    await tab.page.wait_for_url("**/exit")

    async def is_forgotten() -> bool:
        # The blank page has no program, but it is of the same origin.
        return await tab.call(KEPT) == [] and await tab.call(WORKERS) == 0

    await until(is_forgotten, "nothing is kept any more")


async def test_help_is_read_without_a_program(browser: Browser, server: LamplitServer) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    try:
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{server.url}/help")
        assert await page.get_by_text(DANGER).is_visible()
        assert await page.locator("#away").is_hidden()
        await page.locator("#GB summary").click()
        assert await page.locator("#GB a[href='tel:999']").is_visible()
        for name in ("Safety", "Privacy", "Accessibility"):
            await page.get_by_role("link", name=name).last.click()
            await page.get_by_role("heading", level=1).wait_for()
            assert await page.title() == "Lamplit"
        assert {url for url in asked if not url.startswith(server.url)} == set()
    finally:
        await context.close()


async def test_a_newer_build_takes_the_place_of_the_older(chrome: OpenChrome, server: LamplitServer) -> None:
    tab = await chrome()
    # What an older worker left: its files, and a page of words that is no longer so.
    await tab.open(f"{server.url}/robots.txt")
    await tab.call(
        """async () => {
          await (await caches.open('files-older')).put('/assets/gone.js', new Response('gone'))
          await (await caches.open('words')).put('/safety?lang=en', new Response('older words'))
        }"""
    )
    await tab.open(server.url)
    await until_kept(tab)

    async def is_newer() -> bool:
        names = await tab.call("() => caches.keys()")
        assert isinstance(names, list)
        return len(names) == 2 and "files-older" not in names

    await until(is_newer, "only the newer build is kept")
    safety = await tab.call("async () => (await caches.match('/safety?lang=en')).text()")
    assert "How rooms are kept safe" in str(safety)
