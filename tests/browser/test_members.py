"""What members can do for themselves: wait, keep apart, tell the hosts, and write to one another alone."""

import pytest

from tests.browser.access import axe, overflow
from tests.browser.chrome import NARROW, PHONE, ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.polling import throughout, until
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears, listen, silent
from tests.browser.test_access import check_looks, until_holds
from tests.browser.test_coming_back import hears_or_is_asked
from tests.browser.test_door import settle
from tests.browser.test_floor import host_of, press_biggest, read, until_said

# A voice that is kept apart from somebody is no louder than this for them; heard ones stand far above.
APART_DB = -50.0


async def open_sheet(person: Person[ChromeTab], name: str) -> None:
    """Press somebody's name among the people."""
    await person.tab.page.locator("main .name-button", has_text=name).first.click()
    await person.tab.find("heading", name).wait_for()


async def tone_db(person: Person[ChromeTab], tone_hz: float) -> float:
    return (await listen(person.tab, tone_hz)).tone_db


async def until_apart(person: Person[ChromeTab], tone_hz: float, other: Person[ChromeTab]) -> None:
    """Wait until one no longer hears a tone that somebody else still hears, and see that it stays so."""

    async def is_apart() -> bool:
        return await tone_db(person, tone_hz) <= APART_DB < await tone_db(other, tone_hz)

    await until(is_apart, f"{person.name} is kept apart from {tone_hz:g} Hz")
    await throughout(is_apart, f"{person.name} is kept apart from {tone_hz:g} Hz", for_s=1.0)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_who_waits_says_a_word_and_hears_once_let_in(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    host = await host_of(chrome, Person(await chrome(), server, room), "Ann", tone_hz=440)
    await settle(host, "rules.door.everybody")
    await host.turn_microphone_on()
    ben = Person(await chrome(microphone=False, size=PHONE), server, room)
    ben.name = "Ben"
    await ben.tab.open(f"{server.url}/m/{room.slug}")
    await ben.tab.fill(NAME_FIELD, "Ben")
    await ben.tab.press("button", JOIN)
    await ben.until_reads(WORDS["wait.words"])
    assert await ben.sound_state() == "none", "at the door there is no sound"
    await check_looks(ben.tab, "at the door")

    await ben.tab.fill(WORDS["wait.talk_label"], "It is Ben from last week.")
    await ben.tab.press("button", WORDS["wait.talk_send"])
    await ben.until_reads("It is Ben from last week.")
    await until_said(host, WORDS["door.said_one"].format(name="Ben"))
    await host.tab.press("button", WORDS["door.hold_name"].format(name="Ben"))
    await ben.until_reads(WORDS["wait.held"])
    # A reload is no way around the door.
    await ben.tab.reload()
    await ben.until_reads(WORDS["wait.words"])
    await host.tab.press("button", WORDS["door.in_name"].format(name="Ben"))
    await ben.until_seated()
    await until_said(ben, WORDS["wait.let_in"])
    await until_holds(ben.tab, "() => document.activeElement?.tagName === 'H1'")
    await hears_or_is_asked(ben, 440)
    assert not await ben.microphone_is_on()


@pytest.mark.timeout(120)
async def test_two_who_are_kept_apart_neither_hear_nor_read_each_other(gather: Gather) -> None:
    ben = await gather("Ben", tone_hz=1000)
    cleo = await gather("Cleo", tone_hz=700)
    dan = await gather("Dan", microphone=False)
    await ben.write("words from before")
    await cleo.until_reads("words from before")
    await ben.turn_microphone_on()
    await hears(cleo.tab, 1000)
    await hears(dan.tab, 1000)

    await open_sheet(cleo, "Ben")
    await cleo.tab.press("button", WORDS["block.do"])
    await until_said(cleo, f"{WORDS['block.done'].format(name='Ben')} {WORDS['undo.can']}")
    await until_apart(cleo, 1000, dan)
    await cleo.turn_microphone_on()
    await until_apart(ben, 700, dan)
    assert WORDS["block.mark"] in await read(cleo, ".speaker")

    async def is_unlit() -> bool:
        return "Ben" not in await cleo.lit() and "Ben" in await dan.lit()

    await until(is_unlit, "Ben's voice lights up for Dan alone")

    await ben.write("not for Cleo")
    await cleo.write("not for Ben")
    for line in ("not for Cleo", "not for Ben"):
        await dan.until_reads(line)
    await dan.write("for both")
    await cleo.until_reads("for both")
    await ben.until_reads("for both")
    assert await cleo.lines() == ["not for Ben", "for both"], "what was written before is hidden, too"
    assert await ben.lines() == ["words from before", "not for Cleo", "for both"]
    wrote = WORDS["chat.said_one"].format(name="Ben")
    assert (await cleo.said()).count(wrote) == 1, "only what was written before was told"
    assert "not for Cleo" not in await read(cleo, "body")
    assert WORDS["block.mark"] not in await read(ben, "body"), "nobody is told"

    await cleo.tab.press("button", WORDS["block.count.one"].format(count=1))
    await check_looks(cleo.tab, "the list of whom one blocked")
    await cleo.tab.press("button", WORDS["block.lift_name"].format(name="Ben"))
    await cleo.until_reads(WORDS["block.nobody"])
    await cleo.tab.keys("Escape")

    async def is_heard() -> bool:
        return await tone_db(cleo, 1000) > APART_DB and await tone_db(ben, 700) > APART_DB

    await until(is_heard, "Ben and Cleo hear each other again")


@pytest.mark.timeout(120)
async def test_a_report_reaches_the_hosts_and_stops_it(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", tone_hz=1000)
    cleo = await gather("Cleo", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await ben.turn_microphone_on()
    await hears(cleo.tab, 1000)
    await open_sheet(cleo, "Ben")
    await check_looks(cleo.tab, "what a member can do about somebody")
    await cleo.tab.press("button", WORDS["report.open"])
    await cleo.tab.press("button", WORDS["report.send"])
    await cleo.until_reads(WORDS["report.no_reason"])
    await check_looks(cleo.tab, "the sheet for a report")
    await cleo.tab.press("radio", WORDS["report.harassment"])
    await cleo.tab.fill(WORDS["report.words"], "He goes on and on.")
    await cleo.tab.press("checkbox", WORDS["report.stop"])
    await cleo.tab.press("button", WORDS["report.send"])
    await cleo.until_reads(WORDS["report.sent"])
    await cleo.tab.press("button", WORDS["host.close"])
    await host.until_reads("He goes on and on.")
    assert "Cleo" not in await read(host, ".reports"), "nobody is shown who told"
    await until_apart(cleo, 1000, host)
    assert "He goes on" not in await read(ben, "body")
    assert "report" not in " / ".join(await ben.said()).lower()


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_private_words_need_a_yes_and_reach_nobody_else(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False)
    dan = await gather("Dan", microphone=False, size=PHONE)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await settle(host, "rules.has_private", role="checkbox")
    # A device that nobody knows is not asked before its person wants it.
    await open_sheet(ben, "Cleo")
    await ben.tab.press("button", WORDS["letters.ask"])
    await ben.until_reads(WORDS["refused.not_reachable"].format(name="Cleo"))
    await cleo.tab.press("button", WORDS["letters.title"])
    await cleo.tab.press("checkbox", WORDS["letters.reachable"])
    await check_looks(cleo.tab, "private words, with nobody yet")
    await cleo.tab.keys("Escape")
    await ben.tab.press("button", WORDS["letters.ask"])
    await ben.until_reads(WORDS["letters.waits"].format(name="Cleo"))
    await ben.tab.keys("Escape")

    await until_said(cleo, WORDS["letters.asked_one"].format(name="Ben"))
    await cleo.tab.press("button", WORDS["letters.look"])
    await check_looks(cleo.tab, "somebody asks")
    await cleo.tab.press("button", WORDS["letters.accept"])
    await until_said(ben, WORDS["letters.agreed_one"].format(name="Cleo"))
    await ben.tab.press("button", WORDS["letters.look"])
    await ben.tab.fill(WORDS["letters.label"].format(name="Cleo"), "between the two of us")
    await ben.tab.keys("Enter")
    await cleo.until_reads("between the two of us")
    await cleo.tab.fill(WORDS["letters.label"].format(name="Ben"), "and back: " + "lamplight" * 12)
    await cleo.tab.press("button", WORDS["chat.send"])
    await ben.until_reads("and back")
    await until_said(ben, WORDS["letters.wrote_one"].format(name="Cleo"))  # two that wait are told as one
    await check_looks(ben.tab, "private words")
    for other in (dan, host):
        frames = "\n".join([*other.tab.wire.received, await read(other, "body")])
        assert "between the two of us" not in frames
        assert "lamplight" not in frames

    await ben.tab.keys("Escape")
    await until_holds(ben.tab, "() => document.activeElement?.id === 'letters-button'")
    await cleo.tab.fill(WORDS["letters.label"].format(name="Ben"), "one more")
    await cleo.tab.keys("Enter")
    await ben.until_reads(WORDS["letters.wrote_one"].format(name="Cleo"))
    await cleo.tab.press("button", WORDS["letters.end"])
    await ben.until_reads(WORDS["letters.ended_one"].format(name="Cleo"))


@pytest.mark.long
@pytest.mark.timeout(90)
async def test_an_own_line_that_is_held_can_be_taken_back(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await settle(host, "rules.holds_contacts", role="checkbox")
    await ben.write("call me at +44 7700 900123")
    await ben.until_reads(WORDS["chat.held_help"])
    await until_said(ben, WORDS["chat.held_said"])
    await check_looks(ben.tab, "an own line that waits")
    await ben.tab.press("button", WORDS["chat.retract_name"].format(text="call me"))

    async def is_gone() -> bool:
        return "900123" not in await read(ben, "body") + await read(host, "body")

    await until(is_gone, "the line is gone, for the host as well")
    assert "900123" not in await read(cleo, "body")


@pytest.mark.timeout(90)
async def test_a_newcomers_microphone_waits_for_a_call(
    gather: Gather, chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    host = await host_of(chrome, Person(await chrome(), server, room), "Ann", microphone=False)
    await host.tab.press("button", WORDS["desk.settings"])
    await host.tab.page.get_by_label(WORDS["rules.probation"]).select_option("900000")
    await host.tab.press("button", WORDS["desk.save"])
    await host.tab.find("button", WORDS["desk.save"]).wait_for(state="detached")
    ben = await gather("Ben", tone_hz=1000)
    await ben.tab.press("button", WORDS["mic.closed"])
    await ben.tab.find("heading", WORDS["hand.new_title"]).wait_for()
    assert "15 minutes" in await read(ben, "dialog")
    await check_looks(ben.tab, "a newcomer's way to a turn", (NARROW, PHONE))
    await ben.tab.press("button", WORDS["lane.share"])
    await press_biggest(host, WORDS["desk.call"].format(next="Ben"))
    await ben.tab.press("button", WORDS["turn.mic"])
    await hears(host.tab, 1000)


@pytest.mark.timeout(60)
async def test_the_chat_keeps_a_line_that_is_not_sent_yet(gather: Gather) -> None:
    dan = await gather("Dan", microphone=False, size=PHONE)
    await dan.tab.press("button", WORDS["chat.open"])
    await dan.tab.fill(WORDS["chat.label"], "half a thought")
    await dan.tab.press("button", WORDS["chat.close"])
    await silent(dan.tab)
    await dan.tab.press("button", WORDS["chat.open"])
    assert await dan.tab.page.get_by_label(WORDS["chat.label"]).input_value() == "half a thought"
    assert await overflow(dan.tab) == []
    assert await axe(dan.tab) == []
