# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""An evening at a gateway with real sockets: who came, what each was sent, and time that a test moves."""

import asyncio
from typing import Any, Final, Self

from rooms.facts import Commit, GuestLeft, MemberStranded
from rooms.ids import MemberId
from rooms.model import Record, RoomSettings, Rules
from server.devices import DeviceKeys
from server.host_needed import HostNeeded
from tests.server.gateway.house import EDGE_S, TALK, Browser, House

PACE_MS: Final = 1_000.0  # between two things of one person, so that nobody is too fast
SECOND_MS: Final = 1_000

Fact = dict[str, Any]


class Person:
    """One socket, and everything that was sent over it."""

    def __init__(self, evening: "Evening", browser: Browser, answer: Any) -> None:
        self.evening = evening
        self.browser = browser
        self.member_id = browser.member_id
        self.answer = answer
        self.n = 0

    @property
    def is_heard(self) -> bool:
        """Whether the voice is forwarded."""
        return self.evening.media.heard.get(self.member_id, False)

    async def ask(self, event: str, **payload: Any) -> Any:
        self.n += 1
        return await self.say(event, n=self.n, **payload)

    async def say(self, event: str, **payload: Any) -> Any:
        """Say what has no number."""
        self.evening.clock.mono += PACE_MS
        return await self.browser.ask(event, **payload)

    async def do(self, event: str, **payload: Any) -> None:
        answer = await self.ask(event, **payload)
        assert answer["type"] == "accepted", answer

    async def code(self, event: str, **payload: Any) -> str:
        return str((await self.ask(event, **payload)).get("code", ""))

    async def shown(self) -> Any:
        """The room as a page would show it that was loaded now."""
        return (await self.say("catch_up", epoch=0, seq=0))["sync"]["room"]

    async def events(self) -> list[tuple[str, Any]]:
        """Whatever was sent since this was asked last: the answer to a question comes after all of it."""
        await self.shown()
        taken, self.browser.events = self.browser.events, []
        return taken

    async def told(self) -> list[Fact]:
        """The facts among that, but for those that are not shown."""
        return facts_in(await self.events())

    async def kinds(self) -> list[str]:
        return [fact["type"] for fact in await self.told()]

    async def drop(self) -> None:
        """The network is gone; returns once the server has noticed."""
        noticed = asyncio.Event()

        def look(record: Record, commits: tuple[Commit, ...]) -> None:
            del record
            for commit in commits:
                if isinstance(commit.fact, MemberStranded | GuestLeft):
                    noticed.set()

        self.evening.rooms.follow(TALK, look)
        await self.browser.ws.close()
        async with asyncio.timeout(EDGE_S):
            await noticed.wait()

    async def back(self) -> Self:
        """Come back with the ticket, on another socket."""
        browser = await self.evening.browser()
        self.answer = await browser.resume(self.browser.ticket)
        assert browser.member_id == self.member_id, self.answer
        self.browser = browser
        return self


class Evening(House):
    """A room, its people, and who is told that it needs a host."""

    def __init__(self, settings: RoomSettings | None = None) -> None:
        super().__init__(settings=settings)
        self.needed = HostNeeded()
        self._guests = 0

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.needed.follow(self.rooms)
        return self

    async def come(self, name: str, invite: str = "", *, device: str = "", is_known: bool = False) -> Person:
        """Somebody comes, on a device of their own; of those who are known it has a card."""
        self._guests += 1
        device = device or f"{self._guests:022}"
        browser = await self.browser()
        card = self._card(device) if is_known else ""
        return Person(self, browser, await browser.join(name, invite, device=device, card=card))

    async def sit(self, name: str, *, is_known: bool = True) -> Person:
        """Somebody takes a seat."""
        person = await self.come(name, is_known=is_known)
        assert person.answer["type"] == "joined", person.answer
        return person

    async def lead(self, name: str) -> Person:
        """A host comes by a host's link."""
        return await self.come(name, self.office.issue_invite(TALK, 24, self.clock.wall_ms()))

    async def pass_s(self, seconds: int) -> None:
        """Let so many seconds pass; the server does in each what is due."""
        for _ in range(seconds):
            self.clock.pass_ms(SECOND_MS)
            await self.rooms.expire()
            await self.rooms.keep_time()

    def _card(self, device: str) -> str:
        key = DeviceKeys(b"k" * 32).key_of(self.book.group_of(TALK), device)
        return self.office.issue_card(self.book.group_of(TALK), key, self.clock.wall_ms())


async def forget(*people: Person) -> None:
    """Look away from what was sent so far."""
    for person in people:
        await person.events()


def heard(*people: Person) -> list[bool]:
    """Whose voices are forwarded."""
    return [person.is_heard for person in people]


def facts_in(events: list[tuple[str, Any]]) -> list[Fact]:
    commits = [commit for name, body in events if name == "commits" for commit in body["commits"]]
    return [commit["fact"] for commit in commits if commit["fact"]["type"] != "unseen"]


def ruled(**rules: Any) -> RoomSettings:
    """A room whose group has settled these rules."""
    return RoomSettings(rules=Rules(**rules))


def queue_of(room: Any) -> list[MemberId]:
    return [hand["member_id"] for hand in room["floor"]["hands"]]
