"""Nobody leads at three in the morning: somebody is asked, and if nobody will, the room is safe without.

The rules' own times are waited for (45 s and 60 s more), so these tests are slow.
"""

import pytest

from rooms.limits import LEAD_LOST_MS, LEAD_SAFE_MS
from tests.browser.chrome import NARROW, PHONE, ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.polling import until
from tests.browser.test_access import check_looks, until_holds
from tests.browser.test_floor import host_of, raise_hand, read, until_said

# The node looks once a second; the rest is for a machine that is busy.
SLACK_S = 40.0
LOST_S = LEAD_LOST_MS / 1_000 + SLACK_S
SAFE_S = LEAD_SAFE_MS / 1_000 + SLACK_S


async def until_page_reads(person: Person[ChromeTab], words: str, within_s: float) -> None:
    async def is_there() -> bool:
        return words in await read(person, "body")

    await until(is_there, f"{person.name} reads {words!r}", within_s=within_s)


async def until_led(person: Person[ChromeTab]) -> None:
    """Wait until the room has noticed that somebody leads: it looks once a second."""

    async def is_led() -> bool:
        return any('"was_led":true' in frame for frame in person.tab.wire.received)

    await until(is_led, f"{person.name}'s room is led")


async def trust_with(host: Person[ChromeTab], name: str, role: str) -> None:
    await host.open_options(name)
    await host.tab.page.get_by_label(WORDS["host.role"]).select_option(role)
    await host.tab.press("button", WORDS["host.give_role"])


@pytest.mark.timeout(240)
async def test_the_host_drops_and_somebody_steps_in(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False, size=PHONE)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await until_led(ben)
    await trust_with(host, "Ben", "timekeeper")
    await until_said(ben, WORDS["role.given"].format(role=WORDS["role.timekeeper"]))
    await host.tab.close()  # the phone dies: no word of leaving

    await until_page_reads(ben, WORDS["lead.words"], LOST_S)
    await until_said(ben, WORDS["lead.title"])
    assert await ben.tab.call("() => document.activeElement?.closest('.turn-sheet') === null")
    await until_page_reads(cleo, WORDS["watch.asked"].format(name="Ben"), 5)
    assert WORDS["lead.title"] not in await read(cleo, "body")
    await check_looks(ben.tab, "the question to lead")
    await check_looks(cleo.tab, "somebody is asked to step in", (NARROW, PHONE))
    await ben.tab.press("button", WORDS["lead.yes"])
    await ben.tab.find("button", WORDS["desk.settings"]).wait_for()
    await until_holds(ben.tab, "() => document.activeElement !== document.body")
    await until_said(cleo, WORDS["watch.led"])
    assert WORDS["watch.lost"] not in await read(cleo, "body")


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_nobody_steps_in_and_the_room_is_safe_without(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", tone_hz=700, size=PHONE)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await until_led(ben)
    await trust_with(host, "Ben", "timekeeper")
    await host.tab.close()
    await ben.tab.find("button", WORDS["lead.no"]).click(timeout=LOST_S * 1_000)

    await until_page_reads(cleo, WORDS["safe.words"], SAFE_S)
    await until_said(cleo, f"{WORDS['safe.title']} {WORDS['safe.words']}")
    assert WORDS["help.danger"] in await read(cleo, ".safe"), "where help is needs no press"
    await check_looks(cleo.tab, "safe mode")
    # The queue goes by itself: whoever raises a hand is called.
    await raise_hand(cleo)
    await cleo.until_reads(WORDS["turn.title"].format(name="Cleo"))

    kim = Person(await chrome(microphone=False, size=PHONE), ben.server, ben.room)
    await kim.tab.open(f"{ben.server.url}/m/{ben.room.slug}")
    await kim.tab.fill(NAME_FIELD, "Kim")
    await kim.tab.press("button", JOIN)
    await kim.until_reads(WORDS["wait.safe"])
    assert WORDS["help.danger"] in await read(kim, "main")
    await check_looks(kim.tab, "at the door, with nobody to open it")

    # Who said no may still say yes; the old host comes back without waiting.
    await ben.tab.find("button", WORDS["lead.after_all"]).wait_for()
    await check_looks(ben.tab, "safe mode, for whoever was asked")
    back = Person(await chrome(microphone=False), ben.server, ben.room)
    await back.join_as_host("Ann Two")
    await cleo.tab.find("heading", WORDS["safe.title"]).wait_for(state="detached")
    await until_said(cleo, WORDS["watch.led"])
