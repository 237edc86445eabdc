"""The run-sheet drives the room, whoever presses; and a meeting begins, goes over, and ends for everybody."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import aiohttp
import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from playwright.async_api import expect

from tests.browser.chrome import ChromeTab
from tests.browser.conftest import OpenChrome
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.person import WORDS, Person
from tests.browser.polling import until, until_equal
from tests.browser.served import LamplitServer, Room, running_server
from tests.browser.sound import hears, listen
from tests.browser.tab import texts
from tests.browser.test_access import check_looks, until_focused
from tests.browser.test_floor import read, until_said

TALK, HALL = Room("Talk"), Room("Candle hour")
WELCOME = "Good evening. We meet to listen to each other."


class Seat(Protocol):
    """Seats somebody under a name, each on a device of their own."""

    def __call__(
        self, name: str, room: Room = ..., *, hosts: bool = ..., **tab: object
    ) -> Awaitable[Person[ChromeTab]]:
        """Return the person, seated."""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    """A room round the clock, and one whose doors are open and whose meeting starts in five minutes."""
    hall = Room(HALL.title, meeting(minutes_from_now(5)))
    async with running_server(tmp_path, rooms=(TALK, hall)) as server:
        yield server


@pytest.fixture
def seat(place: LamplitServer, chrome: OpenChrome) -> Seat:
    links: dict[str, str] = {}

    async def seated(
        name: str, room: Room = TALK, *, hosts: bool = False, **tab: object
    ) -> Person[ChromeTab]:
        person = Person(await chrome(**{"microphone": "tone_hz" in tab, **tab}), place, room)
        if hosts and room.slug not in links:
            links[room.slug] = await place.host_link(room)
        await person.tab.open(links[room.slug] if hosts else f"{place.url}/m/{room.slug}")
        await person.take_seat(name)
        return person

    return seated


async def add_step(host: Person[ChromeTab], title: str, *, is_first: bool = False, **fields: str) -> None:
    """Fill the editor's open step; `fields` are the values of its selects and its text."""
    if not is_first:
        await host.tab.press("button", WORDS["sheet.add"])
    await host.tab.fill(WORDS["sheet.step_title"], title)
    if "text" in fields:
        await host.tab.page.get_by_label(WORDS["sheet.text"]).fill(fields.pop("text"))
    for label, value in fields.items():
        await host.tab.page.get_by_label(WORDS[f"sheet.{label}"]).select_option(value)


async def write_sheet(host: Person[ChromeTab]) -> None:
    """Write, save and use a sheet of three steps."""
    await host.tab.press("button", WORDS["sheet.open"])
    await host.tab.press("button", WORDS["sheet.write"])
    await host.tab.fill(WORDS["sheet.name"], "Tuesday night")
    await add_step(host, "Welcome", is_first=True, text=WELCOME, chat="off", mode="listen", limit="300000")
    await add_step(host, "Sharing", mode="hands")
    await add_step(host, "Announcements", chat="everyone")
    await host.tab.press("button", WORDS["sheet.save"])
    await host.tab.press("button", WORDS["sheet.use_name"].format(title="Tuesday night"))
    await host.tab.find("heading", WORDS["sheet.heading"].format(title="Tuesday night")).wait_for()


async def press_next(host: Person[ChromeTab], title: str) -> None:
    """Press the button that names this step, as soon as it takes a second press."""
    button = host.tab.page.locator(".next-act .big", has_text=WORDS["sheet.next"].format(title=title))
    await button.wait_for()

    async def is_on() -> bool:
        if WORDS["sheet.now"].format(title=title) in await read(host, ".run-sheet"):
            return True
        with suppress(PlaywrightTimeoutError):  # the step came on between the look and the press
            await button.click(timeout=1_000)
        return False

    await until(is_on, f"the step {title!r} is on for {host.name}")


