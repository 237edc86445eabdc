"""A tour through the page's states, for whoever looks at each: a camera, a search for faults, a comparison.

A part of the tour is a function in `PARTS`; it has a server of its own, seats whom it needs in the talk room,
and calls `see` in every state that it reaches.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser

from tests.browser.chrome import ChromeTab, open_tab
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.hosts import GROUP_WORDS, HostPage, invite_link
from tests.browser.person import JOIN, NAME_FIELD, WORDS, Person
from tests.browser.served import LamplitServer, Room
from tests.browser.test_floor import press_biggest

See = Callable[[ChromeTab, str], Awaitable[None]]

TALK: Final = Room("The talk room")
DAWN: Final = Room("Dawn meeting")


def rooms_of_now() -> tuple[Room, ...]:
    """Return what the operator has: rooms round the clock, and meetings about to open, on, and to come."""
    return (
        TALK,
        Room("Night watch"),
        Room(DAWN.title, meeting(minutes_from_now(20), doors=5)),
        Room("Lunch meeting", meeting(minutes_from_now(-20))),
        Room("Late meeting", meeting(minutes_from_now(150))),
    )


class Tour:
    """One way through some states, at one size of the window.

    Attributes:
        server: A fresh one that serves `rooms_of_now()`.
        see: Looks at a tab in a state, by name, and leaves the tab as it was.
    """

    def __init__(self, browser: Browser, server: LamplitServer, size: tuple[int, int], see: See) -> None:
        self._browser = browser
        self._size = size
        self.server = server
        self.see = see

    @asynccontextmanager
    async def person(self, **tab: object) -> AsyncIterator[Person[ChromeTab]]:
        """Give somebody a page at the tour's size (arguments of `open_tab`)."""
        opened = await open_tab(self._browser, **{"size": self._size, **tab})  # type: ignore[arg-type]
        try:
            yield Person(opened, self.server, TALK)
        finally:
            await opened.context.close()

    @asynccontextmanager
    async def circle(self) -> AsyncIterator[list[Person[ChromeTab]]]:
        """Seat three people for company: one speaks, one listens, one has a long name."""
        async with (
            self.person(tone_hz=300.0) as maya,
            self.person(microphone=False) as tom,
            self.person(microphone=False) as mina,
        ):
            await maya.join("Maya")
            await tom.join("Tom")
            await mina.join("Wilhelmina of the long river")
            await maya.turn_microphone_on()
            await tom.write("Good evening, everybody.")
            await mina.write("It is my first time here. " * 6)
            yield [maya, tom, mina]


DOCUMENTS: Final = ("help", "safety", "privacy", "accessibility")


async def see_documents(tour: Tour) -> None:
    """The pages that the server writes."""
    async with tour.person() as me:
        for name in DOCUMENTS:
            await me.tab.open(f"{tour.server.url}/{name}")
            await tour.see(me.tab, f"page-{name}")


async def see_me(tour: Tour) -> None:
    """What is the person's own on this device."""
    async with tour.person() as me:
        await me.tab.open(f"{tour.server.url}/me")
        await me.tab.find("heading", WORDS["me.title"]).wait_for()
        await tour.see(me.tab, "page-me")
        await me.tab.open(f"{tour.server.url}/keys")
        await me.tab.find("heading", WORDS["keys.title"]).first.wait_for()
        await tour.see(me.tab, "page-keys")
        await me.tab.open(f"{tour.server.url}/schedule")
        await me.tab.find("heading", WORDS["schedule.title"]).wait_for()
        await tour.see(me.tab, "page-schedule")


async def see_way_in(tour: Tour) -> None:
    """From the lobby to a refused name."""
    see = tour.see
    async with tour.circle(), tour.person() as me:
        await me.visit_lobby()
        await me.tab.find("link", TALK.title).wait_for()
        await see(me.tab, "lobby")
        await me.tab.press("button", WORDS["help.open"])
        await see(me.tab, "help-dialog")
        await me.tab.keys("Escape")
        await me.tab.open(f"{tour.server.url}/m/{DAWN.slug}")
        await me.until_reads(WORDS["closed.wait"])
        await see(me.tab, "closed")
        await me.tab.open(f"{tour.server.url}/m/{TALK.slug}")
        await me.tab.find("button", JOIN).wait_for()
        await see(me.tab, "join")
        await me.tab.fill(NAME_FIELD, "Tom")
        await me.tab.press("button", JOIN)
        await me.until_reads(WORDS["refused.name_taken"].format(name="Tom"))
        await see(me.tab, "join-name-taken")


