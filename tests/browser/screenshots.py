"""Pictures of every page and state: `python -m tests.browser.screenshots [FOLDER]`.

Each is written at phone and desk width, by day and by night, into build/screenshots (or FOLDER).
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from tests.browser.chrome import PHONE, WIDE, ChromeTab, chrome_browser, open_tab
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.hosts import GROUP_WORDS, HostPage, invite_link
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.served import ROOT, LamplitServer, Room, running_server

FOLDER: Final = ROOT / "build" / "screenshots"
ROOMS: Final = tuple(
    Room(title)
    for title in (
        *("The talk room", "Early risers", "Lunch table", "Newcomers"),
        *("Step study", "Evening circle", "Women only", "Night watch"),
        *("Candle hour", "Open door", "Sunday round", "Quiet room"),
        *("Back porch", "Long table", "Morning walk", "Late train"),
    )
)
MEETINGS: Final = (
    Room("Dawn meeting", meeting(minutes_from_now(20), doors=5)),
    Room("Lunch meeting", meeting(minutes_from_now(-20))),
    Room("Late meeting", meeting(minutes_from_now(150))),
)
LOOKS: Final = tuple(product((PHONE, WIDE), (False, True)))


class Album:
    """The folder, and one way of looking at the pages."""

    def __init__(self, folder: Path, size: tuple[int, int], *, is_dark: bool) -> None:
        self._folder = folder
        self.size = size
        self.is_dark = is_dark

    async def keep(self, tab: ChromeTab, state: str) -> None:
        """Write what the window shows under this state's name."""
        look = f"{self.size[0]}-{'dark' if self.is_dark else 'light'}"
        await tab.page.screenshot(path=self._folder / f"{state}-{look}.png")


@asynccontextmanager
async def circle(
    browser: Browser, server: LamplitServer, room_number: int
) -> AsyncIterator[list[Person[ChromeTab]]]:
    """Seat three people for company: one speaks, one listens, one has a long name."""
    people = []
    try:
        for name, tone_hz in (("Maya", 300.0), ("Tom", None), ("Wilhelmina of the long river", None)):
            person = Person(await open_tab(browser, tone_hz=tone_hz), server, ROOMS[room_number])
            people.append(person)
            await person.join(name)
        await people[0].turn_microphone_on()
        await people[1].write("Good evening, everybody.")
        await people[2].write("It is my first time here. " * 6)
        yield people
    finally:
        for person in people:
            await person.tab.context.close()


async def keep_way_in(me: Person[ChromeTab], album: Album) -> None:
    """From the lobby to a refused name."""
    await me.visit_lobby()
    await me.tab.find("link", me.room.title).wait_for()
    await album.keep(me.tab, "lobby")
    await me.tab.find("heading", WORDS["lobby.next"]).scroll_into_view_if_needed()
    await album.keep(me.tab, "lobby-next")
    await me.tab.press("button", WORDS["help.open"])
    await album.keep(me.tab, "help")
    await me.tab.keys("Escape")
    await me.tab.open(f"{me.server.url}/m/{MEETINGS[0].slug}")
    await me.until_reads(WORDS["closed.wait"])
    await album.keep(me.tab, "closed")
    await me.visit_lobby()
    await me.choose_room()
    await me.tab.find("button", JOIN).wait_for()
    await album.keep(me.tab, "join")
    await me.tab.fill(NAME_FIELD, "Tom")
    await me.tab.press("button", JOIN)
    await me.until_reads(WORDS["refused.name_taken"].format(name="Tom"))
    await album.keep(me.tab, "join-name-taken")


async def keep_room(me: Person[ChromeTab], album: Album) -> None:
    """From a host's seat to having left."""
    await me.join_as_host("Ann")
    await album.keep(me.tab, "room-listening")
    await me.turn_microphone_on()
    await album.keep(me.tab, "room-speaking")
    await me.write("Welcome.")
    await me.until_reads("Good evening, everybody.")
    await album.keep(me.tab, "chat")
    await me.open_options("Tom")
    await album.keep(me.tab, "host-options")
    await me.tab.keys("Escape")
    await me.mute("Maya")
    await album.keep(me.tab, "host-muted-somebody")
    await me.tab.context.set_offline(True)
    await me.until_reads(WORDS["link.offline"].split(".", 1)[0])
    await album.keep(me.tab, "offline")
    await me.tab.context.set_offline(False)
    await me.until_seated()
    await me.leave()
    await album.keep(me.tab, "left")


