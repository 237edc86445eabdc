"""A whole evening, from the doors to the last word: eight pages, two engines, and a sound for every turn.

One host leads it by the run-sheet. At each turn the tone of whoever speaks is measured on the others' pages.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from tests.browser.chrome import PHONE, ChromeTab
from tests.browser.conftest import OpenChrome, OpenFirefox
from tests.browser.evenings import meeting, minutes_from_now
from tests.browser.firefox import FirefoxTab
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room, running_server
from tests.browser.sound import AUDIBLE_DB, hears, listen
from tests.browser.test_floor import STUBBORN, let_go_on, press_biggest, raise_hand, read, until_queue
from tests.browser.test_host_drops import trust_with
from tests.browser.test_run_sheet import add_step, press_next

HALL = Room("Candle hour")
WELCOME = "Good evening. Whoever wants to be here belongs here."
CLOSING = "Keep what helps, leave the rest, and come back."

# What each one's microphone plays, far enough apart to be told from one another.
HOST_HZ, READER_HZ, SPEAKER_HZ, MEMBER_HZ, INTRUDER_HZ, FIREFOX_HZ = 440, 1000, 700, 1500, 2200, 3000

Anybody = Person[ChromeTab] | Person[FirefoxTab]


class Evening:
    """The people of one evening: Ann leads, Gwen greets, Fay is in the other engine."""

    def __init__(self, place: LamplitServer, chrome: OpenChrome, fay: FirefoxTab) -> None:
        self.place = place
        self.chrome = chrome
        self.people: dict[str, Person[ChromeTab]] = {}
        self.fay = Person(fay, place, HALL)

    def __getitem__(self, name: str) -> Person[ChromeTab]:
        return self.people[name]

    def those(self, names: str) -> list[Anybody]:
        """Return the people of these names, in the order of the names."""
        return [self.fay if name == "Fay" else self.people[name] for name in names.split()]

    async def seat(self, name: str, address: str = "", **tab: object) -> None:
        """Seat somebody: a name, and nothing else is asked."""
        person = Person(await self.chrome(**{"microphone": "tone_hz" in tab, **tab}), self.place, HALL)
        await person.tab.open(address or f"{self.place.url}/m/{HALL.slug}")
        await person.take_seat(name)
        self.people[name] = person

    async def all_read(self, names: str, words: str) -> None:
        for one in self.those(names):
            await one.until_reads(words)

    async def all_hear(self, names: str, tone_hz: float) -> None:
        """Wait until these hear this tone, and nothing else."""
        await asyncio.gather(*(hears(one.tab, tone_hz, within_s=20) for one in self.those(names)))

    async def call_next(self, name: str) -> None:
        """Press the button that calls this one, whoever is thanked by it."""
        await press_biggest(self["Ann"], name)

    async def open_doors(self) -> None:
        """The host and the greeter are there first; then the others come."""
        await self.seat("Ann", await self.place.host_link(HALL), tone_hz=HOST_HZ)
        await self.seat("Gwen", size=PHONE)
        await trust_with(self["Ann"], "Gwen", "greeter")
        await self.seat("Ben", tone_hz=READER_HZ)
        await self.seat("Cleo", tone_hz=SPEAKER_HZ)
        await self.seat("Dan", tone_hz=MEMBER_HZ)
        await self.seat("Eve", size=PHONE)
        await self.fay.tab.open(f"{self.place.url}/m/{HALL.slug}")
        await self.fay.take_seat("Fay")
        await self["Gwen"].write("Welcome, Fay. You only need to listen.")
        await self.fay.until_reads("Welcome, Fay.")

    async def write_sheet(self) -> None:
        """The host's script for tonight."""
        ann = self["Ann"]
        await ann.tab.press("button", WORDS["sheet.open"])
        await ann.tab.press("button", WORDS["sheet.write"])
        await ann.tab.fill(WORDS["sheet.name"], "Tonight")
        await add_step(ann, "Welcome", is_first=True, text=WELCOME, chat="off", mode="listen", limit="300000")
        await add_step(ann, "Speaker", mode="listen", limit="600000")
        await add_step(ann, "Sharing", mode="hands", chat="everyone")
        await add_step(ann, "Closing", text=CLOSING, mode="listen")
        await ann.tab.press("button", WORDS["sheet.save"])
        await ann.tab.press("button", WORDS["sheet.use_name"].format(title="Tonight"))
        for step, name in (("Welcome", "Ben"), ("Speaker", "Cleo")):
            reader = ann.tab.page.get_by_label(WORDS["sheet.reader_name"].format(title=step))
            await reader.select_option(name)

    async def begin(self) -> None:
        """The host's own voice, on all pages; a reading as text for all, and read aloud; the speaker."""
        ann, ben, cleo = self["Ann"], self["Ben"], self["Cleo"]
        await ann.tab.press("button", WORDS["run.begin"])
        await ann.turn_microphone_on()
        await self.all_hear("Gwen Ben Cleo Dan Eve Fay", HOST_HZ)
        await ann.turn_microphone_off()
        await press_next(ann, "Welcome")
        await self.all_read("Ann Gwen Ben Cleo Dan Eve Fay", WELCOME)
        await ben.tab.press("button", WORDS["turn.mic"])
        await self.all_hear("Ann Gwen Cleo Fay", READER_HZ)
        await press_next(ann, "Speaker")
        await ben.until_microphone(on=False)
        await cleo.tab.press("button", WORDS["turn.mic"])
        await self.all_hear("Ann Ben Eve Fay", SPEAKER_HZ)

    async def share(self) -> None:
        """By the queue, one by voice and one in writing; everybody sees one order."""
        ann, dan, eve = self["Ann"], self["Dan"], self["Eve"]
        await press_next(ann, "Sharing")
        await self["Cleo"].until_microphone(on=False)
        await raise_hand(dan)
        await raise_hand(eve)
        await until_queue(list(self.people.values()), ["Dan", "Eve"])
        await self.call_next("Dan")
        await dan.tab.press("button", WORDS["turn.mic"])
        await self.all_hear("Ann Ben Cleo Fay", MEMBER_HZ)
        await self.call_next("Eve")
        await dan.until_microphone(on=False)
        await eve.tab.press("button", WORDS["turn.write"])
        words = "I would rather write. I am glad to be here."
        await eve.tab.page.keyboard.type(words)
        await self.all_read("Ann Ben Fay", words)
        await eve.tab.press("button", WORDS["floor.done"])

    async def be_disturbed(self) -> None:
        """Somebody shouts and sells; one press, and only the trusted are heard."""
        ann, ben = self["Ann"], self["Ben"]
        await self.seat("Mallory", tone_hz=INTRUDER_HZ)
        mallory = self.people.pop("Mallory")
        await ann.turn_microphone_on()
        await mallory.tab.call(STUBBORN)
        await mallory.write("Buy my pills")
        await ben.until_reads("Buy my pills")
        await ann.tab.find("button", WORDS["desk.freeze"]).first.click()
        await self.all_read("Ben Cleo Eve Fay", WORDS["order.frozen"])
        await self.all_hear("Ben Eve Fay", HOST_HZ)
        assert (await listen(ben.tab, INTRUDER_HZ)).tone_db < AUDIBLE_DB
        await ann.remove("Mallory")
        await mallory.until_reads(WORDS["end.removed.title"])
        await let_go_on(ann)

        async def goes_on() -> bool:
            return WORDS["order.frozen"] not in await read(ben, "body")

        await until(goes_on, "the others read that it goes on")
        await ann.turn_microphone_off()

    async def ask_for_help(self) -> None:
        """A burning desire goes first, and the other engine is heard, too."""
        await raise_hand(self["Ben"])
        await self.fay.tab.press("button", WORDS["hand.raise"])
        await self.fay.tab.press("button", WORDS["lane.burning"])
        await until_queue([self["Ann"], self["Cleo"]], ["Fay", "Ben"])
        await self.call_next("Fay")
        await self.fay.tab.press("button", WORDS["turn.mic"])
        await self.all_hear("Ann Ben Cleo Dan", FIREFOX_HZ)

    async def close(self) -> None:
        """The last reading, the meeting after the meeting where whoever likes speaks, and the end."""
        ann, gwen = self["Ann"], self["Gwen"]
        # Ben waits, so he comes before the end; he has nothing to say any more.
        await self.call_next("Ben")
        await self["Ben"].tab.press("button", WORDS["turn.not_now"])
        await press_next(ann, "Closing")
        await self.all_read("Ann Gwen Ben Cleo Dan Eve Fay", CLOSING)
        await self.fay.until_microphone(on=False)
        await ann.tab.press("button", WORDS["run.fellowship"])
        await self["Dan"].turn_microphone_on()
        await self["Cleo"].turn_microphone_on()

        async def both_are_heard() -> bool:
            heard: Iterable[float] = [(await listen(gwen.tab, hz)).tone_db for hz in (MEMBER_HZ, SPEAKER_HZ)]
            return min(heard) > AUDIBLE_DB

        await until(both_are_heard, "two talk at once in fellowship")
        await ann.tab.press("button", WORDS["run.end"])
        await ann.tab.press("button", WORDS["run.end_yes"])
        # Its own words: fellowship begins with the title's.
        await self.all_read("Ann Gwen Ben Cleo Dan Eve Fay", WORDS["end.closed.words"])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LamplitServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    hall = Room(HALL.title, meeting(minutes_from_now(10)))
    async with running_server(folder, rooms=(Room("Talk"), hall)) as server:
        yield server


@pytest.mark.timeout(300)
async def test_a_whole_meeting(place: LamplitServer, chrome: OpenChrome, firefox: OpenFirefox) -> None:
    evening = Evening(place, chrome, await firefox(tone_hz=FIREFOX_HZ))
    await evening.open_doors()
    await evening.write_sheet()
    await evening.begin()
    await evening.share()
    await evening.be_disturbed()
    await evening.ask_for_help()
    await evening.close()
