"""Twenty seconds in a tunnel, and twelve in a network that lets no sound through."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Playwright

from tests.browser.chrome import ChromeTab, chrome_browser, chrome_program, open_tab
from tests.browser.netns import NEAR_END, Network, entered, is_possible, own_network
from tests.browser.person import WORDS, Person
from tests.browser.polling import throughout, until
from tests.browser.served import ROOMS, LamplitServer, running_server
from tests.browser.sound import hears, silent
from tests.browser.tab import texts
from tests.browser.tour_troubles import STRIPS, reads_strip

AWAY_S = 20
BACK_S = 3

# A network that lets datagrams through no more: the person is told, and hears again soon after.
SOUND_AWAY_S = 12
TOLD_S = 8
SOUND_BACK_S = 5

Pair = tuple[Person[ChromeTab], Person[ChromeTab]]


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    if not is_possible():
        pytest.skip("network namespaces need root, ip and iptables")
    async with own_network() as made:
        yield made


@pytest.fixture
async def reachable_server(network: Network, tmp_path: Path) -> AsyncIterator[LamplitServer]:
    with entered(network.near):
        async with running_server(tmp_path, NEAR_END) as running:
            yield running


@pytest.fixture
async def pair(
    playwright: Playwright, network: Network, reachable_server: LamplitServer, tmp_path: Path
) -> AsyncIterator[Pair]:
    """Ann, who speaks, and Ben, whose network can be taken away."""
    # A page of another machine has a microphone only where it is secure; here the browser is told that it is.
    secure = (f"--unsafely-treat-insecure-origin-as-secure={reachable_server.url}",)
    near = network.write_launcher(tmp_path / "near", network.near, str(chrome_program(whole=True)))
    far = network.write_launcher(tmp_path / "far", network.far, str(chrome_program(whole=True)))
    async with (
        chrome_browser(playwright, program=near, extra=secure) as ours,
        chrome_browser(playwright, program=far, extra=secure) as theirs,
    ):
        ann = Person(await open_tab(ours, tone_hz=440), reachable_server, ROOMS[0])
        ben = Person(await open_tab(theirs, tone_hz=1000), reachable_server, ROOMS[0])
        await ann.join("Ann")
        await ben.join("Ben")
        await ann.turn_microphone_on()
        await hears(ben.tab, 440)
        yield ann, ben


@pytest.mark.netns
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_lost_network_costs_neither_seat_nor_line(
    pair: Pair, network: Network, record_property: Callable[[str, object], None]
) -> None:
    ann, ben = pair
    await ben.write("before")
    await ann.until_reads("before")
    seat = ben.tab.wire.seat()

    await network.switch_off()
    ends_s = time.monotonic() + AWAY_S
    await silent(ben.tab)
    await ann.write("while you were away")
    await ben.write("from the tunnel")

    async def is_kept() -> bool:
        return sorted(await ann.people()) == ["Ann", "Ben"]

    await throughout(is_kept, "Ann sees both seats", for_s=ends_s - time.monotonic())
    await network.switch_on()
    began_s = time.monotonic()
    await hears(ben.tab, 440, within_s=30)
    took_s = time.monotonic() - began_s
    record_property("sound_after_network_s", round(took_s, 2))
    print(f"network to sound: {took_s:.2f} s")  # noqa: T201 -- a figure to read with -s

    expected = ["before", "while you were away", "from the tunnel"]

    async def is_whole() -> bool:
        return sorted(await ann.lines()) == sorted(expected) and await ben.lines() == await ann.lines()

    await until(is_whole, "both have every line once", within_s=15)
    assert ben.tab.wire.seat() == seat
    assert took_s <= BACK_S


@pytest.mark.netns
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_lost_sound_is_told_apart_from_the_link(
    pair: Pair, network: Network, record_property: Callable[[str, object], None]
) -> None:
    ann, ben = pair
    seat = ben.tab.wire.seat()
    await network.lose_sound()
    began_s = time.monotonic()
    await reads_strip(ben, "sound.lost", within_s=TOLD_S)
    told_s = time.monotonic() - began_s
    # The link is another matter: words come and go, and nothing is said of it.
    await ben.write("I hear nothing")
    await ann.until_reads("I hear nothing")

    async def is_told() -> bool:
        strips = await texts(ben.tab, STRIPS)
        return [strip.startswith(WORDS["sound.lost"]) for strip in strips] == [True]

    await throughout(is_told, "only the sound is told of", for_s=began_s + SOUND_AWAY_S - time.monotonic())
    await network.find_sound()
    began_s = time.monotonic()
    await hears(ben.tab, 440, within_s=30)
    back_s = time.monotonic() - began_s
    await reads_strip(ben, "link.back")
    record_property("told_of_lost_sound_s", round(told_s, 2))
    record_property("sound_after_datagrams_s", round(back_s, 2))
    print(f"lost to told: {told_s:.2f} s, datagrams to sound: {back_s:.2f} s")  # noqa: T201 -- as above
    assert ben.tab.wire.seat() == seat
    assert back_s <= SOUND_BACK_S