async def keep_turns(me: Person[ChromeTab], company: list[Person[ChromeTab]], album: Album) -> None:
    """A host's view of turns, and what whoever is called sees."""
    maya, tom, _ = company
    await me.join_as_host("Ann")
    await me.tab.press("button", WORDS["desk.settings"])
    await me.tab.press("radio", WORDS["desk.mode.hands"])
    await album.keep(me.tab, "host-settings")
    await me.tab.press("button", WORDS["desk.save"])
    for person, lane in ((maya, "share"), (tom, "burning")):
        width, height = album.size
        await person.tab.page.set_viewport_size({"width": width, "height": height})
        await person.tab.page.emulate_media(color_scheme="dark" if album.is_dark else "light")
        await person.tab.press("button", WORDS["hand.raise"])
        await album.keep(person.tab, "hand-sheet")
        await person.tab.press("button", WORDS[f"lane.{lane}"])
    await maya.until_reads(WORDS["queue.title"].format(count=2))
    await album.keep(maya.tab, "queue")
    await album.keep(me.tab, "host-queue")
    await me.tab.page.locator(".desk .big", has_text="Tom").click()
    await tom.tab.find("button", WORDS["turn.write"]).wait_for()
    await album.keep(tom.tab, "turn-called")
    await tom.tab.press("button", WORDS["turn.write"])
    await tom.tab.page.keyboard.type("I would rather write tonight.")
    await maya.until_reads("I would rather write tonight.")
    await album.keep(tom.tab, "turn-writing")
    await album.keep(maya.tab, "turn-of-another")
    await me.tab.press("button", WORDS["desk.freeze"])
    await maya.until_reads(WORDS["order.frozen"])
    await album.keep(maya.tab, "frozen")
    await album.keep(me.tab, "host-frozen")


async def keep_door(me: Person[ChromeTab], strangers: list[Person[ChromeTab]], album: Album) -> None:
    """A host's view of the door, of what is asked before somebody is sent away, and of a raid."""
    await me.join_as_host("Ann")
    await me.tab.press("button", WORDS["desk.settings"])
    await me.tab.press("radio", WORDS["rules.door.strangers"])
    await album.keep(me.tab, "host-rules")
    await me.tab.press("button", WORDS["desk.save"])
    for number, stranger in enumerate(strangers):
        await stranger.tab.open(f"{me.server.url}/m/{me.room.slug}")
        await stranger.tab.fill(NAME_FIELD, f"Guest {number}")
        await stranger.tab.press("button", JOIN)
    await me.until_reads(WORDS["door.title"].format(count=len(strangers)))
    await me.tab.page.locator("#door-title").scroll_into_view_if_needed()
    await album.keep(me.tab, "host-door")
    await me.tab.press("button", WORDS["door.talk_name"].format(name="Guest 0"))
    await album.keep(me.tab, "host-door-talk")
    await me.tab.keys("Escape")
    await me.tab.press("button", WORDS["door.away_name"].format(name="Guest 0"))
    await me.tab.press("radio", WORDS["away.168"])
    await album.keep(me.tab, "host-ban")
    await me.tab.keys("Escape")
    await me.tab.page.locator(".alarm").wait_for()
    await album.keep(me.tab, "host-alarm")
    await me.tab.page.locator(".desk").get_by_role("button", name=WORDS["desk.freeze"]).click()
    await me.tab.page.locator(".burst").scroll_into_view_if_needed()
    await album.keep(me.tab, "host-burst")
    await me.tab.press("button", WORDS["burst.remove"])
    await me.until_reads(WORDS["undo.burst"])
    await album.keep(me.tab, "host-undo")
    await me.tab.press("button", WORDS["invites.open"])
    await me.tab.press("button", WORDS["invites.make"])
    await me.tab.page.get_by_label(WORDS["invites.link"]).scroll_into_view_if_needed()
    await album.keep(me.tab, "host-invite")


