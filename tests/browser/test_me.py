"""What is the person's own on this device: the look, what is kept, the sound, and the sheet that has it."""

from typing import Final

import pytest

from tests.browser.access import axe, overflow
from tests.browser.chrome import NARROW, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room

KEPT: Final = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
LOOK: Final = """() => [
  getComputedStyle(document.documentElement).backgroundColor,
  getComputedStyle(document.documentElement).fontSize,
  document.querySelector('meta[name=theme-color]').content,
]"""
BLACK_ON_WHITE: Final = ["rgb(255, 255, 255)", "36px", "#fff"]


async def until_looks(tab: ChromeTab, look: list[str]) -> None:
    async def is_so() -> bool:
        return await tab.call(LOOK) == look

    await until(is_so, f"the page looks like {look}")


@pytest.mark.timeout(60)
async def test_the_look_is_kept_and_is_on_every_page(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    tab = await chrome(size=NARROW)
    await tab.open(f"{server.url}/me")
    await tab.page.get_by_label(WORDS["look.theme.contrast"]).check()
    await tab.page.get_by_label(WORDS["look.size_percent"].format(percent=200)).check()
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    assert await axe(tab) == []
    await tab.reload()
    await until_looks(tab, BLACK_ON_WHITE)
    ann = Person(tab, server, room)
    await ann.visit_lobby()
    await tab.find("link", room.title).wait_for()
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    await ann.choose_room()
    await ann.take_seat("Ann")
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    assert await axe(tab) == []


async def test_the_look_is_there_before_the_page_is(chrome: OpenChrome, server: LamplitServer) -> None:
    tab = await chrome()
    await tab.open(f"{server.url}/me")
    await tab.page.get_by_label(WORDS["look.theme.dark"]).check()
    # What the program itself would do comes too late: it never comes.
    await tab.page.route("**/assets/index-*.js", lambda route: route.abort())
    await tab.reload()
    assert await tab.call(LOOK.replace("'meta[name=theme-color]'", "'meta[name=color-scheme]'")) == [
        "rgb(21, 25, 27)",
        "18px",
        "light dark",
    ]
    tab.complaints[:] = [one for one in tab.complaints if "ERR_FAILED" not in one]


async def test_forgetting_leaves_nothing(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    ann = Person(await chrome(), server, room)
    await ann.visit_lobby()
    await ann.choose_room()
    await ann.tab.page.get_by_label(WORDS["join.remember"]).check()
    await ann.take_seat("Ann")
    await ann.leave()
    await ann.tab.open(f"{server.url}/me")
    await ann.tab.page.get_by_label(WORDS["look.theme.dark"]).check()
    kept = await ann.tab.call(KEPT)
    assert isinstance(kept, list)
    assert {"name", "device", "settings"} <= set(kept)
    for words in ("kept.name", "kept.device", "kept.settings"):
        await ann.until_reads(WORDS[words])
    async with ann.tab.page.expect_download() as begun:
        await ann.tab.press("button", WORDS["me.download"])
    written = (await (await begun.value).path()).read_text("utf-8")
    assert '"name": "Ann"' in written
    await ann.tab.press("button", WORDS["me.forget"])
    await ann.until_reads(WORDS["me.forgotten"])
    assert await ann.tab.call(KEPT) == []
    await until_looks(ann.tab, ["rgb(250, 246, 239)", "18px", "#faf6ef"])
