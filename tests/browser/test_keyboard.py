"""A whole evening by keyboard: every way is there, no letter surprises, the focus is never lost."""

import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import CHAT_FIELD, JOIN, LEAVE, NAME_FIELD, WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.tab import texts
from tests.browser.test_access import focused, until_focused, until_holds

# Where the focus is: nowhere, or under the bar at the bottom.
LOST = """() => {
  const focused = document.activeElement
  if (!focused || focused === document.body) return 'lost'
  const bar = document.querySelector('nav.controls')
  if (!bar || bar.contains(focused)) return ''
  const at = focused.getBoundingClientRect()
  const middle = document.elementFromPoint(at.left + at.width / 2, at.top + Math.min(at.height / 2, 20))
  return middle && bar.contains(middle) ? `covered: ${focused.outerHTML.slice(0, 80)}` : ''
}"""

REGION = "() => document.activeElement.closest('header, section, nav')?.className ?? 'nowhere'"

HIDE_FROM_VIEW = """() => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
  document.dispatchEvent(new Event('visibilitychange'))
  delete document.visibilityState
}"""


async def tab_to(person: Person[ChromeTab], name: str) -> None:
    """Press Tab until the focus is on something whose name contains this; it is never lost on the way."""
    seen: list[str] = []
    for _ in range(60):
        seen.append(await focused(person.tab))
        if name.lower() in seen[-1].lower():
            assert await person.tab.call(LOST) == ""
            return
        await person.tab.keys("Tab")
    raise AssertionError(f"no way to {name!r} by Tab: {seen}")


async def arrow_to(person: Person[ChromeTab], name: str) -> None:
    """Go along the bar at the bottom to the button whose name contains this."""
    await person.tab.keys("Home")
    for _ in range(10):
        if name.lower() in (await focused(person.tab)).lower():
            return
        await person.tab.keys("ArrowRight")
    raise AssertionError(f"no {name!r} in the bar")


async def until_on(person: Person[ChromeTab], other: Person[ChromeTab], *, on: bool) -> None:
    """Wait until this person's microphone is on, or off, on their own page and for another."""
    await person.until_microphone(on=on)

    async def is_so() -> bool:
        return (person.name in await other.sharing()) == on

    await until(is_so, f"{other.name} sees {person.name}'s microphone {'on' if on else 'off'}")


async def until_has_keys(person: Person[ChromeTab]) -> None:
    """Wait until the code of the keys is there, which comes after the room."""
    await until_holds(person.tab, "() => document.querySelector('nav.controls [tabindex=\"-1\"]') !== null")


async def walk_and_press(ann: Person[ChromeTab], ben: Person[ChromeTab]) -> None:
    """Go through the parts of the room, and press what single keys there are in the bar."""
    # The parts of the room, one after the other, and round.
    await ann.tab.page.locator(".place").focus()
    walked: list[str] = []
    while walked[-1:] != ["top"]:
        await ann.tab.keys("F6")
        walked.append(str(await ann.tab.call(REGION)).split()[0])
        assert await ann.tab.call(LOST) == ""
        assert len(walked) < 12
    chief = [region for region in walked if region in {"stage", "listening", "chat", "controls", "top"}]
    assert chief == ["stage", "listening", "chat", "controls", "top"]
    await ann.tab.keys("Shift+F6")
    assert await ann.tab.call(REGION) == "controls"

    # One key in the bar, and the same key off.
    await ann.tab.keys("m")
    await until_on(ann, ben, on=True)
    await ann.tab.keys("m")
    await until_on(ann, ben, on=False)
    # The list of keys, and back to where one was.
    before = await focused(ann.tab)
    await ann.tab.keys("?")
    await ann.until_reads(WORDS["keys.letters"])
    await ann.tab.keys("Escape")
    await until_focused(ann.tab, before)
    # Held, it makes the meeting quieter; let go of, it does not.
    loudness = "() => [...document.querySelectorAll('audio')].map((one) => one.volume)"
    await ann.tab.page.keyboard.down("d")
    assert set(await texts(ann.tab, loudness)) == {"0.2"}
    await ann.tab.page.keyboard.up("d")
    assert set(await texts(ann.tab, loudness)) == {"1"}


