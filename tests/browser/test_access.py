"""Everybody can use it: with a keyboard, with a screen reader, on a narrow phone, by day and by night."""

import os
from typing import Final

import pytest

from tests.browser.access import axe, overflow, small_targets, violations
from tests.browser.chrome import NARROW, PHONE, WIDE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.person import JOIN, WORDS, Person
from tests.browser.polling import until, until_equal
from tests.browser.served import LamplitServer, Room
from tests.browser.tab import NAME_OF, texts

EVERY_LOOK: Final = os.environ.get("LOOKS") == "every"

# A sentence whose name or number nobody filled in.
LEFT_OPEN = r"() => document.body.innerText.match(/\{\w+\}/g) ?? []"


async def check_looks(
    tab: ChromeTab, where: str, sizes: tuple[tuple[int, int], ...] = (NARROW, PHONE, WIDE)
) -> None:
    """What must hold in every state, at each size and in both themes.

    Looking for faults takes longest: it is done at the narrowest in light and at the widest in dark, and by
    `make long` in every combination.
    """
    looked = {(sizes[0], "light"), (sizes[-1], "dark")}
    for size in sizes:
        width, height = size
        await tab.page.set_viewport_size({"width": width, "height": height})
        assert await overflow(tab) == [], f"{where} at {width} px"
        assert await small_targets(tab) == [], f"{where} at {width} px"
        for scheme in ("light", "dark"):
            if not EVERY_LOOK and (size, scheme) not in looked:
                continue
            await tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert await axe(tab) == [], f"{where} at {width} px, {scheme}"
    assert await tab.page.get_by_role("heading", level=1).count() == 1, where
    assert await texts(tab, LEFT_OPEN) == [], where
    assert await tab.call("() => document.getAnimations().length") == 0, where
    assert await violations(tab) == [], where


@pytest.mark.timeout(120)
async def test_every_state_is_accessible(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    ann = Person(await chrome(tone_hz=440), server, room)
    ben = Person(await chrome(), server, room)
    await ben.join("Ben")
    await ann.visit_lobby()
    await ann.tab.find("link", room.title).wait_for()
    await check_looks(ann.tab, "lobby")
    await ann.choose_room()
    await ann.tab.find("button", JOIN).wait_for()
    await check_looks(ann.tab, "join sheet")
    await ann.take_seat("Ann")
    await ann.turn_microphone_on()
    await ann.write("Good evening, and a long word: " + "lamplight" * 12)
    await ben.write("Good evening")
    await ann.until_reads("Good evening")
    await check_looks(ann.tab, "room")
    await ann.leave()
    await check_looks(ann.tab, "after leaving")


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_sheets_and_notices_are_accessible(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    ben = Person(await chrome(tone_hz=440), server, room)
    await ben.join("Ben")
    host = Person(await chrome(microphone=False, size=PHONE), server, room)
    await host.join_as_host("Ann")
    small = (NARROW, PHONE)
    await host.tab.press("button", WORDS["help.open"])
    await check_looks(host.tab, "help", small)
    await host.tab.keys("Escape")
    await host.open_options("Ben")
    await check_looks(host.tab, "host's options", small)
    await host.tab.press("button", WORDS["host.remove"])
    await check_looks(host.tab, "the question before removing", small)
    await host.tab.keys("Escape")
    await host.tab.press("button", WORDS["people.change_name"])
    await check_looks(host.tab, "the sheet for a name", small)
    await host.tab.keys("Escape")
    await host.press_microphone()
    await host.until_reads(WORDS["mic.refused"])
    await check_looks(host.tab, "a refused microphone", small)
    await host.write("Good evening, and a long word: " + "lamplight" * 12)
    await check_looks(host.tab, "the chat on a phone", small)
    await host.tab.keys("Escape")
    assert "Chat" in await focused(host.tab), "the focus goes back to what opened the chat"
    await host.tab.context.set_offline(True)
    await host.until_reads(WORDS["link.offline_sound"])
    await check_looks(host.tab, "offline", small)
    await host.tab.context.set_offline(False)
    host.tab.complaints[:] = [one for one in host.tab.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


FOCUSED = f"""() => {{
  const element = document.activeElement
  return !element || element === document.body ? '' : ({NAME_OF})(element)
}}"""


async def focused(tab: ChromeTab) -> str:
    return str(await tab.call(FOCUSED))


async def until_focused(tab: ChromeTab, name: str) -> None:
    """Wait until the focus is on what has this name: it moves a frame after the press."""
    await until_equal(lambda: focused(tab), name, f"the focus is on {name!r}")


async def until_holds(tab: ChromeTab, script: str) -> None:
    """Wait until a script in the page says yes: what moves the focus does so a frame later."""

    async def holds() -> bool:
        return bool(await tab.call(script))

    await until(holds, script)


async def test_what_a_screen_reader_is_told(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    ann = Person(await chrome(tone_hz=440), server, room)
    await ann.visit_lobby()
    live = "() => [...document.querySelectorAll('[aria-live]')].map((one) => one.getAttribute('aria-live'))"
    assert {"polite", "assertive"} <= set(await texts(ann.tab, live))
    await ann.choose_room()
    await ann.take_seat("Ann")
    await ann.turn_microphone_on()
    await ann.turn_microphone_off()

    async def has_heard() -> bool:
        said = " / ".join(await ann.said()).lower()
        return "microphone is on" in said and "microphone is off" in said

    try:
        await until(has_heard, "both turns of the microphone are announced")
    except AssertionError as error:
        raise AssertionError(f"{error}; said: {await ann.said()}") from None