@pytest.mark.timeout(150)
async def test_next_sets_the_room_and_another_host_goes_on(seat: Seat) -> None:
    ben = await seat("Ben", tone_hz=1000)
    cleo = await seat("Cleo", tone_hz=700)
    ann = await seat("Ann", hosts=True)
    await write_sheet(ann)
    await ben.turn_microphone_on()
    await cleo.turn_microphone_on()
    await ann.tab.page.get_by_label(WORDS["sheet.reader_name"].format(title="Welcome")).select_option("Ben")
    says = "Ben reads, 5 minutes; only invited people speak; everybody else without a role muted; chat off."
    await ann.until_reads(says)
    # Nobody but those who lead sees what is to come.
    assert "Tuesday night" not in await read(ben, "body")

    await press_next(ann, "Welcome")
    for person in (ben, cleo, ann):
        await person.until_reads(WELCOME)
    await until_said(cleo, WORDS["reading.said"].format(title="Welcome"))
    await cleo.until_microphone(on=False)
    assert await ben.microphone_is_on(), "the reader's microphone stays open"
    await hears(ann.tab, 1000)
    await until_said(ben, WORDS["turn.title"].format(name="Ben"))
    assert not (await listen(ann.tab, 700)).is_tone()
    await cleo.until_reads(WORDS["chat.closed_off"])

    # Ann is gone in the middle of it; Hanna finds the sheet where it stands.
    await ann.leave()
    hanna = await seat("Hanna", hosts=True)
    await hanna.until_reads(WORDS["sheet.now"].format(title="Welcome"))
    await hanna.until_reads(f"The text is taken away; {WORDS['cue.thanks'].format(name='Ben')}")
    await press_next(hanna, "Sharing")
    await ben.until_microphone(on=False)

    async def is_gone() -> bool:
        return WELCOME not in await read(cleo, "body")

    await until(is_gone, "the text is gone")
    await cleo.until_reads(WORDS["chat.closed_off"])
    await press_next(hanna, "Announcements")
    await until_said(cleo, WORDS["chat.set_everyone"])
    await cleo.write("There is tea on Thursday.")
    await ben.until_reads("There is tea on Thursday.")

    # Back to a step that was, and the sheet away and here again.
    await hanna.tab.press("button", WORDS["sheet.go_back_name"].format(title="Sharing"))
    await hanna.until_reads(WORDS["sheet.now"].format(title="Sharing"))
    await hanna.tab.press("button", WORDS["sheet.away"])
    await hanna.until_reads(WORDS["undo.sheet_away"])
    await expect(hanna.tab.page.locator(".run-sheet")).to_have_count(0)
    await hanna.tab.press("button", WORDS["notice.undo"])
    await hanna.until_reads(WORDS["sheet.now"].format(title="Sharing"))


# Press in the very moment when the words of the button change.
HASTY = """() => {
  const button = document.querySelector('.next-act .big')
  const hasty = new MutationObserver(() => {
    window.watch.wasHasty = true
    button.click()
  })
  hasty.observe(button, { characterData: true, childList: true, subtree: true })
}"""


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_two_hosts_who_press_at_once_go_one_step(seat: Seat) -> None:
    ann = await seat("Ann", hosts=True)
    hanna = await seat("Hanna", hosts=True)
    await write_sheet(ann)
    await hanna.until_reads(WORDS["sheet.next"].format(title="Welcome"))
    await hanna.tab.call(HASTY)
    await ann.tab.page.locator(".next-act .big").click()
    for host in (ann, hanna):
        await until_said(host, "Now: Welcome. Next: Sharing.")
    assert await hanna.tab.call("() => window.watch.wasHasty")
    # Whatever was asked before this is done by now.
    chosen = WORDS["sheet.reader_name"].format(title="Sharing")
    await hanna.tab.page.get_by_label(chosen).select_option("Ann")

    async def is_chosen() -> bool:
        return bool(await ann.tab.page.get_by_label(chosen).input_value() == str(await number_of(ann)))

    await until(is_chosen, "Ann sees who was chosen")
    for host in (ann, hanna):
        assert WORDS["sheet.now"].format(title="Welcome") in await read(host, ".run-sheet")


async def number_of(person: Person[ChromeTab]) -> int:
    """The member number that the page keeps with its seat."""
    return int(str(await person.tab.call("() => JSON.parse(sessionStorage.getItem('seat')).memberId")))


