"""A seat is kept through restarts, reloads and lost networks, and given up only by leaving."""

import signal

import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import Gather, OpenChrome, OpenFirefox
from tests.browser.firefox import FirefoxTab
from tests.browser.person import WORDS, Person
from tests.browser.polling import until, until_equal
from tests.browser.served import ROOMS, LamplitServer
from tests.browser.sound import hears, listen, silent
from tests.browser.tab import texts

# What a browser's console says of a server that is away; nothing is wrong with the page then.
AWAY = (
    "WebSocket connection",
    "ERR_CONNECTION_REFUSED",
    "ERR_FAILED",  # the same, by way of the service worker
    "connection to the server at ws:",
    "connection to ws:",
    "503 (Service Unavailable)",
)


def forgive_absence(*people: Person[ChromeTab] | Person[FirefoxTab]) -> None:
    for person in people:
        complaints = person.tab.complaints
        complaints[:] = [one for one in complaints if not any(words in one for words in AWAY)]


@pytest.mark.parametrize("by", [pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL])
async def test_a_restart_keeps_the_seats(
    chrome: OpenChrome, own_server: LamplitServer, by: signal.Signals
) -> None:
    ann = Person(await chrome(tone_hz=440), own_server, ROOMS[0])
    ben = Person(await chrome(microphone=False), own_server, ROOMS[0])
    await ann.join("Ann")
    await ben.join("Ben")
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    seats = [ann.tab.wire.seat(), ben.tab.wire.seat()]

    if by == signal.SIGTERM:
        assert await own_server.stop() == 0
    else:
        await own_server.kill()
    await silent(ben.tab)
    await own_server.start()

    await hears(ben.tab, 440, within_s=20)
    await ann.until_seated()
    await ben.until_seated()
    assert [ann.tab.wire.seat(), ben.tab.wire.seat()] == seats
    assert sorted(await ben.people()) == ["Ann", "Ben"]
    await ben.write("back again")
    await ann.until_reads("back again")
    forgive_absence(ann, ben)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_a_restart_under_firefox(
    chrome: OpenChrome, firefox: OpenFirefox, own_server: LamplitServer
) -> None:
    ann = Person(await chrome(tone_hz=440), own_server, ROOMS[0])
    fay = Person(await firefox(tone_hz=880), own_server, ROOMS[0])
    await ann.join("Ann")
    await fay.join("Fay")
    await ann.turn_microphone_on()
    await fay.turn_microphone_on()
    await hears(fay.tab, 440)
    await hears(ann.tab, 880)
    await own_server.kill()
    await silent(fay.tab)
    await own_server.start()
    await hears(fay.tab, 440, within_s=30)
    await hears(ann.tab, 880, within_s=30)
    assert sorted(await fay.people()) == ["Ann", "Fay"]
    forgive_absence(ann, fay)


async def test_a_reload_keeps_the_seat(gather: Gather) -> None:
    ann, ben = await gather("Ann", tone_hz=440), await gather("Ben", microphone=False)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    seat = ben.tab.wire.seat()
    await ben.tab.reload()
    await ben.until_seated()
    assert ben.tab.wire.seat() == seat
    assert sorted(await ann.people()) == ["Ann", "Ben"]
    await hears_or_is_asked(ben, 440)


async def hears_or_is_asked(person: Person[ChromeTab], tone_hz: float) -> None:
    """A reload is no gesture: a browser may pause the sound until the person presses one button."""
    paused = "() => [...document.querySelectorAll('button')].map((one) => one.innerText.trim())"

    async def outcome() -> str:
        if WORDS["notice.unlock_sound"] in await texts(person.tab, paused):
            return "paused"
        return "heard" if (await listen(person.tab, tone_hz)).is_tone() else ""

    if await until(outcome, "sound, or the button that turns it on") == "paused":
        await person.tab.press("button", WORDS["notice.unlock_sound"])
    await hears(person.tab, tone_hz)


async def test_leaving_frees_the_seat(gather: Gather) -> None:
    ann, ben = await gather("Ann"), await gather("Ben", tone_hz=440)
    await ben.turn_microphone_on()
    seat = ben.tab.wire.seat()
    await ben.leave()

    async def is_alone() -> bool:
        return await ann.people() == ["Ann"]

    await until(is_alone, "Ann sees nobody else")
    captures = "() => window.watch.microphone.tracks.map((track) => track.readyState)"
    await until_equal(lambda: texts(ben.tab, captures), ["ended"], "the microphone is let go of")
    await until_equal(ben.sound_state, "closed", "the sound has ended")
    await ben.join("Ben")
    assert ben.tab.wire.seat() != seat


async def test_a_second_tab_takes_the_seat_from_the_first(gather: Gather) -> None:
    ann = await gather("Ann")
    ben = await gather("Ben")
    seat = ben.tab.wire.seat()
    # A browser copies a tab with its session storage; a page that opens a window does just that.
    async with ben.tab.context.expect_page() as opening:
        await ben.tab.page.evaluate("window.open(location.href, '_blank', 'opener')")
    second = Person(ChromeTab(ben.tab.context, await opening.value), ben.server, ben.room)
    second.name = "Ben"
    await second.until_seated()
    assert second.tab.wire.seat() == seat
    await ben.until_reads(WORDS["end.replaced.title"])
    assert sorted(await ann.people()) == ["Ann", "Ben"]
