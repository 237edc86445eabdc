"""Hide this page: in one second the room is gone from the ear, the eye, the browser and the meeting."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import CHAT_FIELD, JOIN, NAME_FIELD, WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.tab import texts

# Writes to the console what was so right after the last press, and in the moment when the page went.
NOTE_THE_END = """(() => {
  const sounding = new Set()
  const play = HTMLMediaElement.prototype.play
  HTMLMediaElement.prototype.play = function () {
    sounding.add(this)
    return play.call(this)
  }
  const after = []
  const look = () => setTimeout(() => after.push(document.body.innerText + document.title))
  for (const type of ['keyup', 'click']) addEventListener(type, look, true)
  navigation.addEventListener('navigate', () => {
    console.info('end', JSON.stringify({
      tracks: window.watch.microphone.tracks.map((track) => track.readyState),
      sounding: [...sounding].filter((one) => !one.paused && !one.ended).length,
      sounded: sounding.size,
      after: after.at(-1),
    }))
  })
})()"""

STORED = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage), document.cookie]"

Hide = Callable[[ChromeTab], Awaitable[None]]


async def press_button(tab: ChromeTab) -> None:
    await tab.press("button", WORDS["hide.open"])


async def follow_first_link(tab: ChromeTab) -> None:
    assert await tab.call("() => document.querySelector('a[href], button').textContent") == WORDS["skip.hide"]
    await tab.page.locator(".place").focus()
    await tab.keys("Shift+Tab", "Shift+Tab")
    assert await tab.call("() => document.activeElement.textContent") == WORDS["skip.hide"]
    await tab.keys("Enter")


async def press_shift_while_writing(tab: ChromeTab) -> None:
    await tab.page.get_by_label(CHAT_FIELD).focus()
    # A capital letter is no press of Shift alone.
    await tab.page.keyboard.type("I")
    await tab.keys("Shift+A", "Shift", "Shift", "Shift")


async def press_shift_in_a_sheet(tab: ChromeTab) -> None:
    await tab.press("button", WORDS["help.open"])
    await tab.keys("Shift", "Shift", "Shift")


async def until_at_exit(tab: ChromeTab) -> None:
    await tab.page.wait_for_url("**/exit", timeout=3_000)
    assert await tab.page.title() == "New tab"
    assert await texts(tab, STORED) == [""]


async def until_alone(person: Person[ChromeTab]) -> None:
    async def is_alone() -> bool:
        return await person.people() == [person.name]

    await until(is_alone, f"{person.name} sees nobody else", within_s=3)


@pytest.mark.parametrize(
    "hide", [press_button, follow_first_link, press_shift_while_writing, press_shift_in_a_sheet]
)
async def test_hiding_leaves_nothing_behind(gather: Gather, hide: Hide) -> None:
    ann, ben = await gather("Ann"), await gather("Ben", tone_hz=440, before=NOTE_THE_END)
    # What Hide does is told once, and put away; who hides is known to nobody afterwards.
    await ben.tab.press("button", WORDS["hide.first_close"])
    assert await ben.tab.page.get_by_text(WORDS["hide.first"]).count() == 0
    said: list[str] = []
    ben.tab.page.on("console", lambda message: said.append(message.text))
    await ben.turn_microphone_on()
    await hide(ben.tab)
    await until_at_exit(ben.tab)
    await until_alone(ann)
    end: dict[str, Any] = json.loads(
        next(text for text in said if text.startswith("end ")).removeprefix("end ")
    )
    assert end["tracks"] == ["ended"]
    assert (end["sounding"], end["sounded"] > 0) == (0, True)
    assert end["after"] == "New tab"
    await ben.tab.page.go_back()
    assert WORDS["room.sharing"] not in str(await ben.tab.call("() => document.body.innerText"))
    assert await ann.people() == ["Ann"]


async def test_it_works_while_joining_and_without_a_network(
    chrome: OpenChrome, server: LamplitServer, room: Room, gather: Gather
) -> None:
    ann = await gather("Ann")
    ben = Person(await chrome(), server, room)
    await ben.visit_lobby()
    await ben.choose_room()
    await ben.tab.fill(NAME_FIELD, "Ben")
    await ben.tab.press("button", JOIN)
    await ben.tab.keys("Shift", "Shift", "Shift")
    await until_at_exit(ben.tab)
    await until_alone(ann)

    await ann.tab.context.set_offline(True)
    await ann.tab.keys("Shift", "Shift", "Shift")
    await ann.tab.page.wait_for_url("about:blank", timeout=3_000)
    ann.tab.complaints[:] = [one for one in ann.tab.complaints if "ERR_INTERNET_DISCONNECTED" not in one]
