# ruff: noqa: ANN401 - what comes out of JSON has no type here
"""A gateway with real rooms and real sockets; only the sound is made up."""

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet

from rooms.ids import MeetingId, RoomSlug
from rooms.model import RoomSettings
from rooms.refusals import Refusal, RefusalCode
from server.bus.memory import MemoryBus, MemoryLetters, MemoryLog
from server.devices import DeviceKeys
from server.gateway.door import DoorLimits
from server.gateway.gateway import Gateway
from server.groups import GroupBook
from server.ports import NodeState
from server.room_service import RoomPlan, RoomService
from server.seats import Seats
from server.signpost import Signpost
from server.tickets import TicketOffice
from signaling.from_browser import AnswerMedia
from signaling.to_browser import Offer
from tests.server.clock import FakeClock

TALK = RoomSlug("talk")
ORIGIN = "https://lamplit.example"
EDGE_S = 5.0  # how long a test waits for what must come


class FakeMedia:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.peers: dict[int, str] = {}
        self.heard: dict[int, bool] = {}
        self.apart: set[frozenset[int]] = set()
        self.refusal: Refusal | None = None

    def open_peer(self, room: RoomSlug, voice_id: int) -> Offer:
        assert room == TALK
        self.peers[voice_id] = f"peer-{len(self.peers)}"
        return Offer(peer_id=self.peers[voice_id], sdp="v=0")

    def restart_peer(self, room: RoomSlug, voice_id: int) -> Offer | None:
        assert room == TALK
        peer_id = self.peers.get(voice_id)
        return Offer(peer_id=peer_id, sdp="v=0 again") if peer_id else None

    def accept_answer(self, room: RoomSlug, voice_id: int, answer: AnswerMedia) -> Refusal | None:
        assert room == TALK
        if self.peers.get(voice_id) != answer.peer_id:
            return Refusal(code=RefusalCode.STALE_OFFER)
        return self.refusal

    def peer_id(self, room: RoomSlug, voice_id: int) -> str:
        assert room == TALK
        return self.peers.get(voice_id, "")

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        assert room == TALK
        self.heard[voice_id] = allowed

    def set_apart(self, room: RoomSlug, one: int, other: int, apart: bool) -> None:  # noqa: FBT001
        assert room == TALK
        (self.apart.add if apart else self.apart.discard)(frozenset((one, other)))

    def close_peer(self, room: RoomSlug, voice_id: int) -> None:
        assert room == TALK
        self.peers.pop(voice_id, None)
        self.heard.pop(voice_id, None)


