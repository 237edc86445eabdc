"""Whatever happens to sound and microphone, the page says so in words, and a press leads on."""

import asyncio
import time

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import JOIN, WORDS, Person
from tests.browser.polling import throughout, until, until_equal
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears, listen, silent
from tests.browser.tab import number, texts
from tests.browser.test_coming_back import forgive_absence
from tests.browser.tour_troubles import (
    INSTAGRAM,
    IPHONE,
    LAST_TRACK,
    call_oneself,
    no_strip,
    press_strip,
    reads_strip,
)


@pytest.mark.whole_browser
async def test_a_microphone_allowed_later_works_without_a_reload(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    await ann.turn_microphone_on()
    cleo = await gather("Cleo", microphone=False)
    await cleo.press_microphone()
    await reads_strip(cleo, "mic.refused")
    await cleo.tab.press("button", WORDS["notice.explain_mic"])
    await cleo.until_reads(WORDS["trouble.chrome_2"])
    await cleo.tab.keys("Escape")
    await press_strip(cleo, "turn.write")

    async def is_writing() -> bool:
        return bool(await cleo.tab.call("() => document.activeElement?.matches('.compose textarea')"))

    await until(is_writing, "the field for words has the focus")
    await hears(cleo.tab, 440)

    await cleo.tab.context.grant_permissions(["microphone"])
    await reads_strip(cleo, "mic.allowed")
    assert not await cleo.microphone_is_on()
    await press_strip(cleo, "mic.do_on")
    await cleo.until_microphone(on=True)
    await no_strip(cleo)
    assert await number(cleo.tab, "() => window.watch.microphone.calls") == 2


async def test_a_call_takes_sound_and_microphone_and_one_press_brings_both_back(gather: Gather) -> None:
    ann, ben = await gather("Ann", tone_hz=440), await gather("Ben", tone_hz=1000)
    await ann.turn_microphone_on()
    await ben.turn_microphone_on()
    await hears(ann.tab, 1000)
    # What a telephone does to a page, as far as a page can tell.
    await ben.tab.call(f"() => {{ {LAST_TRACK}.dispatchEvent(new Event('mute')) }}")
    await reads_strip(ben, "mic.interrupted")
    await ben.until_microphone(on=False)
    await silent(ann.tab)
    await ben.tab.call(f"() => {{ {LAST_TRACK}.dispatchEvent(new Event('unmute')) }}")
    await hears(ben.tab, 440)
    await ben.tab.call("() => { for (const one of document.querySelectorAll('audio')) one.pause() }")
    await reads_strip(ben, "sound.taken_both")
    await press_strip(ben, "notice.come_back")
    await hears(ben.tab, 440)
    await ben.until_microphone(on=True)
    await hears(ann.tab, 1000)
    await no_strip(ben)


# What a browser with the strictest rule does: a voice sounds only where a press itself starts it. Ours joins
# by a press, which no browser of these tests forgets again.
REFUSES_SOUND = """(() => {
  const play = HTMLMediaElement.prototype.play
  HTMLMediaElement.prototype.play = function () {
    const isPressed = window.event?.isTrusted && window.event.type === 'click'
    if (isPressed || !(this.srcObject instanceof MediaStream)) return play.call(this)
    return Promise.reject(new DOMException('No press, no sound', 'NotAllowedError'))
  }
})()"""
VOICES_PLAY = """() => [...document.querySelectorAll('audio')]
  .filter((one) => one.srcObject instanceof MediaStream).map((one) => String(!one.paused))"""


async def test_sound_that_the_browser_refuses_is_said_and_one_press_turns_it_on(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    await ann.turn_microphone_on()
    ben = await gather("Ben", before=REFUSES_SOUND)
    await reads_strip(ben, "sound.blocked")
    assert "true" not in await texts(ben.tab, VOICES_PLAY)
    assert any(one.startswith(WORDS["sound.blocked"]) for one in await ben.said())
    await press_strip(ben, "notice.unlock_sound")
    await no_strip(ben)
    assert "false" not in await texts(ben.tab, VOICES_PLAY)
    await hears(ben.tab, 440)


async def test_a_device_that_goes_leaves_the_microphone_off(gather: Gather) -> None:
    ann, ben = await gather("Ann", tone_hz=440), await gather("Ben", tone_hz=1000)
    await ann.turn_microphone_on()
    await ben.turn_microphone_on()
    await hears(ann.tab, 1000)
    await ben.tab.call(f"() => {{ {LAST_TRACK}.dispatchEvent(new Event('ended')) }}")
    await reads_strip(ben, "mic.ended")
    await ben.until_microphone(on=False)
    await silent(ann.tab)
    assert ben.name not in await ann.sharing()
    await hears(ben.tab, 440)
    await press_strip(ben, "mic.do_on")
    await hears(ann.tab, 1000)
    await no_strip(ben)


async def test_a_dead_microphone_and_talk_without_one_are_noticed(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    ben = await gather("Ben", microphone=False)
    await ann.turn_microphone_on()
    await ann.tab.call("() => { window.watch.setGain(0) }")
    await reads_strip(ann, "mic.silent", within_s=20)
    await ann.tab.call("() => { window.watch.setGain(0.5) }")
    await no_strip(ann)

    await ann.turn_microphone_off()
    await reads_strip(ann, "mic.unheard")
    await silent(ben.tab)

    async def is_let_go() -> bool:
        return await ann.tab.call(f"() => {LAST_TRACK}.readyState") == "ended"

    await until(is_let_go, "the capture ends")
    assert await number(ann.tab, "() => window.watch.microphone.calls") == 1


async def test_an_iphone_is_asked_first_and_kept_sounding(
    gather: Gather, chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    await gather("Ann")
    tab = await chrome(tone_hz=1000, size=(390, 844))
    await call_oneself(tab, IPHONE)
    ben = Person(tab, server, room)
    pressed = asyncio.Event()

    async def come_late(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    await tab.page.context.route("**/trouble-*.js", come_late)  # what asks first
    await ben.join("Ben")
    loops = "() => [...document.querySelectorAll('audio')].filter((one) => one.loop && !one.paused).length"
    await until_equal(lambda: number(tab, loops), 1, "what keeps the sound going runs")
    await ben.press_microphone()
    pressed.set()
    await ben.until_reads(WORDS["first.title"])
    assert await number(tab, "() => window.watch.microphone.calls") == 0
    await tab.press("button", WORDS["first.not_now"])
    await ben.press_microphone()
    await ben.until_microphone(on=True)
    await ben.leave()
    await until_equal(lambda: number(tab, loops), 0, "it has ended")


async def test_a_window_inside_an_app_says_where_to_go(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    tab = await chrome(microphone=False, size=(390, 844))
    await call_oneself(tab, INSTAGRAM)
    ben = Person(tab, server, room)
    await ben.join("Ben")
    await ben.press_microphone()
    await reads_strip(ben, "mic.in_app")
    await tab.press("button", WORDS["notice.open_elsewhere"])
    assert await tab.page.get_by_label(WORDS["trouble.link"]).input_value() == f"{server.url}/m/{room.slug}"


@pytest.mark.parametrize("away_s", [5, pytest.param(20, marks=pytest.mark.long)])
async def test_sound_goes_on_without_a_word_from_the_server(gather: Gather, away_s: int) -> None:
    ann, ben = await gather("Ann", tone_hz=440), await gather("Ben", microphone=False)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    await ben.tab.context.set_offline(True)
    began_s = time.monotonic()
    await reads_strip(ben, "link.offline_sound", within_s=3)

    async def is_heard() -> bool:
        return (await listen(ben.tab, 440)).is_tone()

    await throughout(is_heard, "the sound goes on", for_s=began_s + away_s - time.monotonic())
    await ben.tab.context.set_offline(False)
    await reads_strip(ben, "link.back", within_s=3)
    await no_strip(ben)
    assert (await listen(ben.tab, 440)).is_tone()
    forgive_absence(ben)
    ben.tab.complaints[:] = [one for one in ben.tab.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


async def test_two_ways_out_of_every_end(gather: Gather, chrome: OpenChrome, server: LamplitServer) -> None:
    ben = await gather("Ben", microphone=False)
    host = Person(await chrome(), server, ben.room)
    await host.join_as_host("Ann")
    await host.remove("Ben")
    await ben.until_reads(WORDS["end.removed.title"])
    for role, name in (("button", "help.open"), ("link", "join.other_rooms")):
        way_out = ben.tab.page.locator("main").get_by_role(role, name=WORDS[name])  # type: ignore[arg-type]
        await expect(way_out).to_have_count(1)
    await ben.tab.open(f"{server.url}/m/{ben.room.slug}")
    await ben.tab.fill(WORDS["join.name"], "Ben")
    await ben.tab.press("button", JOIN)
    await ben.until_reads(WORDS["end.removed.title"])
