"""Drives load.c: hands sockets and packets over, lets voices speak for a turn, reads what was heard."""

import asyncio
import os
import select
import socket
import struct
import subprocess
from collections.abc import Iterable, Sequence
from enum import IntEnum
from types import TracebackType
from typing import Final, Self

import msgspec

from tests.bench.compiled import compiled
from tests.bench.machine import LOAD_CORE, pin

INTERVAL_US: Final = 20_000
WARM: Final = 25  # packets of each voice: until then it may be taking its slot
SETTLE_MS: Final = 150
DRAIN_US: Final = 8_000
_CHUNK_BYTES: Final = 60_000
_ANSWER_WITHIN_S: Final = 120.0


class Kind(IntEnum):
    """What comes in on a socket."""

    RTP = 0
    COUNTED = 1
    STREAM = 2


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What load.c says of one turn. Delays are from the send to the kernel's receive stamp.

    Attributes:
        said: packets that the voices sent.
        received: what came, at voices too, from the first packet on.
        expected, heard: packets for listeners, and of it what came, without each voice's first ones.
        counted: packets whose delay is known.
        strange: packets that no voice can have sent.
        refused: what the kernel did not take.
        dropped: what the load's own sockets had no room for: must be 0.
        cut: connections that ended.
        late_max_ms: how late the load was with a packet at worst.
        load_cpu_s, wall_s: of the load itself.
    """

    said: int
    received: int
    expected: int
    heard: int
    counted: int
    strange: int
    refused: int
    dropped: int
    cut: int
    pings: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    late_max_ms: float
    load_cpu_s: float
    wall_s: float

    @property
    def lost_part(self) -> float:
        """How much of what listeners should have heard did not come."""
        return max(0, self.expected - self.heard) / max(1, self.expected)


class Load:
    """The running program. A context manager; ends with it."""

    def __init__(self, *, core: int | None = LOAD_CORE) -> None:
        program = compiled("load")
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._process = subprocess.Popen([program, str(theirs.fileno())], pass_fds=[theirs.fileno()])  # noqa: S603
        theirs.close()
        if core is not None:
            pin(self._process.pid, core)
        self.members = self.voices = 0

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait()

    def add(
        self,
        sock: socket.socket,
        kind: Kind,
        group: int = 0,
        first_len: int = 0,
        repeated: Sequence[bytes] = (),
        pwd: bytes = b"",
    ) -> int:
        """Give a member's socket away, with its consent check and its reports; return the member's number.

        Args:
            sock: is closed here.
            kind: what comes in on it.
            group: which voices it hears.
            first_len: length of the first voice's payload and tag in bytes.
            repeated: the consent check, then reports, sent once each.
            pwd: what each consent check is signed with, each a new one; without it the same is sent again.
        """
        body = struct.pack("<cBIIB", b"M", kind, group, first_len, len(repeated)) + _blobs([*repeated, pwd])
        socket.send_fds(self._socket, [body], [sock.fileno()])
        sock.close()
        self.members += 1
        return self.members - 1

    def add_voice(self, member: int) -> int:
        """Let a member be the next voice of its group; return the voice's number."""
        self._socket.send(struct.pack("<cI", b"V", member))
        self.voices += 1
        return self.voices - 1

    def prepare(self, voice: int, packets: Iterable[bytes]) -> None:
        """What a voice says in the next turn."""
        head = struct.pack("<cI", b"P", voice)
        chunk = bytearray(head)
        for packet in packets:
            if len(chunk) + len(packet) > _CHUNK_BYTES:
                self._socket.send(chunk)
                chunk = bytearray(head)
            chunk += struct.pack("<H", len(packet)) + packet
        self._socket.send(chunk)

    def begin(
        self,
        seconds: float,
        *,
        interval_us: int = INTERVAL_US,
        warm: int = WARM,
        settle_ms: int = SETTLE_MS,
        drain_us: int = DRAIN_US,
    ) -> None:
        """Let a turn begin, and return when it counts; its end is told by `end`."""
        self._socket.send(
            struct.pack("<cIIIII", b"T", interval_us, warm, round(seconds * 1_000), settle_ms, drain_us)
        )
        self._answer()

    def stop(self) -> None:
        """End the turn now; what has been sent to the load's sockets is still counted."""
        self._socket.send(b"E")

    async def end(self) -> Heard:
        """Wait for the turn's end."""
        loop = asyncio.get_running_loop()
        is_there = asyncio.Event()
        loop.add_reader(self._socket.fileno(), is_there.set)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await is_there.wait()
        finally:
            loop.remove_reader(self._socket.fileno())
        return msgspec.json.decode(self._answer(), type=Heard)

    def _answer(self) -> bytes:
        if not select.select([self._socket], [], [], _ANSWER_WITHIN_S)[0]:
            raise RuntimeError("the load does not answer")
        text = self._socket.recv(65_536)
        if not text:
            raise RuntimeError(f"the load has ended with {self._process.wait()}")
        return text

    def forget(self) -> None:
        """Close all members' sockets."""
        self._socket.send(b"F")
        self._answer()
        self.members = self.voices = 0


def _blobs(parts: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack("<H", len(part)) + part for part in parts)


def set_own_core() -> None:
    """Leave the server's core to the server, for this process and its children."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})
