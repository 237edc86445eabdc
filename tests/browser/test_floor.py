"""Turns and order: one queue for everybody, one voice at a time, and a room that one press makes calm."""

import time

import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.polling import throughout, until
from tests.browser.sound import hears, listen, silent
from tests.browser.tab import texts
from tests.browser.test_access import check_looks, until_holds

# What a page with other ideas would do: hold an open microphone on the line, whatever the room says.
STUBBORN = """async () => {
  const line = window.watch.peer().getTransceivers().find((one) => one.mid === 'mic')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  await line.sender.replaceTrack(stream.getAudioTracks()[0])
}"""


async def packets_sent(tab: ChromeTab) -> int:
    lines = await tab.call("() => window.watch.stats('outbound-rtp')")
    assert isinstance(lines, list)
    return sum(int(line["packetsSent"]) for line in lines)


async def queue(person: Person[ChromeTab]) -> list[str]:
    return await texts(
        person.tab, "() => [...document.querySelectorAll('.waiting .name')].map((one) => one.textContent)"
    )


async def until_queue(people: list[Person[ChromeTab]], names: list[str]) -> None:
    for person in people:

        async def is_so(person: Person[ChromeTab] = person) -> bool:
            return await queue(person) == names

        await until(is_so, f"{person.name} sees the queue {names}")


async def choose_mode(host: Person[ChromeTab], mode: str) -> None:
    await host.tab.press("button", WORDS["desk.settings"])
    await host.tab.press("radio", WORDS[f"desk.mode.{mode}"])
    await host.tab.press("button", WORDS["desk.save"])


async def raise_hand(person: Person[ChromeTab], lane: str = "share") -> None:
    await person.tab.press("button", WORDS["hand.raise"])
    await person.tab.press("button", WORDS[f"lane.{lane}"])
    await person.tab.find("button", WORDS["hand.lower"]).wait_for()


async def press_biggest(host: Person[ChromeTab], words: str) -> None:
    """Press what the page takes for the next right act, once it says so and takes the press."""
    button = host.tab.page.locator(".next-act .big", has_text=words)
    said = await button.inner_text()

    async def is_pressed() -> bool:
        if await read(host, ".next-act .big") != said:
            return True
        await button.click()
        return False

    await until(is_pressed, f"the press of {words!r} is taken")


async def let_go_on(host: Person[ChromeTab]) -> None:
    """End the freeze of a room; a press so soon after another that a shaking hand made it is not taken."""
    button = host.tab.find("button", WORDS["desk.unfreeze"]).first

    async def is_over() -> bool:
        if WORDS["desk.unfreeze"] not in await read(host, "button"):
            return True
        await button.click()
        return False

    await until(is_over, "the room goes on")


async def read(person: Person[ChromeTab], selector: str) -> str:
    return " / ".join(
        await texts(
            person.tab, "(all) => [...document.querySelectorAll(all)].map((one) => one.innerText)", selector
        )
    )


async def until_said(person: Person[ChromeTab], words: str) -> None:
    async def is_said() -> bool:
        return words in await person.said()

    await until(is_said, f"{person.name}'s screen reader says {words!r}")


async def host_of(
    chrome: OpenChrome, person: Person[ChromeTab], name: str, **tab: object
) -> Person[ChromeTab]:
    host = Person(await chrome(**tab), person.server, person.room)
    await host.join_as_host(name)
    return host


