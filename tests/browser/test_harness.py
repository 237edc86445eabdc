"""The instruments themselves: a tone is told from another, silence from sound, in both browsers."""

import pytest

from tests.browser.access import axe, overflow, small_targets
from tests.browser.chrome import NARROW
from tests.browser.conftest import OpenChrome, OpenFirefox
from tests.browser.polling import NotInTimeError, until
from tests.browser.sound import hears, listen, silent
from tests.browser.tab import Tab, texts


async def connect(offering: Tab, answering: Tab, url: str) -> None:
    for tab in (offering, answering):
        await tab.open(url)
        await tab.call("() => window.open_peer()")
    offer = await offering.call("() => window.offer()")
    answer = await answering.call("(sdp) => window.answer(sdp)", offer)
    await offering.call("(sdp) => window.agree(sdp)", answer)


async def test_tones_between_two_chromium_pages(chrome: OpenChrome, plain_url: str) -> None:
    low, high = await chrome(tone_hz=440), await chrome(tone_hz=1000)
    await connect(low, high, plain_url)
    heard = await hears(high, 440)
    assert abs(heard.peak_hz - 440) < 6
    await hears(low, 1000)
    # What one plays is not what the other plays: the instrument must be able to say no.
    assert not (await listen(high, 1000)).is_tone()
    with pytest.raises(AssertionError, match="700 Hz is heard"):
        await hears(high, 700, within_s=0.3)
    with pytest.raises(NotInTimeError):
        await silent(high, within_s=0.3)
    await low.call("() => window.mute(true)")
    await silent(high)
    await hears(low, 1000)


@pytest.mark.long
async def test_tones_between_chromium_and_firefox(
    chrome: OpenChrome, firefox: OpenFirefox, plain_url: str
) -> None:
    one, other = await chrome(tone_hz=440), await firefox(tone_hz=880)
    await connect(other, one, plain_url)
    await hears(other, 440)
    await hears(one, 880)
    await one.call("() => window.mute(true)")
    await silent(other)


@pytest.mark.whole_browser
async def test_a_refused_microphone_is_refused_and_counted(chrome: OpenChrome, plain_url: str) -> None:
    tab = await chrome(microphone=False)
    await tab.open(plain_url)
    refusal = await tab.call("() => window.open_peer().then(() => 'given', (error) => error.name)")
    assert refusal == "NotAllowedError"
    assert await tab.call("() => [window.watch.microphone.calls, window.watch.microphone.refusals]") == [1, 1]


@pytest.mark.long
async def test_fingers_and_announcements_in_both(
    chrome: OpenChrome, firefox: OpenFirefox, plain_url: str
) -> None:
    for tab in (await chrome(), await firefox()):
        await tab.open(plain_url)
        await tab.fill("Name", "Zoe")
        await tab.fill("Name", "Ada")
        await tab.press("button", "Say it")
        assert await texts(tab, "() => window.watch.said.map((one) => one.text)") == ["Hello Ada"]
        await tab.keys("Enter")
        await tab.reload()
        assert await texts(tab, "() => window.watch.said") == []


async def test_what_keeps_people_out_is_found(chrome: OpenChrome, plain_url: str) -> None:
    tab = await chrome(size=NARROW)
    await tab.open(plain_url)
    assert await axe(tab) == []
    assert await overflow(tab) == []
    await tab.call(
        """() => {
          document.querySelector('#say').textContent = ''
          const wide = document.querySelector('#wide')
          wide.style.cssText = 'inline-size: 400px; color: #bbb; background: #fff'
        }"""
    )
    assert {finding.split(":")[0] for finding in await axe(tab)} == {"button-name", "color-contrast"}
    assert len(await overflow(tab)) == 2
    assert len(await small_targets(tab)) == 2


async def test_what_a_page_complains_of_is_kept(chrome: OpenChrome, plain_url: str) -> None:
    tab = await chrome()
    await tab.open(plain_url)
    await tab.page.evaluate("console.error('a stumble'); setTimeout(() => { throw new Error('a fall') })")
    await tab.page.evaluate("fetch('http://127.0.0.1:9/elsewhere').catch(() => 0)")

    async def are_kept() -> bool:
        story = " / ".join(tab.complaints)
        return all(words in story for words in ("a stumble", "a fall", "left the origin"))

    await until(are_kept, "all three complaints")
    tab.complaints.clear()
