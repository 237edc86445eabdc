"""Five people speak in turn over three slots: each voice arrives whole, under its own name."""

import asyncio

import pytest

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import Gather
from tests.browser.person import Person
from tests.browser.polling import until
from tests.browser.sound import hears

VOICES = {"Ann": 300, "Ben": 500, "Cleo": 700, "Dan": 900, "Eve": 1100}
# Twice around, and back and forth, so that slots are taken from one another.
TURNS = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Ann", "Dan", "Ben", "Eve", "Cleo")


async def set_gain(speaker: Person[ChromeTab], gain: float) -> None:
    await speaker.tab.call("(gain) => window.watch.setGain(gain)", gain)


async def lit_names(listener: Person[ChromeTab], expected: list[str]) -> None:
    async def are_right() -> bool:
        return sorted(await listener.lit()) == sorted(expected)

    try:
        await until(are_right, f"{expected} are lit")
    except AssertionError as error:
        raise AssertionError(f"{error}; lit: {await listener.lit()}") from None


@pytest.mark.timeout(120)
async def test_five_voices_over_three_slots(gather: Gather) -> None:
    listener, *company = await asyncio.gather(
        gather("Zoe", microphone=False), *(gather(name, tone_hz=hz) for name, hz in VOICES.items())
    )
    speakers = dict(zip(VOICES, company, strict=True))
    for speaker in company:
        await speaker.turn_microphone_on()
        await set_gain(speaker, 0)
    for name in TURNS:
        await set_gain(speakers[name], 0.5)
        await hears(listener.tab, VOICES[name])
        await lit_names(listener, [name])
        await set_gain(speakers[name], 0)
    lines = await listener.tab.call("() => window.watch.stats('inbound-rtp')")
    assert isinstance(lines, list)
    used = [line for line in lines if line["packetsReceived"]]
    assert len(used) == 3
    assert [line["packetsLost"] for line in used] == [0, 0, 0]
