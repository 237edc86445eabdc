"""What is the person's own on this device: the look, what is kept, the sound, and the sheet that has it."""

from typing import Final

import pytest

from tests.browser.access import axe, overflow
from tests.browser.chrome import NARROW, ChromeTab
from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears
from tests.browser.test_access import until_focused
from tests.browser.test_keyboard import tab_to

KEPT: Final = "() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]"
LOOK: Final = """() => [
  getComputedStyle(document.documentElement).backgroundColor,
  getComputedStyle(document.documentElement).fontSize,
  document.querySelector('meta[name=theme-color]').content,
]"""
BLACK_ON_WHITE: Final = ["rgb(255, 255, 255)", "36px", "#fff"]


async def until_looks(tab: ChromeTab, look: list[str]) -> None:
    async def is_so() -> bool:
        return await tab.call(LOOK) == look

    await until(is_so, f"the page looks like {look}")


@pytest.mark.timeout(60)
async def test_the_look_is_kept_and_is_on_every_page(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    tab = await chrome(size=NARROW)
    await tab.open(f"{server.url}/me")
    await tab.page.get_by_label(WORDS["look.theme.contrast"]).check()
    await tab.page.get_by_label(WORDS["look.size_percent"].format(percent=200)).check()
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    assert await axe(tab) == []
    await tab.reload()
    await until_looks(tab, BLACK_ON_WHITE)
    ann = Person(tab, server, room)
    await ann.visit_lobby()
    await tab.find("link", room.title).wait_for()
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    await ann.choose_room()
    await ann.take_seat("Ann")
    await until_looks(tab, BLACK_ON_WHITE)
    assert await overflow(tab) == []
    assert await axe(tab) == []


async def test_the_look_is_there_before_the_page_is(chrome: OpenChrome, server: LamplitServer) -> None:
    tab = await chrome()
    await tab.open(f"{server.url}/me")
    await tab.page.get_by_label(WORDS["look.theme.dark"]).check()
    # What the program itself would do comes too late: it never comes.
    await tab.page.route("**/assets/index-*.js", lambda route: route.abort())
    await tab.reload()
    assert await tab.call(LOOK.replace("'meta[name=theme-color]'", "'meta[name=color-scheme]'")) == [
        "rgb(21, 25, 27)",
        "18px",
        "light dark",
    ]
    tab.complaints[:] = [one for one in tab.complaints if "ERR_FAILED" not in one]


async def test_forgetting_leaves_nothing(chrome: OpenChrome, server: LamplitServer, room: Room) -> None:
    ann = Person(await chrome(), server, room)
    await ann.visit_lobby()
    await ann.choose_room()
    await ann.tab.page.get_by_label(WORDS["join.remember"]).check()
    await ann.take_seat("Ann")
    await ann.leave()
    await ann.tab.open(f"{server.url}/me")
    await ann.tab.page.get_by_label(WORDS["look.theme.dark"]).check()
    kept = await ann.tab.call(KEPT)
    assert isinstance(kept, list)
    assert {"name", "device", "settings"} <= set(kept)
    for words in ("kept.name", "kept.device", "kept.settings"):
        await ann.until_reads(WORDS[words])
    async with ann.tab.page.expect_download() as begun:
        await ann.tab.press("button", WORDS["me.download"])
    written = (await (await begun.value).path()).read_text("utf-8")
    assert '"name": "Ann"' in written
    await ann.tab.press("button", WORDS["me.forget"])
    await ann.until_reads(WORDS["me.forgotten"])
    assert await ann.tab.call(KEPT) == []
    await until_looks(ann.tab, ["rgb(250, 246, 239)", "18px", "#faf6ef"])


LEVEL: Final = "() => document.querySelector('meter')?.value ?? -1"
CAPTURES: Final = "() => window.watch.microphone.calls"
IS_CAPTURED: Final = "() => window.watch.microphone.tracks.some((track) => track.readyState === 'live')"


@pytest.mark.timeout(60)
async def test_the_check_asks_by_a_press_plays_back_and_lets_go(
    chrome: OpenChrome, server: LamplitServer, room: Room
) -> None:
    tab = await chrome(tone_hz=440, size=NARROW)
    await tab.page.add_init_script(PLAYED)
    await tab.open(f"{server.url}/m/{room.slug}")
    ann = Person(tab, server, room)
    await tab.page.get_by_text(WORDS["join.test"], exact=True).first.click()
    await tab.press("button", WORDS["check.play"])
    await ann.until_reads(WORDS["check.did_hear"])
    await tab.press("button", WORDS["check.yes"])
    await ann.until_reads(WORDS["check.hears"])
    assert await tab.call(CAPTURES) == 0
    await tab.press("button", WORDS["check.mic_open"])
    await tab.find("button", WORDS["check.record"]).wait_for()
    assert await tab.call(CAPTURES) == 1

    async def moves() -> bool:
        level = await tab.call(LEVEL)
        return isinstance(level, float) and level > 0.5

    await until(moves, "the bar moves with the tone")
    assert await axe(tab) == []
    assert await overflow(tab) == []
    await tab.press("button", WORDS["check.record"])
    await ann.until_reads(WORDS["check.did_work"])
    played = await tab.call("() => window.played")
    assert isinstance(played, list)
    assert len(played) == 2
    assert played[1] > 2, f"three seconds were played back: {played}"
    await tab.press("button", WORDS["check.works"])
    await ann.until_reads(WORDS["check.mic_works"])
    assert not await tab.call(IS_CAPTURED)
    # Folding it away in the middle lets go, too; and so does going on into the room.
    await tab.press("button", WORDS["check.mic_open"])
    await tab.find("button", WORDS["check.record"]).wait_for()
    assert await tab.call(IS_CAPTURED)
    await tab.page.get_by_text(WORDS["join.test"], exact=True).first.click()

    async def is_free() -> bool:
        return not await tab.call(IS_CAPTURED)

    await until(is_free, "the microphone is let go of")
    assert await tab.call("() => document.querySelectorAll('audio[src]').length") == 0


# How many seconds each sound lasted that was played out of memory.
PLAYED: Final = """
window.played = []
const play = HTMLMediaElement.prototype.play
HTMLMediaElement.prototype.play = function () {
  if (this.src.startsWith('blob:') && !this.watched) {
    this.watched = true
    this.addEventListener('ended', () => window.played.push(this.currentTime))
  }
  return play.call(this)
}
"""


@pytest.mark.timeout(60)
async def test_more_by_keyboard(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440, size=NARROW)
    await tab_to(ann, WORDS["mic.turn_on"])
    await ann.tab.keys("ArrowRight", "ArrowRight")  # the bar is one stop; arrows go along it
    await until_focused(ann.tab, WORDS["more.open"])
    await ann.tab.keys("Enter")
    await ann.tab.find("heading", WORDS["more.title"]).wait_for()
    assert await axe(ann.tab) == []
    assert await overflow(ann.tab) == []
    # A group of radio buttons is one stop, at the chosen one; arrows choose.
    await tab_to(ann, WORDS["more.volume_full"])
    await ann.tab.keys("ArrowRight")
    volumes = "() => [...document.querySelectorAll('audio')].map((one) => one.muted ? 0 : one.volume)"
    assert set(await numbers(ann.tab, volumes)) == {0.6}
    await ann.tab.keys("ArrowLeft", "ArrowLeft")
    assert set(await numbers(ann.tab, volumes)) == {0}
    await tab_to(ann, WORDS["more.settings"])
    await ann.tab.keys("Enter")
    await ann.tab.find("heading", WORDS["me.look"]).wait_for()
    assert await axe(ann.tab) == []
    await ann.tab.keys("Escape")
    await until_focused(ann.tab, WORDS["more.settings"])
    await tab_to(ann, WORDS["block.list"])
    await ann.tab.keys("Enter")
    await ann.until_reads(WORDS["block.list_help"])
    await ann.tab.keys("Escape")
    await until_focused(ann.tab, WORDS["block.list"])
    await ann.tab.keys("Escape")
    await until_focused(ann.tab, WORDS["more.open"])
    await ann.until_reads(WORDS["sound.is_off"])
    await ann.tab.press("button", WORDS["sound.do_on"])
    assert set(await numbers(ann.tab, volumes)) == {1}


@pytest.mark.timeout(60)
async def test_less_data_sends_longer_packets_of_fewer_bits(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    ben = await gather("Ben", microphone=False)
    await ann.turn_microphone_on()
    assert 40 <= (await rate(ann))[0] <= 60
    await ann.tab.call("() => localStorage.setItem('settings', '{\"saves_data\":true}')")
    await ann.tab.reload()
    await ann.until_seated()
    await ann.turn_microphone_on()
    await hears(ben.tab, 440, within_s=20)
    packets, bits = await rate(ann)
    assert packets <= 20, "60 ms in each packet"
    assert bits <= 20_000


async def numbers(tab: ChromeTab, script: str) -> list[float]:
    found = await tab.call(script)
    assert isinstance(found, list)
    return [float(one) for one in found]


SENT: Final = """async () => {
  const [sent] = await window.watch.stats('outbound-rtp')
  return [sent?.timestamp ?? 0, sent?.packetsSent ?? 0, sent?.bytesSent ?? 0]
}"""


async def rate(person: Person[ChromeTab]) -> tuple[float, float]:
    """Return packets and bits that the microphone sends in a second, measured over two."""
    begin = await numbers(person.tab, SENT)

    async def is_later() -> list[float] | None:
        now = await numbers(person.tab, SENT)
        return now if begin[0] > 0 and now[0] - begin[0] >= 2_000 else None

    end = await until(is_later, "two seconds of sound")
    s = (end[0] - begin[0]) / 1_000
    return (end[1] - begin[1]) / s, (end[2] - begin[2]) * 8 / s
