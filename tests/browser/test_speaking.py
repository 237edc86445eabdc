"""Who speaks is heard by everybody, in either engine; who is muted is not."""

import pytest

from tests.browser.conftest import Gather, OpenChrome, OpenFirefox
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears, silent
from tests.browser.tab import Tab, number


async def negotiations(tab: Tab) -> float:
    return await number(tab, "() => window.watch.negotiations.length")


async def test_a_voice_reaches_everybody_and_mute_is_silence(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    ben = await gather("Ben", tone_hz=1000)
    cleo = await gather("Cleo", microphone=False)
    everybody = (ann, ben, cleo)
    before = [await negotiations(person.tab) for person in everybody]

    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    await hears(cleo.tab, 440)
    await ben.turn_microphone_on()
    await hears(ann.tab, 1000)
    await ann.turn_microphone_off()
    await hears(cleo.tab, 1000)
    await ben.turn_microphone_off()
    await silent(cleo.tab)
    await silent(ann.tab)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)

    assert [await negotiations(person.tab) for person in everybody] == before


@pytest.mark.whole_browser
async def test_a_refused_microphone_leaves_ears_and_pen(gather: Gather) -> None:
    ann = await gather("Ann", tone_hz=440)
    await ann.turn_microphone_on()
    cleo = await gather("Cleo", microphone=False)
    await cleo.press_microphone()
    await cleo.until_reads(WORDS["mic.refused"])
    await hears(cleo.tab, 440)
    await cleo.write("I am here")
    await ann.until_reads("I am here")
    # Allowed later, without loading the page again.
    await cleo.tab.context.grant_permissions(["microphone"])
    await ann.turn_microphone_off()
    await cleo.turn_microphone_on()

    async def is_heard() -> bool:
        lines = await ann.tab.call("() => window.watch.stats('inbound-rtp')")
        assert isinstance(lines, list)
        return any(line.get("audioLevel", 0) > 0.01 for line in lines)

    await until(is_heard, "Cleo's beeps are heard")


# Plugs a new source into the line of the microphone, and says how many packets have gone out.
STUBBORN = """async () => {
  const line = window.watch.peer().getTransceivers().find((one) => one.mid === 'mic')
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  await line.sender.replaceTrack(stream.getAudioTracks()[0])
}"""


async def packets_sent(tab: Tab) -> int:
    lines = await tab.call("() => window.watch.stats('outbound-rtp')")
    assert isinstance(lines, list)
    return sum(int(line["packetsSent"]) for line in lines)


async def test_a_mute_holds_against_a_page_that_goes_on_sending(gather: Gather, chrome: OpenChrome) -> None:
    ben, cleo = await gather("Ben", tone_hz=1000), await gather("Cleo", microphone=False)
    host = Person(await chrome(), ben.server, ben.room)
    await host.join_as_host("Ann")
    await ben.turn_microphone_on()
    await hears(cleo.tab, 1000)
    await host.mute("Ben")
    await ben.until_microphone(on=False)
    await silent(cleo.tab)
    await ben.until_reads(WORDS["mic.muted_by_host"].format(name="Ann"))

    before = await packets_sent(ben.tab)
    await ben.tab.call(STUBBORN)

    async def goes_on() -> bool:
        return await packets_sent(ben.tab) > before + 50

    await until(goes_on, "Ben's page sends all the same")
    await silent(cleo.tab)


@pytest.mark.timeout(120)
async def test_two_engines_hear_each_other(
    gather: Gather, firefox: OpenFirefox, server: LamplitServer, room: Room
) -> None:
    ann = await gather("Ann", tone_hz=440)
    fay = Person(await firefox(tone_hz=880), server, room)
    await fay.join("Fay")
    before = await negotiations(fay.tab)
    await ann.turn_microphone_on()
    await hears(fay.tab, 440)
    await fay.turn_microphone_on()
    await hears(ann.tab, 880)
    await ann.turn_microphone_off()
    await silent(fay.tab)
    await fay.turn_microphone_off()
    await silent(ann.tab)
    assert await negotiations(fay.tab) == before
    assert fay.tab.complaints == []
