"""Help is there when nothing else is: without a program, without a network, and not after hiding."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.access import violations
from tests.browser.chrome import PHONE, ChromeTab, open_tab
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS
from tests.browser.polling import until
from tests.browser.served import ROOT, LamplitServer

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


async def test_help_opens_without_a_network_after_one_visit(
    chrome: OpenChrome, server: LamplitServer
) -> None:
    tab = await chrome(size=PHONE)
    await tab.open(server.url)
    await until_kept(tab)
    await go_offline(tab)
    await tab.open(f"{server.url}/help")
    main = tab.page.locator("main")
    await main.get_by_text(DANGER).wait_for()
    await main.get_by_text("can’t be reached").wait_for()
    assert await tab.page.locator("#US a[href='tel:988']").count() == 1
    # A page that is not kept: help stands in, and says so.
    await tab.open(f"{server.url}/m/{server.rooms[0].slug}")
    await main.get_by_text(DANGER).wait_for()
    await main.get_by_text("is not kept").wait_for()
    assert await tab.page.locator("[data-live]").is_hidden()
    assert await violations(tab) == []
    kept = await tab.call(KEPT)
    assert isinstance(kept, list)
    assert {path for path in kept if not path.startswith("/assets/")} <= {"/help", "/api/schedule"}
    await tab.context.set_offline(False)
    await main.get_by_role("link", name=re.compile("Try again")).click()
    await tab.page.get_by_role("button", name=WORDS["join.listen"]).wait_for()
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


async def test_a_newer_build_takes_the_place_of_the_older(
    browser: Browser, own_server: LamplitServer
) -> None:
    worker = ROOT / "web" / "dist" / "sw.js"
    old = worker.read_text("utf-8")
    tab = await open_tab(browser)
    try:
        await tab.open(own_server.url)
        await until_kept(tab)
        (build,) = re.findall(r"`(files-[\w-]+)`", old)
        assert set(await caches_of(tab)) == {build, "words"}
        served = old.replace(build, "files-newer")
        await tab.context.route("**/sw.js", lambda route: route.fulfill(body=served, content_type="text/javascript"))
        await tab.call("async () => (await navigator.serviceWorker.getRegistration()).update()")

        async def is_newer() -> bool:
            return set(await caches_of(tab)) == {"files-newer", "words"}

        await until(is_newer, "only the newer build is kept")
        assert tab.complaints == []
    finally:
        await tab.context.close()


async def caches_of(tab: ChromeTab) -> list[str]:
    names = await tab.call("() => caches.keys()")
    assert isinstance(names, list)
    return names