@pytest.mark.timeout(120)
async def test_a_sheet_is_written_by_keyboard_and_nothing_typed_is_lost(seat: Seat) -> None:
    ann = await seat("Ann", hosts=True)
    page = ann.tab.page
    await ann.tab.press("button", WORDS["sheet.open"])
    await ann.until_reads(WORDS["sheet.none"])
    await ann.tab.press("button", WORDS["sheet.write"])
    await ann.tab.press("button", WORDS["sheet.save"])
    await ann.until_reads(WORDS["sheet.no_title"])
    await ann.tab.fill(WORDS["sheet.name"], "Friday")
    await ann.tab.press("button", WORDS["sheet.save"])
    await ann.until_reads(WORDS["sheet.no_step_title"])
    await until_focused(ann.tab, WORDS["sheet.step_title"])
    await page.keyboard.type("Closing")
    await ann.tab.press("button", WORDS["sheet.add"])
    await until_focused(ann.tab, WORDS["sheet.step_title"])
    await page.keyboard.type("Opening")

    # A row that moves keeps the focus; at the edge it stays.
    await page.get_by_role("button", name=WORDS["sheet.up_name"].format(place=2, title="Opening")).focus()
    await ann.tab.keys("Enter")
    await ann.until_reads(WORDS["sheet.moved"].format(place=1, count=2))
    await until_focused(ann.tab, WORDS["sheet.up_name"].format(place=1, title="Opening"))

    # A reload, on purpose or not.
    await ann.tab.reload()
    await ann.until_seated()
    await ann.tab.press("button", WORDS["sheet.open"])
    await ann.until_reads(WORDS["sheet.unsaved"])
    await ann.tab.press("button", WORDS["sheet.edit_name"].format(title="Friday"))
    await until_equal(lambda: steps(ann), ["Step 1: Opening", "Step 2: Closing"], "both steps, in order")

    await ann.tab.press("button", WORDS["sheet.drop_name"].format(place=1, title="Opening"))
    await ann.until_reads(WORDS["sheet.dropped"].format(title="Opening"))
    await until_focused(ann.tab, WORDS["notice.undo"])
    await ann.tab.keys("Enter")
    await until_equal(lambda: steps(ann), ["Step 1: Opening", "Step 2: Closing"], "both steps, in order")


@pytest.mark.timeout(120)
async def test_a_sheet_is_saved_once_the_link_is_back_and_a_removed_one_comes_back(seat: Seat) -> None:
    ann = await seat("Ann", hosts=True)
    await ann.tab.press("button", WORDS["sheet.open"])
    await ann.tab.press("button", WORDS["sheet.write"])
    await ann.tab.fill(WORDS["sheet.name"], "Friday")
    await add_step(ann, "Opening", is_first=True)
    await ann.tab.context.set_offline(True)
    await ann.tab.press("button", WORDS["sheet.save"])
    await ann.until_reads(WORDS["sheet.busy"])
    await ann.tab.context.set_offline(False)
    await ann.until_seated()

    async def is_saved() -> bool:
        if WORDS["sheet.saved"] in await read(ann, "dialog"):
            return True
        await ann.tab.press("button", WORDS["sheet.save"])
        return False

    await until(is_saved, "the sheet is saved once the link is back")
    away = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection")
    ann.tab.complaints[:] = [one for one in ann.tab.complaints if not any(words in one for words in away)]
    await ann.until_reads(WORDS["sheet.steps.one"].format(count=1))
    assert WORDS["sheet.unsaved"] not in await read(ann, "dialog")

    await ann.tab.press("button", WORDS["sheet.remove_name"].format(title="Friday"))
    await until_focused(ann.tab, WORDS["host.cancel"])
    await ann.tab.press("button", WORDS["sheet.remove_yes"])
    await ann.until_reads(WORDS["sheet.removed"].format(title="Friday"))
    await ann.until_reads(WORDS["sheet.none"])
    await ann.tab.press("button", WORDS["notice.undo"])
    await ann.until_reads(WORDS["sheet.steps.one"].format(count=1))


