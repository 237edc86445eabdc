"""A person in front of a page: what they do and what they notice, in the words that the page shows."""

from typing import Final, Generic, TypeVar

from tests.browser.polling import until
from tests.browser.served import LamplitServer, Room
from tests.browser.tab import Tab

# What the page says. One place, because all tests stand on it.
NAME_FIELD: Final = "What should people call you?"
JOIN: Final = "Join and listen"
CHAT_FIELD: Final = "Message"
SEND: Final = "Send"
LEAVE: Final = "Leave"
MICROPHONE_OFF: Final = "Microphone is off"
MICROPHONE_ON: Final = "Microphone is on"


TabT = TypeVar("TabT", bound=Tab)


class Person(Generic[TabT]):
    """Somebody with a browser tab, and with a name once they have taken a seat."""

    def __init__(self, tab: TabT, server: LamplitServer, room: Room) -> None:
        self.tab = tab
        self.server = server
        self.room = room
        self.name = ""

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

    async def until_seated(self, *, within_s: float = 10.0) -> None:
        """Wait until the page shows the room, with the sound's way open."""

        async def is_there() -> bool:
            return await self.sound_state() == "connected" and self.name in await self.people()

        await until(is_there, f"{self.name} is in the room", within_s=within_s)

    async def sound_state(self) -> str:
        """Return the connection state of the page's one RTCPeerConnection."""
        return str(await self.tab.call("() => window.watch.peer()?.connectionState ?? 'none'"))

    async def people(self) -> list[str]:
        return []