async def see_room(tour: Tour) -> None:
    """From a seat to having left."""
    see = tour.see
    async with tour.circle(), tour.person(tone_hz=440.0) as me:
        await me.tab.open(f"{tour.server.url}/m/{TALK.slug}")
        await me.take_seat("Ann")
        await see(me.tab, "room-listening")
        await me.tab.press("button", WORDS["more.open"])
        await me.tab.find("heading", WORDS["more.title"]).wait_for()
        await see(me.tab, "more")
        await me.tab.press("button", WORDS["check.title"])
        await see(me.tab, "check")
        await me.tab.keys("Escape")
        await me.tab.keys("Escape")
        await me.turn_microphone_on()
        await see(me.tab, "room-speaking")
        await me.write("Thank you.")
        await me.until_reads("Good evening, everybody.")
        await see(me.tab, "chat")
        await me.tab.context.set_offline(True)
        await me.until_reads(WORDS["link.offline"].split(".", 1)[0])
        await see(me.tab, "offline")
        await me.tab.context.set_offline(False)
        await me.until_seated(within_s=30)
        await me.leave()
        await see(me.tab, "left")


async def see_host(tour: Tour) -> None:
    """What a host can do about somebody."""
    see = tour.see
    async with tour.circle(), tour.person() as me:
        await me.join_as_host("Ann")
        await see(me.tab, "host-room")
        await me.open_options("Tom")
        await see(me.tab, "host-options")
        await me.tab.keys("Escape")
        await me.mute("Maya")
        await see(me.tab, "host-muted-somebody")


async def see_turns(tour: Tour) -> None:
    """A host's view of turns, and what whoever is called sees."""
    see = tour.see
    async with tour.circle() as (maya, tom, _), tour.person() as me:
        await me.join_as_host("Ann")
        await me.tab.press("button", WORDS["desk.settings"])
        await me.tab.press("radio", WORDS["desk.mode.hands"])
        await see(me.tab, "host-settings")
        await me.tab.press("button", WORDS["desk.save"])
        for person, lane in ((maya, "share"), (tom, "burning")):
            await person.tab.press("button", WORDS["hand.raise"])
            await see(person.tab, "hand-sheet")
            await person.tab.press("button", WORDS[f"lane.{lane}"])
        await maya.until_reads(WORDS["queue.title"].format(count=2))
        await see(maya.tab, "queue")
        await see(me.tab, "host-queue")
        await press_biggest(me, "Tom")
        await tom.tab.find("button", WORDS["turn.write"]).first.wait_for()
        await see(tom.tab, "turn-called")
        await tom.tab.find("button", WORDS["turn.write"]).first.click()
        await tom.tab.page.keyboard.type("I would rather write tonight.")
        await maya.until_reads("I would rather write tonight.")
        await see(tom.tab, "turn-writing")
        await see(maya.tab, "turn-of-another")
        await me.tab.find("button", WORDS["desk.freeze"]).first.click()
        await maya.until_reads(WORDS["order.frozen"])
        await see(maya.tab, "frozen")
        await see(me.tab, "host-frozen")


