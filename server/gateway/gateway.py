"""The WebSocket side of a node: lets browsers in, gives their events to the conversation, sends facts."""

import asyncio
import random
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import structlog
from aiohttp import HttpVersion11, WSCloseCode, web

from rooms.ids import MemberId, RoomSlug
from rooms.pace import Pace
from server.bus.memory import MemoryLetters
from server.devices import DeviceKeys
from server.gateway.audience import Audience
from server.gateway.cards import Cards
from server.gateway.connection import CHAT_PACE, Connection
from server.gateway.conversation import Conversation, MediaDesk
from server.gateway.door import Door, DoorLimits
from server.gateway.engine import CLOSE_WITHIN_S, FRAME_MAX_BYTES, PATH, Server, write_hello
from server.gateway.entrance import Entrance
from server.gateway.frames import guard_frames, spoke_too_soon
from server.gateway.invite_desk import InviteDesk
from server.gateway.private import Relay
from server.gateway.reach import ReachWatch
from server.gateway.sheet_desk import SheetDesk
from server.groups import GroupBook
from server.ports import Clock, LetterBus, NodeState
from server.room_service import RoomService
from server.seats import Seats
from server.signpost import Signpost
from server.tickets import TicketOffice
from server.voices import VoiceGate, Voices
from signaling.codec import write_turned_away
from signaling.faults import FaultCode
from signaling.session import Phase
from signaling.to_browser import EndReason, MediaClosed, Reach, TurnedAway

SWEEP_S: Final = 0.25
CARDS_EVERY_MS: Final = 15_000
STOP_WITHIN_S: Final = 3.0
RETRY_MIN_MS: Final = 300  # browsers come back spread over this time, not all at once
RETRY_MAX_MS: Final = 1_500

_log = structlog.get_logger()


class MediaSide(MediaDesk, VoiceGate, Protocol):
    """What the gateway needs of the media plane."""