@pytest.mark.timeout(120)
async def test_turns_are_one_queue_and_one_voice(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", tone_hz=1000)
    cleo = await gather("Cleo", tone_hz=700)
    dan = await gather("Dan", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    everybody = [ben, cleo, dan, host]
    await choose_mode(host, "hands")
    await ben.until_reads(WORDS["floor.hands_how"])

    # A closed microphone says why, and the same press leads to a turn.
    await ben.tab.press("button", WORDS["mic.closed"])
    await ben.tab.find("heading", WORDS["hand.title"]).wait_for()
    await ben.tab.press("button", WORDS["lane.share"])
    await until_queue(everybody, ["Ben"])
    await raise_hand(cleo)
    await raise_hand(dan, "burning")
    await until_queue(everybody, ["Dan", "Ben", "Cleo"])
    await host.tab.press("button", WORDS["queue.up_name"].format(name="Ben"))
    await until_queue(everybody, ["Ben", "Dan", "Cleo"])
    assert "(you)" in await read(cleo, ".waiting[data-self=true]")

    # Cleo sends all the same: she is not called, so nobody hears her.
    before = await packets_sent(cleo.tab)
    await cleo.tab.call(STUBBORN)

    async def goes_on() -> bool:
        return await packets_sent(cleo.tab) > before + 30

    await until(goes_on, "Cleo's page sends all the same")
    await press_biggest(host, WORDS["desk.call"].format(next="Ben"))
    await ben.until_reads(WORDS["turn.title"].format(name="Ben"))
    # The call moves no focus; F6 leads to the question, and its answer to the microphone's button.
    assert not await ben.tab.call("() => document.activeElement.closest('.turn-sheet')")
    await ben.tab.keys("F6")
    await until_holds(ben.tab, "() => document.activeElement?.matches('.turn-sheet')")
    await ben.tab.keys("Tab", "Enter")
    await ben.until_microphone(on=True)
    await until_holds(ben.tab, "() => document.activeElement?.getAttribute('aria-keyshortcuts') === 'M'")
    await hears(dan.tab, 1000)
    await hears(host.tab, 1000)
    assert not (await listen(dan.tab, 700)).is_tone()
    await until_queue(everybody, ["Dan", "Cleo"])


@pytest.mark.timeout(120)
async def test_who_is_called_is_asked_and_who_is_thanked_is_off(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", tone_hz=1000)
    dan = await gather("Dan", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await choose_mode(host, "hands")
    await raise_hand(ben)
    await raise_hand(dan)
    await press_biggest(host, WORDS["desk.call"].format(next="Ben"))
    await ben.tab.press("button", WORDS["turn.mic"])
    await hears(host.tab, 1000)

    async def goes_on() -> bool:
        return (await listen(host.tab, 1000)).is_tone()

    # Longer than a second tap takes: the button does not mind those.
    await throughout(goes_on, "Ben is heard", for_s=0.8)

    # Dan is typing when he is called: the focus stays with his words.
    await dan.tab.page.get_by_label(WORDS["chat.label"]).focus()
    await dan.tab.page.keyboard.type("while I wr")
    await press_biggest(host, WORDS["desk.thank_and_call"].format(name="Ben", next="Dan"))
    await dan.until_reads(WORDS["turn.title"].format(name="Dan"))
    await dan.tab.page.keyboard.type("ite")
    assert await dan.tab.page.get_by_label(WORDS["chat.label"]).input_value() == "while I write"
    await until_said(dan, WORDS["turn.title"].format(name="Dan"))
    # The thanked one's microphone goes off by itself, and says so.
    await ben.until_microphone(on=False)
    await silent(host.tab)
    await until_said(ben, WORDS["turn.over_mic_off"])
    await until_said(ben, WORDS["floor.passes"].format(name="Dan"))
    # To pass is no turn taken: the host is offered nobody, and Dan may raise his hand again.
    await dan.tab.press("button", WORDS["turn.not_now"])
    await host.until_reads(WORDS["desk.nobody"])
    await raise_hand(dan)


@pytest.mark.timeout(90)
async def test_one_press_makes_the_room_calm(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", tone_hz=1000)
    cleo = await gather("Cleo", microphone=False)
    host = await host_of(chrome, ben, "Ann", tone_hz=440)
    await ben.turn_microphone_on()
    await hears(cleo.tab, 1000)
    await host.turn_microphone_on()
    # A hasty hand presses twice: frozen is frozen.
    await host.tab.find("button", WORDS["desk.freeze"]).dblclick()
    pressed_s = time.monotonic()

    async def is_quiet() -> bool:
        heard = await listen(cleo.tab, 1000)
        return heard.tone_db < -60.0

    await until(is_quiet, "Ben is silent for Cleo", within_s=1.0 + (pressed_s - time.monotonic()))
    await hears(cleo.tab, 440)
    await ben.until_microphone(on=False)
    await ben.until_reads(WORDS["order.frozen"])
    await ben.until_reads(WORDS["chat.closed_frozen"])
    await ben.tab.fill(WORDS["chat.label"], "into the frozen room")
    await ben.tab.keys("Enter")
    await host.write("Let us breathe for a moment.")
    await ben.until_reads("Let us breathe for a moment.")
    assert "into the frozen room" not in await ben.lines() + await cleo.lines()

    await let_go_on(host)
    await ben.until_reads(WORDS["order.unfrozen"])
    assert not await ben.microphone_is_on(), "nobody but Ben turns his microphone on again"
    await ben.tab.press("button", WORDS["chat.send"])
    await cleo.until_reads("into the frozen room")
    await ben.turn_microphone_on()


@pytest.mark.timeout(90)
async def test_a_share_in_writing_is_seen_as_it_is_written(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await choose_mode(host, "hands")
    await raise_hand(ben)
    await press_biggest(host, WORDS["desk.call"].format(next="Ben"))
    await ben.tab.find("button", WORDS["turn.write"]).first.click()
    await ben.tab.page.keyboard.type("I am glad to be here.")

    async def is_seen() -> bool:
        return "I am glad to be here." in await read(cleo, ".stage .written")

    await until(is_seen, "Cleo reads Ben's share")
    await ben.tab.page.keyboard.type(" Thank you all.")
    await ben.tab.press("button", WORDS["floor.done"])

    async def is_over() -> bool:
        return await read(cleo, ".stage .written") == "" and await ben.sharing() == []

    await until(is_over, "the share and its words are gone")
    await until_said(ben, WORDS["turn.over_mic_off"])


@pytest.mark.long
@pytest.mark.timeout(180)
async def test_every_state_of_a_turn_is_accessible(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo of the longest name one may have", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await host.tab.press("button", WORDS["desk.settings"])
    await check_looks(host.tab, "the meeting's settings")
    await host.tab.keys("Escape")
    await choose_mode(host, "hands")
    await ben.tab.press("button", WORDS["mic.closed"])
    await check_looks(ben.tab, "the sheet for a hand")
    await ben.tab.keys("Escape")
    await raise_hand(cleo, "burning")
    await raise_hand(ben, "minute")
    await check_looks(host.tab, "the queue, for the host")
    await host.open_options("Ben")
    await check_looks(host.tab, "what a host can do about somebody")
    await host.tab.keys("Escape")
    await press_biggest(host, WORDS["desk.call"].format(next=cleo.name))
    await cleo.tab.find("button", WORDS["turn.write"]).wait_for()
    await check_looks(cleo.tab, "the question")
    await cleo.tab.press("button", WORDS["turn.write"])
    await cleo.tab.page.keyboard.type("Good evening, and a long word: " + "lamplight" * 12)
    await ben.until_reads("lamplight")
    await check_looks(cleo.tab, "the own share in writing")
    await check_looks(ben.tab, "another's share in writing")
    await host.tab.press("button", WORDS["desk.freeze"])
    await ben.until_reads(WORDS["order.frozen"])
    await check_looks(ben.tab, "a frozen room")
    await check_looks(host.tab, "a frozen room, for the host")


@pytest.mark.timeout(90)
async def test_trust_and_words_taken_back(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    cleo = await gather("Cleo", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await cleo.write("words that hurt")
    await ben.until_reads("words that hurt")
    assert await ben.tab.find("button", WORDS["desk.settings"]).count() == 0

    await host.open_options("Ben")
    await host.tab.page.get_by_label(WORDS["host.role"]).select_option("safety")
    await host.tab.press("button", WORDS["host.give_role"])
    await until_said(ben, WORDS["role.given"].format(role=WORDS["role.safety"]))
    await ben.tab.find("button", WORDS["desk.settings"]).wait_for()
    await ben.tab.press("button", WORDS["chat.erase_name"].format(text="words that hurt"))
    await ben.tab.press("button", WORDS["host.erase_yes"])
    await cleo.until_reads(WORDS["chat.retracted"])
    assert "words that hurt" not in await read(cleo, "body")

    # Whom a safety host asks to be slow is told how long to wait, and loses no words.
    await ben.tab.press("button", WORDS["desk.settings"])
    await ben.tab.page.get_by_label(WORDS["desk.slow"]).select_option("300000")
    await ben.tab.press("button", WORDS["desk.save"])
    await cleo.until_reads("Slow chat: you can write again in")
    await cleo.tab.fill(WORDS["chat.label"], "more words")
    await cleo.tab.keys("Enter")
    assert await read(cleo, ".line .text") == ""
    assert await cleo.tab.page.get_by_label(WORDS["chat.label"]).input_value() == "more words"

    await host.open_options("Ben")
    await host.tab.page.get_by_label(WORDS["host.role"]).select_option("member")
    await host.tab.press("button", WORDS["host.give_role"])
    await ben.tab.find("button", WORDS["desk.settings"]).wait_for(state="detached")


@pytest.mark.long
@pytest.mark.timeout(60)
async def test_a_locked_room_says_so_at_the_door(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    await host.tab.press("button", WORDS["desk.settings"])
    await host.tab.press("button", WORDS["desk.lock"])
    await host.tab.keys("Escape")
    await host.until_reads(WORDS["order.locked"])
    late = Person(await chrome(microphone=False), ben.server, ben.room)
    await late.visit_lobby()
    await late.choose_room()
    await late.tab.fill(NAME_FIELD, "Cleo")
    await late.tab.press("button", JOIN)
    await late.until_reads(WORDS["refused.locked"])
    await ben.tab.reload()
    await ben.until_seated()
    await host.tab.press("button", WORDS["desk.unlock"])
    await until_said(host, WORDS["order.unlocked"])
    await late.take_seat("Cleo")
