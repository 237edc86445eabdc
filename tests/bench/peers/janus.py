"""Debian's Janus with its videoroom plugin: one event loop, everything else as it comes.

It is driven over its Unix socket, one session and one handle for each member, as its JavaScript library does.
Listeners take all voices of a room in one connection (multistream).
"""

import asyncio
import itertools
import os
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from tests.bench.compiled import LeftOutError
from tests.bench.legs import Leg, OneCipher
from tests.bench.machine import SERVER_CORE, pin
from tests.bench.peers.agent import AgentEnd
from tests.bench.peers.packages import version_of
from tests.bench.peers.sdp import Described, read_description, write_description
from tests.bench.peers.space import ADDRESS, NEAR, Space, entered, open_space
from tests.bench.services import MediaService, PeerError, Shape
from tests.bots.reception import Reception

START_WITHIN_S: Final = 10.0
TRIES: Final = 6
ANSWER_WITHIN_S: Final = 30.0
_READ_BYTES: Final = 256 * 1024
_FOLDERS: Final = "/usr/lib/x86_64-linux-gnu/janus"
Message = dict[str, Any]


class JanusError(PeerError):
    """Janus said no."""


class Line:
    """The Unix socket: requests, their answers and the events that follow them."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._awaited: dict[str, asyncio.Future[Message]] = {}
        self._numbers = itertools.count(1)
        sock.setblocking(False)  # noqa: FBT003 - the library's signature
        asyncio.get_running_loop().add_reader(sock.fileno(), self._read)

    async def ask(self, message: Message, *, wants_event: bool = False) -> Message:
        """Send a request; return the answer, or the event that a plugin answers with.

        Raises:
            JanusError: if it is an error.
        """
        transaction = str(next(self._numbers))
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._awaited[transaction] = future
        text = msgspec.json.encode({**message, "transaction": transaction})
        await asyncio.get_running_loop().sock_sendall(self._socket, text)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            answer = await future
            if answer["janus"] == "ack" and wants_event:
                self._awaited[transaction] = asyncio.get_running_loop().create_future()
                answer = await self._awaited[transaction]
        self._awaited.pop(transaction, None)
        fault = answer.get("error") or answer.get("plugindata", {}).get("data", {}).get("error")
        if fault:
            raise JanusError(str(fault))
        return answer

    def close(self) -> None:
        """Stop reading."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _read(self) -> None:
        try:
            text = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        message = msgspec.json.decode(text)
        future = self._awaited.get(message.get("transaction", ""))
        if future is not None and not future.done():
            future.set_result(message)


class Janus(MediaService):
    """Made by `Janus.open`."""

    name = "janus"
    remark = "videoroom, event_loops=1"
    plugin = "janus.plugin.videoroom"

    def __init__(self, shape: Shape, process: "subprocess.Popen[bytes]", line: Line, space: Space) -> None:
        super().__init__(shape)
        self.version = (
            f"{version_of('janus')}, libsrtp2 {version_of('libsrtp2-1')}, libnice {version_of('libnice10')}"
        )
        self._process, self._line, self._space = process, line, space
        self._certificate = OneCipher.generateCertificate()
        self._reception = Reception(asyncio.get_running_loop())
        self._closing = AsyncExitStack()
        self._session = 0
        self._feeds: dict[int, list[int]] = {}
        self._making = asyncio.Lock()

    @classmethod
    async def open(cls, shape: Shape) -> Self:
        """Start it in a namespace of its own.

        Raises:
            LeftOutError: if it is not installed, or does not start.
        """
        program = shutil.which("janus")
        if program is None:
            raise LeftOutError("Janus is not installed (Debian: janus)")
        async with AsyncExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="bench-janus-")))
            space = opening.enter_context(open_space())
            _write_settings(folder)
            process, sock = await _start(space, program, folder)
            opening.callback(_stop, process)
            line = Line(sock)
            opening.callback(line.close)
            janus = cls(shape, process, line, space)
            opening.callback(janus._reception.close)
            janus._closing = opening.pop_all()
        pin(process.pid, SERVER_CORE)
        await janus._greet()
        return janus

    @property
    def pids(self) -> Sequence[int]:
        return [self._process.pid]

    async def enter(self, room: int, name: str, *, speaks: bool) -> list[Leg]:
        await self._room(room)
        handle = await self._attach()
        end = await (self._publish(handle, room, name) if speaks else self._subscribe(handle, room))
        await end.connect()
        return [Leg(end, end.offered.payload_type, end.offered.level_id, group=room)]

    async def close(self) -> None:
        self.load.__exit__(None, None, None)
        await self._closing.aclose()

    async def _greet(self) -> None:
        self._session = (await self._line.ask({"janus": "create"}))["data"]["id"]

    async def _attach(self) -> int:
        attach = {"janus": "attach", "session_id": self._session, "plugin": self.plugin}
        handle: int = (await self._line.ask(attach))["data"]["id"]
        return handle

    async def _room(self, room: int) -> None:
        """Make a room, if nobody has."""
        async with self._making:
            if room not in self._feeds:
                await self._make_room(room)
                self._feeds[room] = []

    async def _make_room(self, room: int) -> None:
        handle = await self._attach()
        body = {
            "request": "create",
            "room": room + 1,
            "publishers": self.shape.voices,
            "audiocodec": "opus",
            "opus_fec": True,
        }
        await self._tell(handle, body)

    async def _tell(self, handle: int, body: Message, sdp: tuple[str, str] | None = None) -> Message:
        message: Message = {
            "janus": "message",
            "session_id": self._session,
            "handle_id": handle,
            "body": body,
        }
        if sdp is not None:
            message["jsep"] = {"type": sdp[0], "sdp": sdp[1], "trickle": False}
        return await self._line.ask(message, wants_event=True)

    async def _publish(self, handle: int, room: int, name: str) -> AgentEnd:
        joined = await self._tell(
            handle, {"request": "join", "ptype": "publisher", "room": room + 1, "display": name}
        )
        self._feeds[room].append(joined["plugindata"]["data"]["id"])
        ufrag = secrets.token_hex(4)
        ssrc = random.getrandbits(31)
        offer = write_description(ufrag, self._certificate.sha256, ADDRESS, direction="sendonly", ssrc=ssrc)
        answer = await self._tell(handle, {"request": "publish"}, ("offer", offer))
        end = self._open_end(read_description(answer["jsep"]["sdp"]), ufrag)
        end.speech.ssrc = ssrc
        return end

    async def _subscribe(self, handle: int, room: int) -> AgentEnd:
        streams = [{"feed": feed} for feed in self._feeds[room]]
        offer = await self._tell(
            handle, {"request": "join", "ptype": "subscriber", "room": room + 1, "streams": streams}
        )
        found = read_description(offer["jsep"]["sdp"])
        ufrag = secrets.token_hex(4)
        answer = write_description(
            ufrag,
            self._certificate.sha256,
            ADDRESS,
            direction="recvonly",
            mids=found.mids,
            level_id=found.offered.level_id,
        )
        end = self._open_end(found, ufrag)
        await self._tell(handle, {"request": "start"}, ("answer", answer))
        return end

    def _open_end(self, found: Described, ufrag: str) -> AgentEnd:
        with entered(self._space.name):
            end = AgentEnd(found.offered, found.offered.candidates[0], self._certificate, self._reception)
        end.ufrag = ufrag
        end.take_lead()
        return end