class Gateway:
    """Everything between a browser's WebSocket and the room service.

    Attributes:
        is_draining: whether new connections are sent away, since this node is about to stop.
    """

    def __init__(  # noqa: PLR0913 - the parts of a node, each given once, at start
        self,
        rooms: RoomService,
        media: MediaSide,
        tickets: TicketOffice,
        keys: DeviceKeys,
        book: GroupBook,
        clock: Clock,
        *,
        limits: DoorLimits,
        seats: Seats | None = None,
        is_whole: Callable[[], bool] = lambda: True,
        chat_pace: Pace = CHAT_PACE,
        signpost: Signpost | None = None,
        letters: LetterBus | None = None,
        is_allowed_origin: Callable[[str | None], bool],
        address_of: Callable[[web.Request], str],
    ) -> None:
        """Take the parts; `add_rooms` once the rooms are open. `is_whole`: other nodes are reached."""
        self._is_whole = is_whole
        self._rooms = rooms
        self._media = media
        self._clock = clock
        self._door = Door(limits)
        self._is_allowed_origin = is_allowed_origin
        self._address_of = address_of
        self._seats = seats or Seats(clock)
        self._audiences: dict[RoomSlug, Audience] = {}
        self._relays: dict[RoomSlug, Relay] = {}
        self._letters = letters or MemoryLetters()
        self._conversation = Conversation(
            rooms,
            media,
            tickets,
            clock,
            entrance=Entrance(tickets, keys, book, clock),
            invites=InviteDesk(book, rooms),
            sheets=SheetDesk(book, rooms),
            seats=self._seats,
            signpost=signpost or Signpost(_alone, tuple, 0),
            audiences=self._audiences,
            relays=self._relays,
        )
        self._reach = ReachWatch(is_whole, clock)
        self._cards = Cards(rooms, tickets, book, clock)
        self._faults: Counter[str] = Counter()
        self._cuts = 0
        self._bugs = 0
        self._turned_away = 0
        self._is_stopping = False
        self.is_draining = False
        self._empty = asyncio.Event()
        talk = self._conversation
        self._server = Server(
            clock, talk.carry_out, talk.lost, self._count_fault, chat_pace, arrived=talk.arrived
        )

    def add_rooms(self) -> None:
        """Follow every room that was not followed before: first who is heard, then who is told."""
        for slug in self._rooms.slugs():
            if slug in self._audiences:
                continue
            audience = Audience(self._clock, self._conversation.move, partial(self._hold, slug))
            self._audiences[slug] = audience
            voices = Voices(slug, self._media)
            voices(self._rooms.record(slug), ())  # other nodes may have had a meeting here for long
            self._rooms.follow(slug, voices, hears_orders=True)
            self._rooms.follow(slug, audience)
            relay = Relay(slug, self._rooms, audience, self._clock, self._seats, self._letters)
            relay(self._rooms.record(slug), ())
            self._relays[slug] = relay
            self._rooms.follow(slug, relay)

    def add_routes(self, app: web.Application) -> None:
        """Serve WebSockets at the path that Socket.IO clients use."""
        app.router.add_route("*", PATH, self.serve)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Let one browser in, or say in one word why not.

        A WebSocket of Engine.IO 4 is all there is: 400 for anything else, 403 for a foreign or
        missing origin, 503 while stopping, or while other nodes are not reached: nobody gets in here then,
        and a load balancer may ask another node. One too many is told so in Socket.IO's own way.
        """
        refusal = self._malformed(request)
        if refusal is None:
            refusal = self._refuse(request)
        if refusal is not None:
            return refusal
        place = self._door.enter(self._address_of(request), self._clock.mono_ms())
        ws = web.WebSocketResponse(
            compress=False, max_msg_size=FRAME_MAX_BYTES + 1, timeout=CLOSE_WITHIN_S, autoping=False
        )
        await ws.prepare(request)
        gate = guard_frames(request, ws)
        if place is None:
            return await self._turn_away(ws, request)
        try:
            await self._server.serve(ws, request, gate)
        except* Exception as bugs:  # noqa: BLE001 - a task group's root: a bug ends its connection only
            self._bugs += 1
            for bug in bugs.exceptions:
                _log.error("connection_bug", kind=type(bug).__name__, where=_where(bug))
        finally:
            self._leave(place)
        return ws

    @staticmethod
    def _malformed(request: web.Request) -> web.Response | None:
        query = request.query
        if (
            request.method != "GET"
            or request.version < HttpVersion11  # RFC 6455 section 4.2.1
            or request.headers.get("Upgrade", "").lower() != "websocket"
            or query.getall("EIO", []) != ["4"]
            or query.getall("transport", []) != ["websocket"]
            or "sid" in query
        ):
            return web.Response(status=400, text="A WebSocket of Engine.IO 4 is needed here.\n")
        if spoke_too_soon(request):
            refusal = web.Response(status=400, text="A WebSocket says nothing before it is open.\n")
            refusal.force_close()
            return refusal
        return None

    def _refuse(self, request: web.Request) -> web.Response | None:
        if not self._is_allowed_origin(_one(request.headers.getall("Origin", []))):
            return web.Response(status=403, text="This origin is not allowed.\n")
        if self._is_stopping or self.is_draining:
            return web.Response(status=503, text="This server is stopping.\n")
        if not self._is_whole():
            return web.Response(status=503, text="This server does not reach the rooms just now.\n")
        return None

    async def _turn_away(self, ws: web.WebSocketResponse, request: web.Request) -> web.WebSocketResponse:
        """Say that there are too many: a browser shows its page no status of a failed WebSocket."""
        self._turned_away += 1
        if request.transport is not None:
            request.transport.write(write_hello("") + write_turned_away(TurnedAway.TOO_MANY))
        await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)
        return ws

    def _leave(self, place: bytes) -> None:
        self._door.leave(place)
        if self._is_stopping and not self._door.connections:
            self._empty.set()

    async def give_up(self, ticket: str) -> None:
        """Leave the seat that a ticket is for; one that is no ticket does nothing."""
        await self._conversation.give_up(ticket)

    async def run(self) -> None:
        """Watch slow readers, give cards, and say whether other nodes are reached, until cancelled."""
        cards_due_ms = self._clock.mono_ms()
        while True:
            await asyncio.sleep(SWEEP_S)
            if self._clock.mono_ms() >= cards_due_ms:
                self._cards.give(self._audiences)
                cards_due_ms = self._clock.mono_ms() + CARDS_EVERY_MS
            self._tell_reach()
            for slug, audience in self._audiences.items():
                self._cuts += audience.sweep(self._rooms.record(slug))

    def _tell_reach(self) -> None:
        is_whole = self._reach.look()
        if is_whole is None:
            return
        for audience in self._audiences.values():
            for connection in audience.connections():
                connection.tell(Reach(is_whole=is_whole))

    def _hold(self, slug: RoomSlug, member_id: MemberId, is_here: bool) -> None:  # noqa: FBT001 - the message
        if is_here:
            self._seats.take(slug, member_id)
        else:
            self._seats.drop(slug, member_id)

    def connections_in(self, slug: RoomSlug) -> tuple[Connection, ...]:
        """Return every connection that follows a room here."""
        audience = self._audiences.get(slug)
        return audience.connections() if audience else ()

    def taken_elsewhere(self, slug: RoomSlug, member_id: MemberId, *, is_overdue: bool) -> None:
        """End the connection of a member who has a newer one on another node; see `server.presence.Doors`."""
        holder = self._audiences[slug].holder(member_id)
        if holder is not None and (is_overdue or not holder.is_moving):
            holder.end(EndReason.REPLACED)

    async def stop(self) -> None:
        """Tell everybody that the server restarts, and let no one else in."""
        self._is_stopping = True
        for connection in self._server.connections():
            retry_ms = random.randint(RETRY_MIN_MS, RETRY_MAX_MS)  # noqa: S311 - spreads the return
            connection.end(EndReason.RESTARTING, retry_ms)
        if self._door.connections:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), STOP_WITHIN_S)

    def on_media_closed(self, slug: RoomSlug, voice_id: int, peer_id: str) -> None:
        """Tell the member whose transport is gone."""
        audience = self._audiences.get(slug)
        holder = audience.holder(MemberId(voice_id)) if audience else None
        if holder is not None and holder.phase is Phase.SEATED:
            holder.tell(MediaClosed(peer_id=peer_id))

    def counts(self) -> dict[str, int]:
        """Return plain numbers for metrics."""
        return {
            "connections": self._door.connections,
            "seated": sum(len(audience) for audience in self._audiences.values()),
            "slow_readers_cut": self._cuts,
            "turned_away": self._turned_away,
            "bugs": self._bugs,
            **{f"fault_{name}": count for name, count in self._faults.items()},
        }

    def refusals(self) -> dict[str, int]:
        """Return how often a message was answered with no, by code, for the codes that tell of bad input."""
        return self._conversation.refusals()

    def _count_fault(self, code: FaultCode) -> None:
        self._faults[code.value] += 1


def _alone() -> NodeState:
    """Return the one node there is."""
    return NodeState(name="alone", epoch=0)


def _where(bug: BaseException) -> str:
    """Return the places a bug came through: files and lines, never values."""
    frames = traceback.extract_tb(bug.__traceback__)
    return " < ".join(f"{Path(f.filename).name}:{f.lineno}:{f.name}" for f in reversed(frames))


def _one(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None
