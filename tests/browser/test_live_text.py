"""Live text: what is said is read along by those who do not hear it; and silent signs, which are nobody's."""

import time
from typing import Final

import pytest
from playwright.async_api import Locator

from tests.browser.chrome import NARROW, PHONE, WIDE, ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.polling import throughout, until, until_equal
from tests.browser.served import LamplitServer, Room
from tests.browser.tab import texts
from tests.browser.test_access import check_looks

SOON_S: Final = 2.0
LINES: Final = "() => [...document.querySelectorAll('.captions p')].map((one) => one.textContent)"
COUNTS: Final = "() => [...document.querySelectorAll('.reactions .counts')].map((one) => one.textContent)"
FIRST, SECOND = "Good evening, everybody.", "My name is Johanna Smith"


async def live_text(person: Person[ChromeTab]) -> list[str]:
    return await texts(person.tab, LINES)


async def until_live_text(person: Person[ChromeTab], lines: list[str], *, within_s: float = 10.0) -> None:
    async def is_so() -> bool:
        return await live_text(person) == lines

    await until(is_so, f"{person.name} reads {lines}", within_s=within_s)


async def until_counted(person: Person[ChromeTab], words: str) -> None:
    async def is_so() -> bool:
        return await texts(person.tab, COUNTS) == [words]

    await until(is_so, f"{person.name} sees {words!r}")


async def until_field(field: Locator, words: str) -> None:
    async def is_so() -> bool:
        return await field.input_value() == words

    await until(is_so, f"the field holds {words!r}")


async def give_role(host: Person[ChromeTab], name: str, role: str) -> None:
    await host.open_options(name)
    await host.tab.page.get_by_label(WORDS["host.role"]).select_option(role)
    await host.tab.press("button", WORDS["host.give_role"])


@pytest.mark.timeout(120)
async def test_who_does_not_hear_reads_along(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    lee = Person(await chrome(microphone=False, size=PHONE), server, room)
    cato = Person(await chrome(microphone=False), server, room)
    ann = Person(await chrome(microphone=False), server, room)
    await lee.join("Lee")
    await cato.join("Cato")
    await ann.join_as_host("Ann")
    by = WORDS["live.by"].format(name="Cato")
    assert by not in str(await lee.tab.call("() => document.body.innerText"))
    await give_role(ann, "Cato", "captioner")
    await lee.until_reads(by)

    field = cato.tab.find("textbox", WORDS["live.write"])
    await field.press_sequentially(FIRST, delay=20)
    typed_s = time.monotonic()
    await until_live_text(lee, [FIRST], within_s=SOON_S)
    assert time.monotonic() - typed_s < SOON_S
    await field.press("Enter")
    await until_field(field, "")
    await field.press_sequentially(SECOND, delay=5)
    await until_live_text(lee, [FIRST, SECOND])
    # A pause ends a line, too; then it can be corrected.
    await until_live_text(ann, [FIRST, SECOND])
    await cato.tab.find("button", WORDS["live.erase_line"].format(text=SECOND)).wait_for()
    await field.press("ArrowUp")
    await until_field(field, SECOND)
    for _ in range(len(" Smith")):
        await field.press("Backspace")
    await field.press("Enter")
    corrected = SECOND.removesuffix(" Smith")
    await until_live_text(lee, [FIRST, corrected])

    await check_looks(lee.tab, "live text", (NARROW, WIDE))
    await check_looks(cato.tab, "a captioner's page", (NARROW, WIDE))
    await ann.tab.press("button", WORDS["live.erase_line"].format(text=corrected))
    await until_live_text(lee, [FIRST])
    await until_live_text(cato, [FIRST])
    await lee.tab.press("button", WORDS["live.hide"])
    await until_equal(lambda: live_text(lee), [], "it is hidden")
    await lee.tab.press("button", WORDS["live.show"])
    await until_live_text(lee, [FIRST])
    assert not any(FIRST in one or corrected in one for one in await lee.said()), "it is there to be read"


@pytest.mark.timeout(90)
async def test_signs_are_counted_on_every_page_and_are_nobodys(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    lee = Person(await chrome(microphone=False), server, room)
    ann = Person(await chrome(microphone=False), server, room)
    await lee.join("Lee")
    await ann.join_as_host("Ann")
    await until_counted(lee, WORDS["react.help"])
    thanks = lee.tab.find("button", WORDS["react.thanks"])
    await thanks.focus()
    await lee.tab.keys("Enter")
    for person in (lee, ann):
        await until_counted(person, "1 thanks")
    await thanks.press("Enter")  # resting: nothing happens, and nothing is lost
    await ann.tab.press("button", WORDS["react.thanks"])
    for person in (lee, ann):
        await until_counted(person, "2 thanks")

    async def is_two() -> bool:
        return await texts(ann.tab, COUNTS) == ["2 thanks"]

    await throughout(is_two, "one sign in five seconds", for_s=1.0)
    told = [one for event in ann.tab.wire.events("commits") for one in event["commits"]]
    signs = [one for one in told if one["fact"]["type"] == "reacted"]
    assert [one["by"] for one in signs] == [0, ann.tab.wire.seat()], "hosts are not told either"
    said = [*await lee.said(), *await ann.said()]
    assert not any(WORDS[f"react.{kind}"] in one for one in said for kind in ("thanks", "with_you"))
    await check_looks(lee.tab, "silent signs", (NARROW,))