async def see_door(tour: Tour) -> None:
    """A host's view of the door, of what is asked before somebody is sent away, and of a raid."""
    see = tour.see
    people = tour.person
    async with (
        people(microphone=False) as me,
        people() as first,
        people() as second,
        people() as third,
        people() as fourth,
        people() as fifth,
    ):
        strangers = (first, second, third, fourth, fifth)
        await me.join_as_host("Ann")
        await me.tab.press("button", WORDS["desk.settings"])
        await me.tab.press("radio", WORDS["rules.door.strangers"])
        await see(me.tab, "host-rules")
        await me.tab.press("button", WORDS["desk.save"])
        for number, stranger in enumerate(strangers):
            await stranger.tab.open(f"{tour.server.url}/m/{TALK.slug}")
            await stranger.tab.fill(NAME_FIELD, f"Guest {number}")
            await stranger.tab.press("button", JOIN)
        await me.until_reads(WORDS["door.title"].format(count=len(strangers)))
        await see(first.tab, "at-the-door")
        await me.tab.page.locator("#door-title").scroll_into_view_if_needed()
        await see(me.tab, "host-door")
        await me.tab.press("button", WORDS["door.talk_name"].format(name="Guest 0"))
        await see(me.tab, "host-door-talk")
        await me.tab.keys("Escape")
        await me.tab.press("button", WORDS["door.away_name"].format(name="Guest 0"))
        await me.tab.press("radio", WORDS["away.168"])
        await see(me.tab, "host-ban")
        await me.tab.keys("Escape")
        await me.tab.page.locator(".alarm").wait_for()
        await see(me.tab, "host-alarm")
        await me.tab.page.locator(".desk").get_by_role("button", name=WORDS["desk.freeze"]).click()
        await me.tab.page.locator(".burst").scroll_into_view_if_needed()
        await see(me.tab, "host-burst")
        await me.tab.press("button", WORDS["burst.remove"])
        await me.until_reads(WORDS["undo.burst"])
        await see(me.tab, "host-undo")
        await me.tab.press("button", WORDS["invites.open"])
        await me.tab.press("button", WORDS["invites.make"])
        await me.tab.page.get_by_label(WORDS["invites.link"]).scroll_into_view_if_needed()
        await see(me.tab, "host-invite")


async def see_live_text(tour: Tour) -> None:
    """Live text and a share in writing beside each other, silent signs, and where a captioner writes."""
    see = tour.see
    async with tour.person() as tom, tour.person() as mina, tour.person() as me:
        await tom.join("Tom")
        await mina.join("Mina")
        await me.join_as_host("Ann")
        await me.open_options("Tom")
        await me.tab.page.get_by_label(WORDS["host.role"]).select_option("captioner")
        await me.tab.press("button", WORDS["host.give_role"])
        field = tom.tab.find("textbox", WORDS["live.write"])
        for line in ("Good evening. I am glad to be here.", "It was a long week, and I am still sober."):
            await field.fill(line)
            await field.press("Enter")
        await field.fill("Thank you all for")
        await mina.until_reads("Thank you all for")
        for person, sign in ((mina, "thanks"), (me, "thanks"), (tom, "with_you")):
            await person.tab.press("button", WORDS[f"react.{sign}"])
        await mina.until_reads("2 thanks")
        await see(mina.tab, "live-text")
        await see(tom.tab, "live-text-captioner")
        await see(me.tab, "live-text-host")


async def see_refusals(tour: Tour) -> None:
    """A microphone that the browser keeps, and a host who takes somebody out."""
    see = tour.see
    async with tour.person(microphone=False) as me, tour.person() as host:
        await me.join("Ann")
        await me.press_microphone()
        await me.until_reads(WORDS["mic.refused"])
        await see(me.tab, "microphone-refused")
        await host.join_as_host("Hanna")
        await host.remove("Ann")
        await me.until_reads(WORDS["end.removed.title"])
        await see(me.tab, "removed")


async def see_hosts(tour: Tour) -> None:
    """From an operator's link to a host's own page and out."""
    see = tour.see
    async with tour.person() as me:
        page = HostPage(me.tab)
        await page.plug_in()
        await page.tab.open(await invite_link(tour.server, TALK, "Ann"))
        await page.sees("enrol.title")
        await see(page.tab, "host-enrolment")
        await page.press("enrol.make")
        await page.sees("codes.title")
        await see(page.tab, "host-codes")
        await page.press("codes.kept")
        await page.sees("me.title")
        await see(page.tab, "host-page")
        await page.press("me.remove")
        await page.tab.page.get_by_role("dialog").wait_for()
        await see(page.tab, "host-removes-passkey")
        await page.press("me.remove_no")
        await page.tab.page.locator(".served a.button").click()
        await page.tab.find("heading", GROUP_WORDS["title"]).wait_for()
        await page.tab.page.locator("summary", has_text=GROUP_WORDS["series.add"]).click()
        await see(page.tab, "host-group")
        await page.tab.press("link", GROUP_WORDS["back"])
        await page.sees("me.title")
        await page.sign_out()
        await page.open_lost()
        await see(page.tab, "host-sign-in")


PARTS: Final = (
    see_documents,
    see_me,
    see_way_in,
    see_room,
    see_host,
    see_turns,
    see_live_text,
    see_door,
    see_refusals,
    see_hosts,
)