class Browser:
    """A raw client: every answer and every event is read in order."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.events: list[tuple[str, Any]] = []
        self.ticket = ""
        self.member_id = 0
        self.revision = (0, 0)
        self.answers_pings = True  # while the test reads
        self._asked = 0

    async def text(self) -> str:
        """The next text of the server, pings aside; "" once the socket is closed."""
        async with asyncio.timeout(EDGE_S):
            while True:
                message = await self.ws.receive()
                if message.type is not WSMsgType.TEXT:
                    return ""
                if message.data != "2":
                    return str(message.data)
                if self.answers_pings:
                    await self.ws.send_str("3")

    async def connect(self, *, goes_elsewhere: bool = False) -> Self:
        assert (await self.text()).startswith("0{")
        await self.ws.send_str('40{"protocol":1,"elsewhere":true}' if goes_elsewhere else '40{"protocol":1}')
        assert (await self.text()).startswith("40{")
        return self

    async def ask(self, event: str, **payload: Any) -> Any:
        """Send one event; return its answer. Events that come before it are kept."""
        self._asked += 1
        body = msgspec.json.encode([event, payload]).decode()
        await self.ws.send_str(f"42{self._asked}{body}")
        return await self.answer(self._asked)

    async def answer(self, ack_id: int) -> Any:
        while text := await self.text():
            if text.startswith(f"43{ack_id}["):
                return msgspec.json.decode(text[len(f"43{ack_id}") :])[0]
            self._keep(text)
        raise AssertionError("closed before the answer")

    async def event(self, name: str) -> Any:
        """The next event of this name; others are kept."""
        for place, (kept, body) in enumerate(self.events):
            if kept == name:
                del self.events[place]
                return body
        while text := await self.text():
            self._keep(text)
            if self.events[-1][0] == name:
                return self.events.pop()[1]
        raise AssertionError(f"closed before {name}")

    async def fact(self, kind: str) -> Any:
        """The next fact of this kind."""
        while True:
            for commit in (await self.event("commits"))["commits"]:
                self.revision = (self.revision[0], commit["seq"])
                if commit["fact"]["type"] == kind:
                    return commit["fact"]

    async def closed(self) -> str:
        """Read to the end; return the reason that the server gave, or ""."""
        while text := await self.text():
            self._keep(text)
        reasons = [body["reason"] for name, body in self.events if name == "ended"]
        return reasons[-1] if reasons else ""

    async def join(self, name: str, invite: str = "", device: str = "", card: str = "") -> Any:
        answer = await self.ask("join", room="talk", name=name, invite=invite, device=device, card=card)
        self._seated(answer)
        return answer

    async def resume(self, ticket: str, epoch: int = 0, seq: int = 0) -> Any:
        answer = await self.ask("resume", ticket=ticket, epoch=epoch, seq=seq)
        self._seated(answer)
        return answer

    def _seated(self, answer: Any) -> None:
        if answer["type"] in {"joined", "resumed", "waits"}:
            self.ticket, self.member_id = answer["ticket"], answer["member_id"]
            revision = answer["sync"].get("revision")
            if revision:
                self.revision = (revision["epoch"], revision["seq"])

    def _keep(self, text: str) -> None:
        assert text.startswith("42["), text[:40]
        name, body = msgspec.json.decode(text[2:])
        self.events.append((name, body))


class House:
    """One node on a real port."""

    clock: FakeClock
    bus: MemoryBus
    log: MemoryLog
    office: TicketOffice

    def __init__(
        self,
        limits: DoorLimits | None = None,
        settings: RoomSettings | None = None,
        beside: "House | None" = None,
    ) -> None:
        """Build it; `beside` is another node of the same place."""
        self.settings = settings or RoomSettings()
        self.clock = beside.clock if beside else FakeClock()
        self.bus = beside.bus if beside else MemoryBus()
        self.log = beside.log if beside else MemoryLog(self.bus, self.clock)
        self.rooms = RoomService(self.log, self.bus, self.clock)
        self.seats = Seats(self.clock)
        self.letters_of_all: list[MemoryLetters] = beside.letters_of_all if beside else []
        self.media = FakeMedia()
        self.sockets: list[ClientWebSocketResponse] = []
        self.office = beside.office if beside else TicketOffice(Fernet.generate_key())
        self.book = GroupBook(self.clock)
        self.other_nodes: list[NodeState] = []
        self.reaches_others = True
        self.gateway = Gateway(
            self.rooms,
            self.media,
            self.office,
            DeviceKeys(b"k" * 32),
            self.book,
            self.clock,
            is_whole=lambda: self.reaches_others,
            signpost=Signpost(lambda: NodeState(name="this", epoch=1), lambda: self.other_nodes, 500),
            seats=self.seats,
            letters=MemoryLetters(self.letters_of_all),
            limits=limits or DoorLimits(connects_burst_per_address=10_000),
            is_allowed_origin=lambda origin: origin == ORIGIN,
            address_of=lambda request: request.remote or "",
        )
        app = web.Application()
        self.gateway.add_routes(app)
        self.server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self.rooms.open_rooms([RoomPlan(TALK, "Talk", "", MeetingId("m"), self.settings)])
        self.gateway.add_rooms()
        await self.server.start_server()
        self.session = await ClientSession().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ws in self.sockets:
            await ws.close()
        await self.session.close()
        await self.gateway.stop()
        await self.server.close()

    def url(self, query: str = "EIO=4&transport=websocket") -> str:
        return f"{self.server.make_url('/socket.io/')}?{query}"

    async def open(self) -> Browser:
        """A socket on which nothing has been said yet."""
        ws = await self.session.ws_connect(self.url(), headers={"Origin": ORIGIN})
        self.sockets.append(ws)
        return Browser(ws)

    async def browser(self) -> Browser:
        """A socket after CONNECT."""
        return await (await self.open()).connect()

    async def member(self, name: str) -> Browser:
        """A seated member."""
        browser = await self.browser()
        assert (await browser.join(name))["type"] == "joined"
        return browser

    async def host(self, name: str) -> Browser:
        """A seated host."""
        browser = await self.browser()
        invite = self.office.issue_invite(TALK, 1, self.clock.wall_ms())
        assert (await browser.join(name, invite))["type"] == "joined"
        return browser