@pytest.mark.timeout(90)
async def test_from_the_lobby_to_having_spoken_and_left_by_keyboard(
    chrome: OpenChrome, server: LamplitServer, room: Room, gather: Gather
) -> None:
    ben = await gather("Ben", microphone=False)
    ann = Person(await chrome(tone_hz=440, size=(1280, 700)), server, room)
    await ann.visit_lobby()
    await ann.tab.find("link", room.title).wait_for()
    await tab_to(ann, room.title)
    await ann.tab.keys("Enter")
    await ann.tab.find("button", JOIN).wait_for()
    await tab_to(ann, NAME_FIELD)
    await ann.tab.page.keyboard.press("Control+a")
    await ann.tab.page.keyboard.type("Ann")
    await tab_to(ann, JOIN)
    await ann.tab.keys("Enter")
    ann.name = "Ann"
    await ann.until_seated()
    await until_has_keys(ann)
    await walk_and_press(ann, ben)

    # Letters that are keys elsewhere are only letters in a text field, whatever the person chose.
    await ann.tab.page.evaluate("localStorage.setItem('settings', JSON.stringify({has_keys: true}))")
    await ann.tab.reload()
    await ann.until_seated()
    await tab_to(ann, CHAT_FIELD)
    await ann.tab.page.keyboard.type("mhc? all by keyboard")
    await ann.tab.keys("Enter")
    await ben.until_reads("mhc? all by keyboard")
    assert not await ann.microphone_is_on()
    assert await ann.tab.page.locator("dialog").count() == 0
    # Outside of fields one works now.
    await ann.tab.keys("F6", "F6")
    assert await ann.tab.call(REGION) == "top"
    await ann.tab.keys("m")
    await until_on(ann, ben, on=True)

    await tab_to(ann, WORDS["mic.do_off"])
    await arrow_to(ann, LEAVE)
    await ann.tab.keys("Enter")

    async def is_alone() -> bool:
        return await ben.people() == ["Ben"]

    await until(is_alone, "Ann has left")
    await until_focused(ann.tab, WORDS["end.left.title"])


@pytest.mark.timeout(90)
async def test_holding_to_talk_ends_muted_however_it_ends(
    gather: Gather, chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    hold = "localStorage.setItem('settings', JSON.stringify({holds_to_talk: true}))"
    ann = await gather("Ann", tone_hz=440, before=hold)
    host = Person(await chrome(microphone=False), server, room)
    await host.join_as_host("Host")
    page = ann.tab.page
    button = page.locator("nav.controls [aria-keyshortcuts=M]")
    await button.focus()
    assert WORDS["mic.hold"] in await button.inner_text()

    async def down() -> None:
        await page.keyboard.down("Space")
        await until_on(ann, host, on=True)

    await down()
    await page.keyboard.up("Space")
    await until_on(ann, host, on=False)

    # A tap opens nothing that stays open, and says how it works.
    await page.keyboard.press("Space")
    await until_on(ann, host, on=False)
    await until_holds(
        ann.tab, f"() => window.watch.said.some((one) => one.text === '{WORDS['mic.hold_help']}')"
    )

    for ending in ("() => window.dispatchEvent(new Event('blur'))", HIDE_FROM_VIEW):
        await down()
        await ann.tab.call(ending)
        await until_on(ann, host, on=False)
        await page.keyboard.up("Space")

    # The focus goes elsewhere while the key is still down.
    await down()
    await page.locator(".place").focus()
    await until_on(ann, host, on=False)
    await page.keyboard.up("Space")

    # By pointer, let go of outside of the button.
    await button.hover()
    await page.mouse.down()
    await until_on(ann, host, on=True)
    await page.mouse.move(10, 300)
    await page.mouse.up()
    await until_on(ann, host, on=False)

    # A host's word holds, also while the key is down, and once it is lifted nothing is open.
    await button.focus()
    await down()
    await host.mute("Ann")
    await until_on(ann, host, on=False)
    await page.keyboard.up("Space")
    assert not await ann.microphone_is_on()
    live = "(one) => one.readyState === 'live' && one.enabled"
    await until_holds(ann.tab, f"() => !window.watch.microphone.tracks.some({live})")


@pytest.mark.timeout(60)
async def test_the_focus_goes_to_a_neighbour_when_a_row_goes(gather: Gather) -> None:
    ann = await gather("Ann", microphone=False)
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False)
    await until_holds(ann.tab, "() => document.querySelectorAll('.people .name-button').length === 2")
    await until_holds(ann.tab, "() => document.querySelector('nav.controls [tabindex=\"-1\"]') !== null")
    await ann.tab.page.locator(".people .name-button", has_text="Ben").focus()
    await ann.tab.keys("ArrowDown")
    first = {await focused(ann.tab)}
    await ann.tab.keys("ArrowUp")
    first.add(await focused(ann.tab))
    assert first == {"Ben", "Cleo"}
    await ann.tab.page.locator(".people .name-button", has_text="Ben").focus()
    await ben.leave()
    await until_focused(ann.tab, "Cleo")
    await cleo.leave()
    await until_holds(ann.tab, "() => document.activeElement?.closest('.listening') != null")
