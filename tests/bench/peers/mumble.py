"""Debian's mumble-server with its own protocol, which is not WebRTC: TLS, and datagrams in OCB2.

One channel; a member authenticates over TLS, sends a ping by datagram so that the server knows where it is,
and from then on hears by datagrams. Its payload is the same 78 bytes.
"""

import asyncio
import getpass
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from tests.bench.compiled import LeftOutError
from tests.bench.legs import PAYLOAD_BYTES
from tests.bench.load import Kind, Load
from tests.bench.machine import SERVER_CORE, cpu_ns_of, pin, resident_kib_of
from tests.bench.peers.ocb import Sealer
from tests.bench.peers.packages import version_of
from tests.bench.services import PACKETS_PER_S, Grown, Service, Shape, Turn

ADDRESS: Final = "127.0.0.1"
JOIN_WITHIN_S: Final = 60.0
JOINS_AT_ONCE: Final = 8
PINGS: Final = 6  # prepared for each member, one each 5 s
_VERSION, _AUTHENTICATE, _PING, _SERVER_SYNC, _CRYPT_SETUP = 0, 2, 3, 5, 15  # message types
_HEAD: Final = struct.Struct("!HI")
_OPUS, _UDP_PING = 4 << 5, 1 << 5
_PING_EVERY_S: Final = 10.0
_LONG: Final = 2  # protobuf's wire type of bytes


class Mumble(Service):
    """Made by `Mumble.open`."""

    name = "mumble"
    remark = "its own protocol, no WebRTC"

    def __init__(self, shape: Shape, process: "subprocess.Popen[bytes]", port: int) -> None:
        super().__init__(shape)
        self.version = version_of("mumble-server")
        self.load = Load()
        self._process, self._port = process, port
        self._closing = AsyncExitStack()
        self._sealers: list[tuple[int, Sealer]] = []
        self._members: list[_Member] = []
        self._sequence = 0

    @classmethod
    async def open(cls, shape: Shape) -> "Mumble":
        """Start it.

        Raises:
            LeftOutError: if it is not installed, or does not start, or the workload has several rooms.
        """
        program = shutil.which("murmurd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise LeftOutError("mumble-server is not installed (Debian: mumble-server)")
        if shape.listeners:
            raise LeftOutError("measured with one channel only")
        async with AsyncExitStack() as opening:
            folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="bench-mumble-")))
            port = _free_port()
            process = await asyncio.to_thread(_start, program, port, folder, shape.most)
            opening.callback(_stop, process)
            await _wait_for(process, port, folder)
            mumble = cls(shape, process, port)
            mumble._closing = opening.pop_all()
        pin(process.pid, SERVER_CORE)
        return mumble

    @property
    def pids(self) -> Sequence[int]:
        return [self._process.pid]

    @property
    def load_pids(self) -> Sequence[int]:
        return [self.load.pid]

    async def grow(self, size: int) -> Grown:
        while len(self._sealers) < self.shape.voices:
            member = await self._enter()
            self._sealers.append((self._give(member, speaks=True), member.sealer))
        cpu_ns, kib, begin_s = cpu_ns_of(self.pids), resident_kib_of(self.pids), time.monotonic()
        coming = size - self.size
        for begin in range(0, coming, JOINS_AT_ONCE):
            count = min(JOINS_AT_ONCE, coming - begin)
            for member in await asyncio.gather(*(self._enter() for _ in range(count))):
                self._give(member, speaks=False)
        took_s = time.monotonic() - begin_s
        self.size = size
        await asyncio.sleep(0.3)
        return Grown(
            joins=coming,
            cpu_ms=(cpu_ns_of(self.pids) - cpu_ns) / 1e6 / max(1, coming),
            per_s=coming / took_s,
            kib=(resident_kib_of(self.pids) - kib) / max(1, coming),
        )

    async def speak(self, seconds: float) -> Turn:
        count = round(seconds * PACKETS_PER_S)
        for voice, sealer in self._sealers:
            self.load.prepare(voice, self._write(sealer, count))
        self._sequence += count
        before_ns, begin_s = cpu_ns_of(self.pids), time.monotonic()
        self.load.begin(seconds)
        heard = await self.load.end()
        return Turn(
            heard=heard,
            cpu_ns=cpu_ns_of(self.pids) - before_ns,
            seconds=time.monotonic() - begin_s,
            wanted=heard.said * (self.size + self.shape.voices - 1),
        )

    async def close(self) -> None:
        for member in self._members:
            member.close()
        self.load.__exit__(None, None, None)
        await self._closing.aclose()

    async def _enter(self) -> "_Member":
        member = _Member(self._port)
        self._members.append(member)
        await member.join(f"member{len(self._members)}")
        return member

    def _give(self, member: "_Member", *, speaks: bool) -> int:
        number = self.load.add(member.sock, Kind.COUNTED, 0, 0, [member.write_ping() for _ in range(PINGS)])
        return self.load.add_voice(number) if speaks else number

    def _write(self, sealer: Sealer, count: int) -> Iterator[bytes]:
        for index in range(count):
            head = bytes((_OPUS,)) + write_varint(self._sequence + index) + write_varint(PAYLOAD_BYTES)
            yield sealer.seal(head + os.urandom(PAYLOAD_BYTES))


