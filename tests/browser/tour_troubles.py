"""The tour's way through what can go wrong with sound and microphone."""

from typing import Final

from tests.browser.chrome import ChromeTab
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.tab import texts
from tests.browser.tour import Tour

IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
INSTAGRAM: Final = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/130.0 Mobile Safari/537.36 Instagram 330.0"
)
# But for the card that says what Hide does.
STRIPS: Final = """() => [...document.querySelectorAll('.notices .note:not([role=note]) p')]
  .map((strip) => strip.innerText)"""
LAST_TRACK: Final = "window.watch.microphone.tracks.at(-1)"
# What a browser says when it has no microphone to give, and what the page makes of it.
NO_MICROPHONE: Final = {"NotFoundError": "mic.missing", "NotReadableError": "mic.in_use"}
REFUSES: Final = """(name) => {
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name) }
}"""
# As the browser tells it when packets stop; none has, so a repair finds nothing to mend for a while.
LOSES_SOUND: Final = """() => {
  const peer = window.watch.peer()
  Object.defineProperty(peer, 'connectionState', { get: () => 'disconnected' })
  peer.dispatchEvent(new Event('connectionstatechange'))
}"""


async def call_oneself(tab: ChromeTab, user_agent: str) -> None:
    """Have the browser say that it is another one."""
    session = await tab.context.new_cdp_session(tab.page)
    await session.send("Emulation.setUserAgentOverride", {"userAgent": user_agent})


async def reads_strip(person: Person[ChromeTab], key: str, *, within_s: float = 10.0) -> None:
    """Wait until a strip says these words."""

    async def is_there() -> bool:
        return any(strip.startswith(WORDS[key]) for strip in await texts(person.tab, STRIPS))

    await until(is_there, f"{person.name} is told {key}", within_s=within_s)


async def press_strip(person: Person[ChromeTab], key: str) -> None:
    """Press the first of these buttons in the strips."""
    await person.tab.page.locator(".notices").get_by_role("button", name=WORDS[key]).first.click()


async def no_strip(person: Person[ChromeTab]) -> None:
    """Wait until nothing is said."""

    async def is_clean() -> bool:
        return await texts(person.tab, STRIPS) == []

    await until(is_clean, f"{person.name} is told nothing")


async def see_microphone(tour: Tour) -> None:
    """From a refused microphone to one that goes away."""
    see = tour.see
    async with tour.circle(), tour.person(microphone=False) as me:
        await me.join("Ann")
        await me.press_microphone()
        await reads_strip(me, "mic.refused")
        await press_strip(me, "notice.explain_mic")
        await me.until_reads(WORDS["trouble.last"])
        await see(me.tab, "mic-how")
        await me.tab.page.get_by_text(WORDS["trouble.others"]).click()
        await me.tab.page.get_by_text(WORDS["trouble.safari_ios"]).click()
        await see(me.tab, "mic-how-elsewhere")
        await me.tab.keys("Escape")
        await me.tab.context.grant_permissions(["microphone"])
        await reads_strip(me, "mic.allowed")
        await see(me.tab, "mic-allowed")
        await press_strip(me, "mic.do_on")
        await me.until_microphone(on=True)
        await me.tab.call(f"() => {{ {LAST_TRACK}.dispatchEvent(new Event('ended')) }}")
        await reads_strip(me, "mic.ended")
        await see(me.tab, "mic-ended")
        for name, words in NO_MICROPHONE.items():
            await me.tab.call(REFUSES, name)
            await me.press_microphone()
            await reads_strip(me, words)
            await see(me.tab, words.replace(".", "-"))


async def see_sound(tour: Tour) -> None:
    """A phone call, a dead microphone, talk without one, and sound that is lost."""
    see = tour.see
    async with tour.circle(), tour.person(tone_hz=440.0) as me:
        await me.join("Ann")
        await me.turn_microphone_on()
        await me.tab.call("() => { window.watch.setGain(0) }")
        await reads_strip(me, "mic.silent", within_s=20)
        await see(me.tab, "mic-silent")
        await me.tab.call("() => { window.watch.setGain(0.5) }")
        await no_strip(me)
        await me.tab.call("() => { for (const one of document.querySelectorAll('audio')) one.pause() }")
        await me.tab.call(f"() => {{ {LAST_TRACK}.dispatchEvent(new Event('mute')) }}")
        await reads_strip(me, "sound.taken_both")
        await see(me.tab, "sound-taken")
        await press_strip(me, "notice.come_back")
        await me.until_microphone(on=True)
        await no_strip(me)
        await me.tab.call(LOSES_SOUND)
        await reads_strip(me, "sound.lost")
        await see(me.tab, "sound-lost")


async def see_elsewhere(tour: Tour) -> None:
    """What only an iPhone asks, and a window inside an app."""
    see = tour.see
    async with tour.person() as me:
        await call_oneself(me.tab, IPHONE)
        await me.join("Ann")
        await me.press_microphone()
        await me.until_reads(WORDS["first.title"])
        await see(me.tab, "mic-first")
    async with tour.person(microphone=False) as me:
        await call_oneself(me.tab, INSTAGRAM)
        await me.join("Ben")
        await me.press_microphone()
        await reads_strip(me, "mic.in_app")
        await see(me.tab, "mic-in-app")
        await press_strip(me, "notice.open_elsewhere")
        await see(me.tab, "mic-in-app-how")


TROUBLES: Final = (see_microphone, see_sound, see_elsewhere)
