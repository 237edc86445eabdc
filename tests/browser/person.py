"""A person in front of a page: what they do and what they notice, in the words that the page shows."""

from typing import Final, Generic, Protocol, TypeVar

import msgspec

from tests.browser.polling import until
from tests.browser.served import ROOT, Room
from tests.browser.tab import Tab, texts

CATALOGUES: Final = (
    "en.json",
    "en.room.json",
    "en.aside.json",
    "en.help.json",
    "en.keys.json",
    "en.live.json",
    "en.me.json",
    "en.order.json",
    "en.schedule.json",
    "en.sheet.json",
    "en.trouble.json",
)
WORDS: Final[dict[str, str]] = {
    key: words
    for catalogue in CATALOGUES
    for key, words in msgspec.json.decode(
        (ROOT / "web" / "locales" / catalogue).read_bytes(), type=dict[str, str]
    ).items()
}

NAME_FIELD: Final = WORDS["join.name"]
JOIN: Final = WORDS["join.listen"]
CHAT_FIELD: Final = WORDS["chat.label"]
SEND: Final = WORDS["chat.send"]
LEAVE: Final = WORDS["room.leave"]
MICROPHONE_OFF: Final = WORDS["mic.turn_on"]
MICROPHONE_ON: Final = WORDS["mic.turn_off"]

READ: Final = "(element) => element.textContent.trim()"

TabT = TypeVar("TabT", bound=Tab)


class Place(Protocol):
    """Where people go: a server, or nodes behind one address."""

    url: str

    async def host_link(self, room: Room) -> str:
        """Return a link that makes whoever opens it a host."""
        ...


class Person(Generic[TabT]):
    """Somebody with a browser tab, and with a name once they have taken a seat."""

    def __init__(self, tab: TabT, server: Place, room: Room) -> None:
        self.tab = tab
        self.server = server
        self.room = room
        self.name = ""

    # Coming and going.

    async def visit_lobby(self) -> None:
        """Open the address that the server printed."""
        await self.tab.open(self.server.url)

    async def choose_room(self) -> None:
        """First tap: the room in the lobby."""
        await self.tab.press("link", self.room.title)

    async def take_seat(self, name: str) -> None:
        """Type a name; second tap: join. Waits until the room is there."""
        await self.tab.fill(NAME_FIELD, name)
        await self.tab.press("button", JOIN)
        self.name = name
        await self.until_seated()

    async def join(self, name: str) -> None:
        """From the lobby to a seat."""
        await self.visit_lobby()
        await self.choose_room()
        await self.take_seat(name)

    async def join_as_host(self, name: str) -> None:
        """Open a host's link, as the operator's command prints it, and take a seat."""
        await self.tab.open(await self.server.host_link(self.room))
        await self.take_seat(name)

    async def until_seated(self, *, within_s: float = 10.0) -> None:
        """Wait until the page shows the room, with the sound's way open."""

        async def is_there() -> bool:
            return await self.sound_state() == "connected" and self.name in await self.people()

        await until(is_there, f"{self.name} is in the room", within_s=within_s)

    async def leave(self) -> None:
        """Leave, and wait for the page that says so."""
        await self.tab.press("button", LEAVE)
        await self.until_reads(WORDS["end.left.title"])

    # Sound.

    async def sound_state(self) -> str:
        """Return the connection state of the page's one RTCPeerConnection."""
        return str(await self.tab.call("() => window.watch.peer()?.connectionState ?? 'none'"))

    async def press_microphone(self) -> None:
        """Press the microphone button while it is off."""
        await self.tab.press("button", MICROPHONE_OFF)

    async def turn_microphone_on(self) -> None:
        """Turn the microphone on, and wait until the room knows it."""
        await self.press_microphone()
        await self.until_microphone(on=True)
        await self.until_sharing(self.name)

    async def turn_microphone_off(self) -> None:
        """Turn the microphone off."""
        await self.tab.press("button", MICROPHONE_ON)
        await self.until_microphone(on=False)

    async def microphone_is_on(self) -> bool:
        """Whether the microphone button says that it is on."""
        return MICROPHONE_ON in await self._read("nav button span")

    async def until_microphone(self, *, on: bool) -> None:
        """Wait until the microphone button says so."""

        async def is_so() -> bool:
            return await self.microphone_is_on() == on

        await until(is_so, f"{self.name}'s microphone is {'on' if on else 'off'}")

    # Others.

    async def people(self) -> list[str]:
        """Return the names of everybody in the room, as the page lists them."""
        return await self._read("main .speaker .name, main .person .name")

    async def sharing(self) -> list[str]:
        """Return the names under "Sharing now"."""
        return await self._read("main .speaker .name")

    async def lit(self) -> list[str]:
        """Return the names that are marked as speaking just now."""
        return await self._read("main .speaker[data-state=speaking] .name")

    async def until_sharing(self, name: str) -> None:
        """Wait until the page says that this person's microphone is on."""

        async def is_so() -> bool:
            return name in await self.sharing()

        await until(is_so, f"{name} is among those who share")

    async def rename(self, name: str) -> None:
        """Take another name."""
        await self.tab.press("button", WORDS["people.change_name"])
        await self.tab.fill(WORDS["rename.label"], name)
        await self.tab.press("button", WORDS["rename.save"])
        self.name = name

    # Words.

    async def write(self, line: str) -> None:
        """Write a line of chat."""
        if not await self._read("textarea"):
            await self.tab.press("button", WORDS["chat.open"])
        await self.tab.fill(CHAT_FIELD, line)
        await self.tab.press("button", SEND)

    async def lines(self) -> list[str]:
        """Return the chat as the page shows it, without names and times; lines on their way are marked."""
        text, is_pending = "line.querySelector('.text')?.textContent.trim()", "/pending/.test(line.className)"
        return await self._read(".line", f"(line) => {text} + ({is_pending} ? ' (on its way)' : '')")

    async def until_reads(self, words: str) -> None:
        """Wait until these words are somewhere on the page."""

        async def is_there() -> bool:
            return words in str(await self.tab.call("() => document.body.innerText"))

        await until(is_there, f"{self.name} reads {words!r}")

    async def said(self) -> list[str]:
        """Return what the page's live regions have said so far."""
        return await texts(self.tab, "() => window.watch.said.map((one) => one.text)")

    # A host's.

    async def open_options(self, name: str) -> None:
        """Open the sheet of what a host can do about somebody. On a phone the chat lies over the people."""
        if await self._read("section.chat h2 + button"):
            await self.tab.press("button", WORDS["chat.close"])
        await self.tab.press("button", WORDS["people.options_for"].format(name=name))

    async def mute(self, name: str) -> None:
        """Turn somebody's microphone off."""
        await self.open_options(name)
        await self.tab.press("button", WORDS["host.mute"])

    async def remove(self, name: str) -> None:
        """Take somebody out of the meeting."""
        await self.open_options(name)
        await self.tab.press("button", WORDS["host.remove"])
        await self.tab.press("button", WORDS["host.remove_yes"].format(name=name))

    async def _read(self, selector: str, what: str = READ) -> list[str]:
        return await texts(self.tab, f"(all) => [...document.querySelectorAll(all)].map({what})", selector)