def _write_settings(folder: Path) -> None:
    transports = ("http", "mqtt", "nanomsg", "rabbitmq", "websockets")
    plugins = (
        *("duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom"),
        *("videocall", "voicemail"),
    )
    unwanted_plugins = ",".join(f"libjanus_{name}.so" for name in plugins)
    unwanted_transports = ",".join(f"libjanus_{name}.so" for name in transports)
    (folder / "janus.jcfg").write_text(
        f'general: {{ configs_folder = "{folder}"; plugins_folder = "{_FOLDERS}/plugins"; '
        f'transports_folder = "{_FOLDERS}/transports"; events_folder = "{folder}"; '
        f'loggers_folder = "{folder}"; debug_level = 2; interface = "{ADDRESS}"; '
        "session_timeout = 0; event_loops = 1; }\n"
        'media: { rtp_port_range = "10000-60000"; ipv6 = false; }\n'
        f'nat: {{ ice_enforce_list = "{NEAR}"; full_trickle = false; }}\n'
        f'plugins: {{ disable = "{unwanted_plugins}"; }}\n'
        f'transports: {{ disable = "{unwanted_transports}"; }}\n'
        "events: { broadcast = false; }\n",
        "utf-8",
    )
    (folder / "janus.transport.pfunix.jcfg").write_text(
        f'general: {{ enabled = true; json = "compact"; path = "{folder}/socket"; '
        'type = "SOCK_SEQPACKET"; }\nadmin: { admin_enabled = false; }\n',
        "utf-8",
    )
    for plugin in ("videoroom", "audiobridge"):
        (folder / f"janus.plugin.{plugin}.jcfg").write_text("general: { string_ids = false; }\n", "utf-8")


async def _start(space: Space, program: str, folder: Path) -> "tuple[subprocess.Popen[bytes], socket.socket]":
    """Start it and connect.

    Its socket's thread gives up when it comes to run before the thread that made it goes on, which a busy
    machine or a single core let happen: then it ends, and is started again.

    Raises:
        LeftOutError: with its last words, if it never stays.
    """
    cores = os.sched_getaffinity(0)
    for _ in range(TRIES):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        try:
            process = await asyncio.to_thread(_spawn, space.command(program, "-F", str(folder)), folder)
        finally:
            os.sched_setaffinity(0, cores)
        sock = await _connect(process, folder / "socket")
        if sock is not None:
            return process, sock
        _stop(process)
    words = (folder / "log").read_text("utf-8", errors="replace").strip().splitlines()
    raise LeftOutError(f"Janus did not start: {' '.join(words[-1:])}")


def _spawn(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - Debian's program, settings of ours
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


async def _connect(process: "subprocess.Popen[bytes]", path: Path) -> socket.socket | None:
    """Connect as soon as it listens; None if it has ended or says nothing."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    for _ in range(round(START_WITHIN_S / 0.2)):
        await asyncio.sleep(0.2)  # it says nowhere when it is ready
        if process.poll() is not None:
            break
        try:
            sock.connect(str(path))
        except OSError:
            continue
        return sock
    sock.close()
    return None