async def steps(host: Person[ChromeTab]) -> list[str]:
    return await texts(
        host.tab, "() => [...document.querySelectorAll('.opener')].map((one) => one.textContent)"
    )


@pytest.mark.timeout(120)
async def test_a_meeting_begins_goes_over_and_ends_for_everybody(seat: Seat, place: LamplitServer) -> None:
    ben = await seat("Ben", HALL)
    ann = await seat("Ann", HALL, hosts=True)
    assert await ben.tab.find("button", WORDS["run.begin"]).count() == 0
    big = ann.tab.page.locator("main .big")
    await expect(big).to_have_text([WORDS["run.begin"]])
    await big.click()
    await until_said(ben, WORDS["time.set_on"])

    before = await read(ben, ".phase-line")
    await ann.tab.press("button", WORDS["run.more"])
    await ann.until_reads(WORDS["undo.more"])

    async def is_later() -> bool:
        return await read(ben, ".phase-line") != before

    await until(is_later, "Ben sees another end")
    starts_with = WORDS["time.longer"].split("{", 1)[0]

    async def is_said() -> bool:
        return any(one.startswith(starts_with) for one in await ben.said())

    await until(is_said, "Ben is told of the later end")
    await ann.tab.press("button", WORDS["notice.undo"])

    async def is_as_before() -> bool:
        return await read(ben, ".phase-line") == before

    await until(is_as_before, "Ben sees the end of before")
    await ann.tab.press("button", WORDS["run.fellowship"])
    await until_said(ben, WORDS["time.set_fellowship"])

    await ann.tab.press("button", WORDS["run.end"])
    await until_focused(ann.tab, WORDS["host.cancel"])
    await ann.tab.press("button", WORDS["run.end_yes"])
    for person in (ann, ben):
        # By its heading: fellowship begins with the same words.
        await person.tab.find("heading", WORDS["end.closed.title"]).wait_for()
        await until_equal(person.sound_state, "closed", "its sound has ended")
    async with aiohttp.ClientSession() as http, http.get(f"{place.url}/api/rooms") as answer:
        cards = {card["slug"]: card for card in (await answer.json())["rooms"]}
    assert (cards[HALL.slug]["phase"], cards[HALL.slug]["members"]) == ("closed", 0)


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_what_leads_a_meeting_is_accessible(seat: Seat) -> None:
    ann = await seat("Ann", HALL, hosts=True)
    await seat("Wilhelmina of the long and winding river", HALL)
    await check_looks(ann.tab, "the doors, for the host")
    await ann.tab.press("button", WORDS["run.begin"])
    await ann.until_reads(WORDS["run.fellowship"])
    await ann.tab.press("button", WORDS["run.end"])
    await check_looks(ann.tab, "the question before the end")
    await ann.tab.press("button", WORDS["host.cancel"])
    await ann.tab.press("button", WORDS["sheet.open"])
    await ann.tab.press("button", WORDS["sheet.write"])
    await ann.tab.fill(WORDS["sheet.name"], "Lamplight" * 8)
    await add_step(ann, "Welcome" * 9, is_first=True, text=WELCOME)
    await add_step(ann, "Announcements")
    await ann.tab.press("button", WORDS["sheet.drop_name"].format(place=2, title="Announcements"))
    await check_looks(ann.tab, "a run-sheet being written")
    for number in range(6):
        await add_step(ann, f"Step of the evening {number}")
    await ann.tab.press("button", WORDS["sheet.save"])
    await ann.until_reads(WORDS["sheet.saved"])
    await check_looks(ann.tab, "the list of run-sheets")
    await ann.tab.press("button", WORDS["sheet.use_name"].format(title="Lamplight" * 8))
    reader = ann.tab.page.get_by_label(WORDS["sheet.reader_name"].format(title="Welcome" * 9))
    await reader.select_option("Wilhelmina of the long and winding river")
    await check_looks(ann.tab, "the run-sheet before its first step")
    await ann.tab.page.locator(".next-act .big").click()
    await ann.until_reads(WELCOME)
    await ann.tab.press("button", WORDS["sheet.show_all"].format(count=7))
    await check_looks(ann.tab, "the run-sheet at a step")
