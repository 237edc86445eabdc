"""A client on a stack that nobody here wrote joins by the public protocol, hears and is heard."""

import json

import pytest

from tests.browser import second_client
from tests.browser.conftest import Gather
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears


@pytest.fixture(scope="session")
async def installed() -> None:
    await second_client.install()


@pytest.mark.usefixtures("installed")
async def test_its_meter_tells_tones_apart() -> None:
    measured = json.loads(await second_client.run_script("goertzel_check.mjs"))
    assert measured["tone"]["tone_db"] - measured["tone"]["rest_db"] > 60
    assert measured["other"]["tone_db"] - measured["other"]["rest_db"] < -20
    assert 10 < measured["both"]["tone_db"] - measured["both"]["rest_db"] < 20


@pytest.mark.usefixtures("installed")
async def test_it_hears_a_browser_and_a_browser_hears_it(
    gather: Gather, server: LamplitServer, room: Room
) -> None:
    ann = await gather("Ann", tone_hz=440)
    await ann.turn_microphone_on()
    async with second_client.speaking(
        server.url, room.slug, hears_hz=440, plays_hz=880, seconds=8
    ) as visiting:
        await hears(ann.tab, 880)
        report = await visiting
    assert report.heard
    assert report.tone_db - report.rest_db >= 20
    assert report.members == 2
