"""What a visitor sees first: the lobby and the schedule, with the program and without it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import axe, overflow, violations
from tests.browser.chrome import PHONE
from tests.browser.conftest import OpenChrome
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.person import WORDS, Person
from tests.browser.served import LamplitServer, Room, running_server


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    rooms = (
        Room("Early risers", meeting(minutes_from_now(-20))),
        Room("Lunch table", meeting(minutes_from_now(150), minutes=90)),
        Room("Talk"),
    )
    async with running_server(tmp_path, rooms=rooms) as server:
        yield server


async def test_lobby_and_schedule_are_read_without_a_program(
    chrome: OpenChrome, place: LamplitServer
) -> None:
    page = (await chrome(size=PHONE)).page
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    try:
        bare = await context.new_page()
        await bare.goto(place.url)
        assert await bare.get_by_role("heading", level=1).inner_text() == WORDS["lobby.title"]
        assert "Early risers" in await bare.inner_text("section[aria-labelledby=on-now]")
        await bare.get_by_role("link", name=WORDS["places.schedule"], exact=True).click()
        assert "Lunch table" in await bare.inner_text("main")
        await bare.goto(f"{place.url}/m/lunch-table")
        assert "To join by voice you need JavaScript" in await bare.inner_text("main")
    finally:
        await context.close()


async def test_the_program_takes_over_and_the_week_is_filtered_by_keyboard(
    chrome: OpenChrome, place: LamplitServer
) -> None:
    visitor = Person(await chrome(size=PHONE), place, place.rooms[0])
    page = visitor.tab.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(place.url)
    await page.get_by_role("link", name=f"{WORDS['lobby.listen']} Early risers").wait_for()
    await page.get_by_role("button", name=WORDS["zone.change"]).wait_for()
    assert [url for url in asked if "/api/" in url] == []
    await page.get_by_role("link", name=WORDS["places.schedule"], exact=True).click()
    await page.get_by_role("searchbox").fill("lunch")
    await page.locator(".count").wait_for()
    assert "Early risers" not in await page.inner_text("main")
    await page.get_by_role("searchbox").fill("")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("checkbox", name="Early risers").focus()
    await page.keyboard.press("Space")
    await page.get_by_text(WORDS["schedule.filters_on.one"].format(count=1)).wait_for()
    await expect(page.locator(".meeting").filter(has_text="Lunch table")).to_have_count(0)
    assert await axe(visitor.tab) == []
    assert await overflow(visitor.tab) == []
    assert await violations(visitor.tab) == []
