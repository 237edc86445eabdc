"""The page in other languages: its words from the first paint, long words, and right to left."""

from typing import Final

import msgspec
import pytest
from playwright.async_api import expect

from tests.browser.access import axe, clipped, overflow, small_targets
from tests.browser.chrome import NARROW, PHONE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import ROOMS, ROOT, LamplitServer, Room
from tests.browser.tab import texts
from tests.browser.test_groups import enter


def catalogue(folder: str, name: str) -> dict[str, str]:
    return msgspec.json.decode((ROOT / folder / name).read_bytes(), type=dict[str, str])


SPANISH: Final = {
    key: text
    for path in sorted((ROOT / "web" / "locales").glob("es*.json"))
    if path.name not in ("es.host.json", "es.group.json")  # these have keys of their own
    for key, text in catalogue("web/locales", path.name).items()
}
SERVED: Final = catalogue("server/http/words", "es.safety.json")

BEN: Final = "Wilhelmina of the long river"
# What people and operators have written is in their language.
OWN_WORDS: Final = [
    "Ann",
    "Ann xa",
    "Annelore",
    BEN,
    "Come in and sit down.",
    *(room.title for room in ROOMS),
]

# Everything that stood in the page at any time: what flashes by is seen too.
SEEN: Final = """
window.seen = new Set()
const look = () => {
  for (const one of document.querySelectorAll('h1, h2, button')) window.seen.add(one.textContent.trim())
}
new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
"""

# Texts of the long language stand in brackets; what does not was never looked up in a catalogue.
LEFT_IN_ENGLISH: Final = r"""(own) => {
  const walker = document.createTreeWalker(document.getElementById('page'), NodeFilter.SHOW_TEXT)
  const found = []
  for (let depth = 0, node = walker.nextNode(); node; node = walker.nextNode()) {
    const isSaid = depth > 0 || node.data.includes('[')
    depth += node.data.split('[').length - node.data.split(']').length
    const isOwn = own.includes(node.data.trim()) || node.parentElement.closest('.place, option')
    if (!isSaid && !isOwn && /\p{L}{3}/u.test(node.data)) found.push(node.data.trim())
  }
  return found
}"""


def requests_for_words(tab: ChromeTab) -> list[str]:
    """Return a list that fills with the addresses of catalogues that the page asks for."""
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url) if "/words-" in request.url else None)
    return asked


async def language_of(tab: ChromeTab) -> str:
    return str(await tab.call("() => document.documentElement.lang"))