class _Member:
    """One connection: the TLS side stays here, the datagram side is given to the load."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def join(self, name: str) -> None:
        """Authenticate, and show where the datagrams come from."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # made by that very server, a moment ago
        async with asyncio.timeout(JOIN_WITHIN_S):
            loop = asyncio.get_running_loop()
            reader = _Reader()
            transport, _ = await loop.create_connection(lambda: reader, ADDRESS, self._port, ssl=context)
            self._transport = transport
            self._write(_VERSION, write_field(1, 0x010304) + write_field(2, b"bench"))
            self._write(_AUTHENTICATE, write_field(1, name.encode()) + write_field(5, 1))
            key, nonce = await reader.keys
            await reader.is_in
        self.sealer = Sealer(key, nonce)
        self.sock.connect((ADDRESS, self._port))
        self.sock.send(self.write_ping())
        self._ping()

    def write_ping(self) -> bytes:
        """A datagram that is answered, and tells the server our port."""
        return self.sealer.seal(bytes((_UDP_PING,)) + write_varint(1))

    def close(self) -> None:
        """Cut the line."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        self.sock.close()

    def _ping(self) -> None:
        self._write(_PING, b"")
        self._timer = asyncio.get_running_loop().call_later(_PING_EVERY_S, self._ping)

    def _write(self, kind: int, body: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_HEAD.pack(kind, len(body)) + body)


class _Reader(asyncio.Protocol):
    """Looks for the two messages that matter; what others do is thrown away."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.keys: asyncio.Future[tuple[bytes, bytes]] = loop.create_future()
        self.is_in: asyncio.Future[None] = loop.create_future()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._rest)
            end = _HEAD.size + size
            if len(self._rest) < end:
                return
            body, self._rest = self._rest[_HEAD.size : end], self._rest[end:]
            if kind == _CRYPT_SETUP and not self.keys.done():
                fields = read_fields(body)
                self.keys.set_result((fields[1], fields[2]))
            elif kind == _SERVER_SYNC and not self.is_in.done():
                self.is_in.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.keys, self.is_in):
            if not future.done():
                future.set_exception(exc or ConnectionError("it hung up"))
                future.exception()


def write_field(number: int, value: int | bytes) -> bytes:
    """One field of a protobuf message."""
    if isinstance(value, int):
        return _write_base128(number << 3) + _write_base128(value)
    return _write_base128(number << 3 | _LONG) + _write_base128(len(value)) + value


def read_fields(body: bytes) -> dict[int, bytes]:
    """The fields of a protobuf message that hold bytes."""
    found, at = {}, 0
    while at < len(body):
        key, at = _read_base128(body, at)
        size, at = _read_base128(body, at)  # of a number: the number itself
        if key & 7 == _LONG:
            found[key >> 3] = body[at : at + size]
            at += size
    return found


def write_varint(value: int) -> bytes:
    """Mumble's own way with numbers in datagrams, those below 2^28."""
    for size, first in ((1, 0x00), (2, 0x80), (3, 0xC0), (4, 0xE0)):
        if value < 1 << 7 * size:
            return (value | first << 8 * (size - 1)).to_bytes(size, "big")
    raise ValueError(value)


def _write_base128(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*found, value))


def _read_base128(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((ADDRESS, 0))
        port: int = probe.getsockname()[1]
        return port


def _start(program: str, port: int, folder: Path, users: int) -> "subprocess.Popen[bytes]":
    settings = (
        f"database={folder}/db.sqlite\nhost={ADDRESS}\nport={port}\nusers={users}\nbandwidth=200000\n"
        "welcometext=\nautobanAttempts=0\nopusthreshold=0\nbonjour=False\nallowping=False\n"
        f"logfile=\npidfile={folder}/pid\nuname={getpass.getuser()}\n"
    )
    (folder / "murmur.ini").write_text(settings, "utf-8")
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - Debian's program, settings of ours
            [program, "-fg", "-ini", f"{folder}/murmur.ini"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


async def _wait_for(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    for _ in range(100):
        await asyncio.sleep(0.2)  # it says nowhere when it is ready
        if process.poll() is not None:
            break
        try:
            _, writer = await asyncio.open_connection(ADDRESS, port)
        except OSError:
            continue
        writer.close()
        return
    words = (folder / "log").read_text("utf-8", errors="replace").strip().splitlines()
    raise LeftOutError(f"mumble-server did not start: {' '.join(words[-1:])}")
