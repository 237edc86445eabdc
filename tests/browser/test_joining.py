"""Two taps from the lobby to the sound, and nothing is asked on the way."""

from collections.abc import Callable

from tests.browser.conftest import Gather, OpenChrome
from tests.browser.person import Person
from tests.browser.served import LamplitServer, Room
from tests.browser.sound import hears
from tests.browser.tab import number

# What is promised of the two taps, on whatever machine; the test prints how long it took (pytest -s).
JOIN_TO_SOUND_MS = 10_000


async def test_two_taps_to_the_sound(
    gather: Gather,
    chrome: OpenChrome,
    server: LamplitServer,
    room: Room,
    record_property: Callable[[str, object], None],
) -> None:
    speaker = await gather("Ann", tone_hz=440)
    await speaker.turn_microphone_on()

    newcomer = Person(await chrome(microphone=False), server, room)
    await newcomer.visit_lobby()
    await newcomer.choose_room()
    await newcomer.take_seat("Ben")
    heard_ms = await number(newcomer.tab, "() => window.watch.whenHeard(440, 10_000)")
    took_ms = heard_ms - await number(newcomer.tab, "() => window.watch.tapped_ms")
    record_property("join_to_sound_ms", round(took_ms))
    print(f"join tap to sound: {took_ms:.0f} ms")  # noqa: T201 -- a figure to read with -s
    assert took_ms <= JOIN_TO_SOUND_MS
    await hears(newcomer.tab, 440)
    assert await number(newcomer.tab, "() => window.watch.microphone.calls") == 0
    assert await newcomer.tab.page.evaluate("navigator.userActivation.hasBeenActive")
