"""python-socketio and python-engineio with their per-message paths replaced through their own hooks.

Kept of the libraries: the session tables, the namespace's CONNECT and DISCONNECT, ids, the server
object that a handler sees. Replaced: the transport loop (WebSocket only, no task or queue for each
message), the packet reader (`signaling.codec`, strict), the heartbeat (one timer for each socket).
This package is the only importer; `tests/server/gateway/test_engine.py` fails when a hook moves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import engineio
import msgspec
import socketio
from aiohttp import WebSocketError, WSCloseCode, WSMsgType, web
from engineio.async_socket import AsyncSocket

from rooms.pace import Bucket, Pace
from server.gateway.connection import CHAT_PACE, Connection, Paces
from server.gateway.frames import FrameGate
from server.gateway.outbox import Outbox
from server.ports import Clock
from signaling.codec import (
    PROTOCOL,
    Connect,
    Disconnect,
    Event,
    read_packet,
    write_frame,
    write_pong,
    write_turned_away,
)
from signaling.faults import Fault, FaultCode
from signaling.session import Input, Phase
from signaling.to_browser import EndReason, TurnedAway

PING_EVERY_S: Final = 2.0
PING_LATE_S: Final = 2.0
"""How much later than that a ping may come until a browser gives the line up. A node that loses its power or
its cable says nothing: members must find out within four seconds, so that they hear others within six."""
PING_SLOTS: Final = 100
"""How often in `PING_EVERY_S` pings are sent, each time to all whose turn it is: waking for one costs as much
as three more. Fewer times would hold up the sound where there are thousands of members."""
PONG_WITHIN_S: Final = 8.0  # a phone in a tunnel is waited for; to us a line that stands costs nothing
CONNECT_WITHIN_S: Final = 5.0
SEAT_WITHIN_S: Final = 10.0
TICK_S: Final = 0.01  # two timers may be this much closer than they were asked to be
FRAME_MAX_BYTES: Final = 32 * 1024  # the longest chat line fits, every character as two escapes
READ_BYTES: Final = 64 * 1024
"""What asyncio reads at once. Its own 256 KiB are asked of the kernel and given back at each read."""
FRAME_PACE: Final = Pace(burst=300, per_s=100)
CLOSE_WITHIN_S: Final = 2.0
GOODBYE_WITHIN_S: Final = 2.0  # for what was sent before the socket closed
PATH: Final = "/socket.io/"

_PING: Final = write_frame(b"2")
_SAID: Final = frozenset({WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG})
_BROKEN: Final[dict[int, FaultCode]] = {
    WSCloseCode.MESSAGE_TOO_BIG: FaultCode.TOO_LARGE,
    WSCloseCode.POLICY_VIOLATION: FaultCode.TOO_FAST,
}


def write_hello(sid: str) -> bytes:
    """Return Engine.IO's first frame."""
    hello = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": round(PING_EVERY_S * 1_000),
        "pingTimeout": round(PING_LATE_S * 1_000),
        "maxPayload": FRAME_MAX_BYTES,
    }
    return write_frame(b"0" + msgspec.json.encode(hello))