@pytest.mark.timeout(90)
async def test_spanish_from_the_first_paint(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    me = Person(await chrome(locale="es-MX", before=SEEN, size=PHONE), server, room)
    await me.visit_lobby()
    await me.choose_room()
    await me.tab.fill(SPANISH["join.name"], "Maya")
    await me.tab.press("button", SPANISH["join.listen"])
    me.name = "Maya"
    await me.until_seated()
    await me.tab.find("button", SPANISH["room.leave"]).wait_for()
    assert await language_of(me.tab) == "es"
    seen = set(await texts(me.tab, "() => [...window.seen]"))
    assert SPANISH["room.leave"] in seen
    english = {text for key, text in WORDS.items() if text != SPANISH.get(key, "")}
    assert seen & english - set(SPANISH.values()) == set()


async def test_a_chosen_language_is_kept_and_english_asks_for_nothing(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    me = Person(await chrome(), server, room)
    asked = requests_for_words(me.tab)
    await me.join("Maya")
    await me.visit_lobby()
    choice = me.tab.page.get_by_label(WORDS["language.label"])
    await expect(choice.locator("option")).to_have_text(["English", "Español"])
    assert asked == []
    await choice.select_option("es")
    await me.tab.find("heading", SPANISH["lobby.title"]).wait_for()
    await me.tab.reload()
    await me.tab.find("heading", SPANISH["lobby.title"]).wait_for()
    assert await language_of(me.tab) == "es"
    assert asked
    await me.tab.open(f"{server.url}/safety")
    await me.tab.find("heading", SERVED["safety.title"]).wait_for()
    await me.visit_lobby()
    await me.tab.page.get_by_label(SPANISH["language.label"]).select_option("en")
    await me.tab.find("heading", WORDS["lobby.title"]).wait_for()
    assert await me.tab.call("() => localStorage.getItem('settings')") is None, "as usual: no trace"


async def test_a_language_whose_words_do_not_come_is_english(
    chrome: OpenChrome, server: LamplitServer
) -> None:
    tab = await chrome(locale="es-ES")
    await tab.page.route("**/words-*/**", lambda route: route.abort())
    await tab.open(server.url)
    await tab.find("heading", WORDS["lobby.title"]).wait_for()
    assert await language_of(tab) == "en"
    tab.complaints[:] = [one for one in tab.complaints if "ERR_FAILED" not in one]


async def check(tab: ChromeTab, where: str, pseudo: str) -> None:
    """What must hold in every language, at the narrowest."""
    assert await overflow(tab) == [], where
    assert await clipped(tab) == [], where
    assert await small_targets(tab) == [], where
    if pseudo == "xa":
        assert await texts(tab, LEFT_IN_ENGLISH, OWN_WORDS) == [], where


async def sit_down(me: Person[ChromeTab], address: str, name: str) -> None:
    """Take a seat by what is drawn, whatever its words are."""
    await me.tab.open(address)
    await me.tab.page.locator("form input").first.fill(name)
    await me.tab.page.locator("form button.main").click()
    me.name = name
    await me.until_seated()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pseudo", ["xa", "xb"])
async def test_every_page_fits(chrome: OpenChrome, server: LamplitServer, room: Room, pseudo: str) -> None:
    ben = Person(await chrome(), server, room)
    await ben.join(BEN)
    me = Person(await chrome(size=NARROW), server, room)
    page = me.tab.page
    await me.tab.open(f"{server.url}/?pseudo={pseudo}")
    await page.locator(".room-card").first.wait_for()
    await check(me.tab, "lobby", pseudo)
    await me.tab.open(f"{server.url}/m/{room.slug}?pseudo={pseudo}")
    await page.locator("form input").first.wait_for()
    await check(me.tab, "join sheet", pseudo)
    link = (await server.host_link(room)).replace("#", f"?pseudo={pseudo}#", 1)
    await sit_down(me, link, "Ann")
    await page.locator(".desk").wait_for()
    await check(me.tab, "room of a host", pseudo)
    if pseudo == "xb":
        await check_mirrored(me.tab)
    await page.locator("nav.controls button[aria-expanded]").click()
    await page.locator(".compose textarea").wait_for()
    await check(me.tab, "chat", pseudo)
    await me.tab.keys("Escape")
    await page.locator(".people button").last.click()
    await page.locator("dialog").wait_for()
    await check(me.tab, "what a host can do about somebody", pseudo)
    assert await axe(me.tab) == []
    for path in ("host", "me"):
        await me.tab.open(f"{server.url}/{path}?pseudo={pseudo}")
        await page.locator("h1").wait_for()
        await check(me.tab, path, pseudo)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_a_group_and_a_run_sheet_fit(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    page = await enter(await chrome(size=NARROW), server, room)
    tab = page.tab
    for pseudo in ("xa", "xb"):
        await tab.open(f"{server.url}/host/{room.slug}?pseudo={pseudo}")
        await tab.page.locator("summary").first.wait_for()
        for summary in await tab.page.locator("summary").all():
            await summary.click()
        await check(tab, "group", pseudo)
        me = Person(await chrome(size=NARROW), server, room)
        link = (await server.host_link(room)).replace("#", f"?pseudo={pseudo}#", 1)
        await sit_down(me, link, f"Ann {pseudo}")
        await me.tab.page.locator("#open-sheets").click()
        await me.tab.page.locator("dialog button").first.wait_for()
        await check(me.tab, "run-sheets", pseudo)


async def check_mirrored(tab: ChromeTab) -> None:
    """The page begins on the right: the place's name, and the first of the controls."""
    assert await tab.call("() => document.documentElement.dir") == "rtl"

    async def is_on_the_right(selector: str) -> bool:
        middle = "(selector) => { const box = document.querySelector(selector).getBoundingClientRect();"
        return bool(await tab.call(f"{middle} return box.left + box.width / 2 > innerWidth / 2 }}", selector))

    for selector in (".top .place", "nav.controls button:first-of-type"):
        assert await is_on_the_right(selector), selector

    async def is_whole() -> bool:
        return await tab.call("() => document.documentElement.scrollLeft") == 0

    await until(is_whole, "the page does not stand aside")