async def keep_refusals(me: Person[ChromeTab], host: Person[ChromeTab], album: Album) -> None:
    """A microphone that the browser keeps, and a host who takes somebody out."""
    await me.join("Ann")
    await me.press_microphone()
    await me.until_reads(WORDS["mic.refused"])
    await album.keep(me.tab, "microphone-refused")
    await host.join_as_host("Hanna")
    await host.remove("Ann")
    await me.until_reads(WORDS["end.removed.title"])
    await album.keep(me.tab, "removed")


async def keep_hosts(page: HostPage, link: str, album: Album) -> None:
    """From an operator's link to a host's own page and out."""
    await page.plug_in()
    await page.tab.open(link)
    await page.sees("enrol.title")
    await album.keep(page.tab, "host-enrolment")
    await page.press("enrol.make")
    await page.sees("codes.title")
    await album.keep(page.tab, "host-codes")
    await page.press("codes.kept")
    await page.sees("me.title")
    await album.keep(page.tab, "host-page")
    await page.press("me.remove")
    await page.tab.page.get_by_role("dialog").wait_for()
    await album.keep(page.tab, "host-removes-passkey")
    await page.press("me.remove_no")
    await page.tab.page.locator(".served a.button").click()
    await page.tab.find("heading", GROUP_WORDS["title"]).wait_for()
    await page.tab.page.locator("summary", has_text=GROUP_WORDS["series.add"]).click()
    await album.keep(page.tab, "host-group")
    await page.tab.press("link", GROUP_WORDS["back"])
    await page.sees("me.title")
    await page.sign_out()
    await page.open_lost()
    await page.press("in.passkey")
    await page.sees("me.title")
    await page.sign_out()
    await page.open_lost()
    await album.keep(page.tab, "host-sign-in")


async def keep_all(browser: Browser, server: LamplitServer, album: Album, room_number: int) -> None:
    """Go through every state with one look, in three rooms that nobody used before."""
    async with circle(browser, server, room_number) as (company, *_):
        me = Person(
            await open_tab(browser, tone_hz=440, size=album.size, dark=album.is_dark), server, company.room
        )
        await keep_way_in(me, album)
        await keep_room(me, album)
        await me.tab.context.close()
    async with circle(browser, server, room_number + len(LOOKS)) as (company, *_):
        me = Person(
            await open_tab(browser, microphone=False, size=album.size, dark=album.is_dark),
            server,
            company.room,
        )
        host = Person(await open_tab(browser), server, company.room)
        await keep_refusals(me, host, album)
        for person in (me, host):
            await person.tab.context.close()
    tab = await open_tab(browser, size=album.size, dark=album.is_dark)
    await keep_hosts(HostPage(tab), await invite_link(server, ROOMS[room_number], "Ann"), album)
    await tab.context.close()
    async with circle(browser, server, room_number + 2 * len(LOOKS)) as company:
        tab = await open_tab(browser, size=album.size, dark=album.is_dark)
        await keep_turns(Person(tab, server, company[0].room), company, album)
        await tab.context.close()
    room = ROOMS[room_number + 3 * len(LOOKS)]
    tabs = [await open_tab(browser, microphone=False) for _ in range(5)]
    mine = await open_tab(browser, microphone=False, size=album.size, dark=album.is_dark)
    await keep_door(Person(mine, server, room), [Person(tab, server, room) for tab in tabs], album)
    for tab in (mine, *tabs):
        await tab.context.close()


async def main(folder: Path) -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as data:
        async with (
            running_server(Path(data), rooms=ROOMS + MEETINGS) as server,
            async_playwright() as playwright,
            chrome_browser(playwright) as browser,
        ):
            for number, (size, is_dark) in enumerate(LOOKS):
                await keep_all(browser, server, Album(folder, size, is_dark=is_dark), number)


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    chosen.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(chosen))
    print(f"{len(list(chosen.glob('*.png')))} pictures in {chosen}")  # noqa: T201 -- says where to look