class Socket(AsyncSocket):  # type: ignore[misc]  # the library has no types
    """One WebSocket: reads frames in order, writes finished frames straight to the transport."""

    def __init__(self, server: "Engine", sid: str, transport: asyncio.Transport) -> None:
        """Wrap the transport of an accepted WebSocket."""
        super().__init__(server, sid)
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None
        self._unanswered_since_s: float | None = None  # when the first such ping was sent
        self._deadline: asyncio.TimerHandle | None = None
        self._pace = Bucket(FRAME_PACE)
        self._done = asyncio.Event()
        self.connection = Connection(Outbox(transport), self._done.set, Paces(server.chat_pace))

    async def send(self, pkt: Any) -> None:  # noqa: ANN401 - the library has no types
        """Write one of the library's own packets (CONNECT and its answers)."""
        text = pkt.encode()
        self.connection.outbox.answer(write_frame(text.encode()))

    async def run(self, ws: web.WebSocketResponse) -> None:
        """Speak Engine.IO until either side ends it; `say_goodbye` comes next."""
        self.connected = self.upgraded = True
        self.connection.outbox.answer(write_hello(self.sid))
        self._ping_later()
        self._allow(CONNECT_WITHIN_S)
        try:
            async with asyncio.TaskGroup() as group:
                worker = group.create_task(self.connection.work(self.server.carry_out))
                reader = group.create_task(self._read_until_fault(ws))
                ender = group.create_task(self._done.wait())
                await asyncio.wait((reader, ender), return_when=asyncio.FIRST_COMPLETED)
                reader.cancel()
                ender.cancel()
                await self._finish(worker)
        finally:
            self._stop_timers()
            self.connection.outbox.stop()
            if self.connection.outbox.has_overflowed:
                self.server.count_fault(FaultCode.READS_NOTHING)

    async def say_goodbye(self, ws: web.WebSocketResponse) -> None:
        """Say goodbye, and wait for the other side's only so long."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await ws.close()
        except TimeoutError:
            self._transport.abort()

    async def _finish(self, worker: asyncio.Task[None]) -> None:
        """Let the mailbox run empty: what was sent before a goodbye counts."""
        try:
            async with asyncio.timeout(GOODBYE_WITHIN_S):
                await self.connection.mailbox.put(None)
                await asyncio.shield(worker)
        except TimeoutError:
            worker.cancel()

    async def _read_until_fault(self, ws: web.WebSocketResponse) -> None:
        try:
            await self._read(ws)
        except Fault as fault:
            self.server.count_fault(fault.code)
            self.connection.end(EndReason.FAULT)

    async def _read(self, ws: web.WebSocketResponse) -> None:
        while True:
            message = await ws.receive()
            if isinstance(message.data, WebSocketError):
                raise Fault(_BROKEN.get(message.data.code, FaultCode.BAD_FRAME))
            if message.type is WSMsgType.BINARY:
                raise Fault(FaultCode.BAD_FRAME)
            if message.type not in _SAID:
                return
            if self._pace.take(self.server.clock.mono_ms()):
                raise Fault(FaultCode.TOO_FAST)
            if message.type is WSMsgType.PING:
                self.connection.outbox.answer(write_pong(message.data))
            elif message.type is WSMsgType.TEXT and not await self._take(message.data):
                return

    async def _take(self, text: str) -> bool:
        """Take one Engine.IO packet. False means that the browser said goodbye."""
        match text[:1]:
            case "4":
                return bool(await self.server.on_text(self, text[1:]))
            case "3" if text == "3":
                self._hear_pong()
                return True
            case "1" if text == "1":
                return False
            case _:
                raise Fault(FaultCode.BAD_FRAME)

    def seated_or_late(self) -> None:
        """Once CONNECT came, a seat must be asked for in time."""
        self._allow(SEAT_WITHIN_S)

    def _allow(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        if self.connection.phase is not Phase.SEATED:
            self.server.count_fault(FaultCode.TOO_LATE)
            self.connection.end(EndReason.FAULT)

    def _ping_later(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + PING_EVERY_S
        self._timer = loop.call_at(due_s - due_s % (PING_EVERY_S / PING_SLOTS), self._ping)

    def _ping(self) -> None:
        """Ping whether or not the last one is answered: a slow way back is no reason to give the line up.

        The answer's time is looked at with each ping, since a timer of its own for each costs more.
        """
        now_s = asyncio.get_running_loop().time()
        if self._unanswered_since_s is None:
            self._unanswered_since_s = now_s
        elif now_s - self._unanswered_since_s >= PONG_WITHIN_S - TICK_S:
            self._transport.abort()
            return
        self.connection.outbox.answer(_PING)
        self._ping_later()

    def _hear_pong(self) -> None:
        self._unanswered_since_s = None

    def hear_pong_at_once(self) -> bool:
        """Hear a pong that did not have to wait for this socket's reader; False if it came too fast."""
        if self._pace.take(self.server.clock.mono_ms()):
            return False
        self._hear_pong()
        return True

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._deadline):
            if timer is not None:
                timer.cancel()


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Accepts WebSockets only; everything else about HTTP is refused before it is read."""

    clock: Clock
    arrived: Callable[[Connection, Event], None]
    carry_out: Callable[[Connection, Event], Awaitable[None]]
    on_lost: Callable[[Connection], Awaitable[None]]
    on_text: Callable[[Socket, str], Awaitable[bool]]
    count_fault: Callable[[FaultCode], None]
    chat_pace: Pace

    async def serve(self, ws: web.WebSocketResponse, transport: asyncio.Transport, gate: FrameGate) -> None:
        """Speak with one browser until it is gone."""
        sid = self.generate_id()
        if hasattr(transport, "max_size"):
            transport.max_size = READ_BYTES
        socket = Socket(self, sid, transport)
        gate.hear_pong = socket.hear_pong_at_once
        self.sockets[sid] = socket
        await self._trigger_event("connect", sid, {}, run_async=False)
        try:
            await socket.run(ws)
        finally:
            socket.closed = True
            del self.sockets[sid]
            reason = self.reason.TRANSPORT_CLOSE
            await self._trigger_event("disconnect", sid, reason, run_async=False)
            socket.connection.step(Input.CLOSE)
            await self.on_lost(
                socket.connection
            )  # first: no seat is held while a goodbye waits for its answer
        await socket.say_goodbye(ws)
        _let_go(ws, transport)


def _let_go(ws: web.WebSocketResponse, transport: asyncio.Transport) -> None:
    """Let what belonged to a closed connection be freed at once.

    A transport of asyncio holds a method of its own, for reading; a WebSocket of aiohttp the error that a
    goodbye ran into, whose traceback holds the WebSocket. The collector would find both, but it seldom looks
    at what is as old as a connection.
    """
    error = ws.exception()
    if error is not None:
        error.__traceback__ = error.__context__ = None
    if transport.is_closing() and hasattr(transport, "_read_ready_cb"):
        transport._read_ready_cb = None


class Server(socketio.AsyncServer):  # type: ignore[misc]  # the library has no types
    """Socket.IO with one namespace, a closed table of events and strict packets."""

    def __init__(
        self,
        clock: Clock,
        carry_out: Callable[[Connection, Event], Awaitable[None]],
        on_lost: Callable[[Connection], Awaitable[None]],
        count_fault: Callable[[FaultCode], None],
        chat_pace: Pace = CHAT_PACE,
        arrived: Callable[[Connection, Event], None] = lambda *_: None,
    ) -> None:
        """Give every event to `carry_out`, in order for each connection; `on_lost` hears of its end.

        `arrived` is shown each of them as soon as it is read, also where others are before it.
        """
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins=[],  # `Gateway` checks the origin before this is reached
            transports=["websocket"],
            http_compression=False,
            cookie=None,
            monitor_clients=False,
        )
        self.eio.clock = clock
        self.eio.arrived = arrived
        self.eio.carry_out = carry_out
        self.eio.on_lost = on_lost
        self.eio.on_text = self.on_text
        self.eio.count_fault = count_fault
        self.eio.chat_pace = chat_pace

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def serve(self, ws: web.WebSocketResponse, request: web.Request, gate: FrameGate) -> None:
        """Speak with one browser until it is gone. The WebSocket is accepted and uncompressed."""
        if request.transport is not None:
            await self.eio.serve(ws, request.transport, gate)

    async def on_text(self, socket: Socket, text: str) -> bool:
        """Take one Socket.IO packet. False means that the browser said goodbye.

        Raises:
            Fault: if it is none, or not at its place.
        """
        connection = socket.connection
        match read_packet(text):
            case Connect(protocol=protocol, goes_elsewhere=goes_elsewhere):
                if connection.phase is not Phase.OPENED:
                    raise Fault(FaultCode.CONNECTED_TWICE)
                if protocol != PROTOCOL:
                    connection.outbox.answer(write_turned_away(TurnedAway.PROTOCOL))
                    raise Fault(FaultCode.OTHER_PROTOCOL)
                await self._handle_connect(socket.sid, "/", None)
                connection.goes_elsewhere = goes_elsewhere
                connection.step(Input.CONNECT)
                socket.seated_or_late()
            case Disconnect():
                return False
            case Event() as event:
                if connection.phase is Phase.OPENED:
                    raise Fault(FaultCode.NOT_CONNECTED)
                self.eio.arrived(connection, event)
                await connection.mailbox.put(event)
        return True

    def connections(self) -> list[Connection]:
        """Return every connection there is."""
        return [socket.connection for socket in self.eio.sockets.values()]
