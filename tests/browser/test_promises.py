"""What was promised to whoever is here, in the plainest form: one queue, a removal that holds, no trace."""

import asyncio

import pytest

from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import JOIN, NAME_FIELD, WORDS
from tests.browser.polling import until
from tests.browser.sound import hears, silent
from tests.browser.tab import texts
from tests.browser.test_floor import choose_mode, host_of, press_biggest, queue, raise_hand, until_queue
from tests.browser.test_speaking import negotiations, packets_sent

# Everything that a browser keeps for a page, name and value.
KEPT = "() => [localStorage, sessionStorage].flatMap((store) => Object.entries(store).flat())"
CAPTURES = "() => window.watch.microphone.tracks.map((track) => track.readyState)"


@pytest.mark.timeout(120)
async def test_five_hands_are_one_queue(gather: Gather, chrome: OpenChrome) -> None:
    five = [await gather(name, microphone=False) for name in ("Ben", "Cleo", "Dan", "Eve", "Fay")]
    host = await host_of(chrome, five[0], "Ann", microphone=False)
    await choose_mode(host, "hands")
    for person in five:
        await person.until_reads(WORDS["floor.hands_how"])
    await asyncio.gather(*(raise_hand(person) for person in five))

    async def is_full() -> bool:
        return len(await queue(host)) == len(five)

    await until(is_full, "the host sees five hands")
    order = await queue(host)
    await until_queue([*five, host], order)

    # One is gone and comes back to the same place; one is moved, by buttons alone.
    gone = next(person for person in five if person.name == order[2])
    await gone.tab.reload()
    await gone.until_seated()
    await until_queue([*five, host], order)
    await host.tab.press("button", WORDS["queue.up_name"].format(name=order[1]))
    moved = [order[1], order[0], *order[2:]]
    await until_queue([*five, host], moved)

    # Hands are a host's matter: members are told their own place, and of no other's hand.
    for person in five:
        of_others = [f"{name} raised a hand" for name in order if name != person.name]
        said = " / ".join(await person.said())
        assert not any(words in said for words in of_others), said


@pytest.mark.timeout(90)
async def test_a_turn_opens_the_microphone_in_place_and_ends_the_capture(
    gather: Gather, chrome: OpenChrome
) -> None:
    ann = await gather("Ann", tone_hz=440)
    ben = await gather("Ben", tone_hz=523)
    host = await host_of(chrome, ann, "Hanna", microphone=False)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    before = await negotiations(ben.tab)
    await choose_mode(host, "hands")
    await raise_hand(ben)
    await press_biggest(host, WORDS["desk.call"].format(next="Ben"))
    await ben.tab.press("button", WORDS["turn.mic"])
    await hears(host.tab, 523)
    await ben.tab.press("button", WORDS["floor.done"])
    await ben.until_microphone(on=False)
    await silent(host.tab)
    assert await negotiations(ben.tab) == before

    async def has_let_go() -> bool:
        return await texts(ben.tab, CAPTURES) == ["ended"]

    await until(has_let_go, "the browser's microphone light goes out")
    sent = await packets_sent(ben.tab)
    await silent(host.tab)
    assert await packets_sent(ben.tab) == sent


@pytest.mark.timeout(90)
async def test_who_was_removed_stays_outside_and_is_met_kindly(gather: Gather, chrome: OpenChrome) -> None:
    ben = await gather("Ben", microphone=False)
    host = await host_of(chrome, ben, "Ann", microphone=False)
    kept = str(await ben.tab.call("() => sessionStorage.getItem('seat')"))
    await host.remove("Ben")
    await ben.until_reads(WORDS["end.removed.title"])
    # The same ticket, and the same device under another name.
    await ben.tab.call("(seat) => sessionStorage.setItem('seat', seat)", kept)
    await ben.tab.reload()
    await ben.until_reads(WORDS["end.removed.title"])
    await ben.tab.open(f"{ben.server.url}/m/{ben.room.slug}")
    await ben.tab.fill(NAME_FIELD, "Somebody")
    await ben.tab.press("button", JOIN)

    async def is_refused() -> bool:
        shown = str(await ben.tab.call("() => document.querySelector('main').innerText"))
        return any(
            WORDS[key] in shown for key in ("end.removed.title", "refused.removed.title") if key in WORDS
        )

    await until(is_refused, "Ben is told, and not let in")
    assert await host.people() == ["Ann"]


async def test_nothing_is_left_after_leaving(gather: Gather) -> None:
    ann = await gather("Quillonia", tone_hz=440)
    await ann.turn_microphone_on()
    await ann.write("zephyrine confession")
    await ann.leave()
    await ann.visit_lobby()
    await ann.tab.find("heading", WORDS["lobby.title"]).wait_for()
    kept = " ".join(await texts(ann.tab, KEPT))
    shown = f"{await ann.tab.page.title()} {ann.tab.page.url}"
    for word in ("Quillonia", "zephyrine", ann.room.title, ann.room.slug.split("-", 1)[0] + "-"):
        assert word not in shown
    for word in ("Quillonia", "zephyrine", ann.room.title):
        assert word not in kept, kept
    assert await ann.tab.call("() => window.watch.violations") == []
