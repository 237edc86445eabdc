"""Debian's rtpengine in user space with one thread: voices are published, listeners subscribe.

It is driven by its `ng` protocol (bencoded dictionaries over UDP). A subscription to a voice is a
connection of its own, so a listener of three voices has three.
"""

import asyncio
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, cast

from tests.bench.compiled import LeftOutError
from tests.bench.legs import Leg, OneCipher
from tests.bench.machine import SERVER_CORE, pin
from tests.bench.peers.agent import AgentEnd
from tests.bench.peers.bencode import Bencoded, read_bencoded, write_bencoded
from tests.bench.peers.packages import version_of
from tests.bench.peers.sdp import Described, read_description, write_description
from tests.bench.services import MediaService, PeerError, Shape
from tests.bots.reception import Reception

ADDRESS: Final = "127.0.0.1"
START_TRIES: Final = 50
ANSWER_WITHIN_S: Final = 10.0
_COMMON: Final[Mapping[str, Bencoded]] = {
    "ICE": "force",
    "DTLS": "passive",
    "transport-protocol": "UDP/TLS/RTP/SAVPF",
    "rtcp-mux": ["require"],
}


class RtpengineError(PeerError):
    """It said no."""


class Line(asyncio.DatagramProtocol):
    """Requests and their answers, which have the same cookie."""

    def __init__(self) -> None:
        self._awaited: dict[bytes, asyncio.Future[dict[str, Bencoded]]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # the loop's own class does not say so

    async def ask(self, command: str, **words: Bencoded) -> dict[str, Bencoded]:
        """Send a request; words have `_` where the protocol has a space or a hyphen.

        Raises:
            RtpengineError: if the answer is an error.
            TimeoutError: if there is none.
        """
        assert self._transport is not None
        cookie = secrets.token_hex(6).encode()
        future: asyncio.Future[dict[str, Bencoded]] = asyncio.get_running_loop().create_future()
        self._awaited[cookie] = future
        body = {"command": command, **{key.replace("_", "-"): value for key, value in words.items()}}
        self._transport.sendto(cookie + b" " + write_bencoded(body))
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await future
        finally:
            del self._awaited[cookie]
        if answer.get("result") not in {"ok", "pong"}:
            raise RtpengineError(str(answer.get("error-reason", answer)))
        return answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        cookie, _, body = data.partition(b" ")
        answer = read_bencoded(body)
        future = self._awaited.get(cookie)
        if future is not None and not future.done() and isinstance(answer, dict):
            future.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        """It does not listen yet."""

    def close(self) -> None:
        """Stop."""
        if self._transport is not None:
            self._transport.close()


class Rtpengine(MediaService):
    """Made by `Rtpengine.open`."""

    name = "rtpengine"
    remark = "user space, one thread"
    voices_apart = True

    def __init__(self, shape: Shape, process: "subprocess.Popen[bytes]", line: Line) -> None:
        super().__init__(shape)
        self.version = version_of("rtpengine-daemon")
        self._process, self._line = process, line
        self._certificate = OneCipher.generateCertificate()
        self._reception = Reception(asyncio.get_running_loop())
        self._closing = AsyncExitStack()
        self._tags: dict[int, list[str]] = {}

    @classmethod
    async def open(cls, shape: Shape) -> "Rtpengine":
        """Start it.

        Raises:
            LeftOutError: if it is not installed, or does not start.
        """
        program = shutil.which("rtpengine")
        if program is None:
            raise LeftOutError("rtpengine is not installed (Debian: rtpengine-daemon)")
        async with AsyncExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="bench-rtpengine-")))
            port = _free_port()
            process = await asyncio.to_thread(_start, program, port, folder)
            opening.callback(_stop, process)
            _, line = await asyncio.get_running_loop().create_datagram_endpoint(
                Line, remote_addr=(ADDRESS, port)
            )
            opening.callback(line.close)
            await _wait_for(process, line, folder)
            rtpengine = cls(shape, process, line)
            opening.callback(rtpengine._reception.close)
            rtpengine._closing = opening.pop_all()
        pin(process.pid, SERVER_CORE)
        return rtpengine

    @property
    def pids(self) -> Sequence[int]:
        return [self._process.pid]

    async def enter(self, room: int, name: str, *, speaks: bool) -> list[Leg]:
        tags = self._tags.setdefault(room, [])
        if speaks:
            number = len(tags)
            tags.append(name)
            end = await self._publish(room, name)
            await end.connect()
            return [self._leg(end, room, number)]
        legs = []
        for number, tag in enumerate(tags[: self.shape.voices]):
            end = await self._subscribe(room, tag)
            await end.connect()
            legs.append(self._leg(end, room, number))
        return legs

    async def close(self) -> None:
        self.load.__exit__(None, None, None)
        await self._closing.aclose()

    def _leg(self, end: AgentEnd, room: int, number: int) -> Leg:
        """Each voice is a group of its own: a subscription hears one."""
        return Leg(
            end, end.offered.payload_type, end.offered.level_id, group=room * self.shape.voices + number
        )

    async def _publish(self, room: int, tag: str) -> AgentEnd:
        ufrag, ssrc = secrets.token_hex(4), random.getrandbits(31)
        offer = write_description(ufrag, self._certificate.sha256, ADDRESS, direction="sendonly", ssrc=ssrc)
        answer = await self._line.ask("publish", call_id=f"room {room}", from_tag=tag, sdp=offer, **_COMMON)
        end = self._open_end(read_description(str(answer["sdp"])), ufrag)
        end.speech.ssrc = ssrc
        return end

    async def _subscribe(self, room: int, tag: str) -> AgentEnd:
        call = f"room {room}"
        offer = await self._line.ask("subscribe request", call_id=call, from_tag=tag, **_COMMON)
        found = read_description(str(offer["sdp"]))
        ufrag = secrets.token_hex(4)
        answer = write_description(
            ufrag,
            self._certificate.sha256,
            ADDRESS,
            direction="recvonly",
            mids=found.mids or ("0",),
            level_id=found.offered.level_id,
        )
        end = self._open_end(found, ufrag)
        await self._line.ask("subscribe answer", call_id=call, to_tag=offer["to-tag"], sdp=answer, **_COMMON)
        return end

    def _open_end(self, found: Described, ufrag: str) -> AgentEnd:
        end = AgentEnd(found.offered, found.offered.candidates[0], self._certificate, self._reception)
        end.ufrag = ufrag
        end.take_lead()
        return end


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port


def _start(program: str, port: int, folder: Path) -> "subprocess.Popen[bytes]":
    command = [
        program,
        *("--config-file=none", "--table=-1", "--foreground", "--log-stderr", "--log-level=3"),
        *(f"--interface={ADDRESS}", f"--listen-ng={ADDRESS}:{port}", "--num-threads=1"),
        *("--media-num-threads=1", "--port-min=10000", "--port-max=60000", f"--pidfile={folder}/pid"),
        *("--timeout=3600", "--silent-timeout=3600", "--offer-timeout=3600", "--dtls-passive"),
    ]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


async def _wait_for(process: "subprocess.Popen[bytes]", line: Line, folder: Path) -> None:
    for _ in range(START_TRIES):
        await asyncio.sleep(0.2)  # it says nowhere when it is ready
        if process.poll() is not None:
            words = (folder / "log").read_text("utf-8", errors="replace").strip().splitlines()
            raise LeftOutError(f"rtpengine did not start: {' '.join(words[-1:])}")
        try:
            async with asyncio.timeout(0.5):
                await line.ask("ping")
        except TimeoutError:
            continue
        return
    raise LeftOutError("rtpengine started and does not answer")
