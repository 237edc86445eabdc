"""The C floor as a service: c_floor.c sends to as many sockets as a server would have listeners."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Sequence
from typing import Final

from tests.bench.compiled import compiled
from tests.bench.load import Kind, Load
from tests.bench.machine import SERVER_CORE, cpu_ns_of, pin
from tests.bench.services import PACKETS_PER_S, Grown, Service, Shape, Turn

SETTLE_MS: Final = 20_000  # at most: it says when it is done


class CFloor(Service):
    """AES-128-GCM and sendmmsg, nothing else."""

    name = "C floor"

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self._program = compiled("c_floor", "crypto")
        self.version = _openssl_version()
        self.load = Load()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pids(self) -> Sequence[int]:
        return [self._process.pid] if self._process is not None else []

    @property
    def load_pids(self) -> Sequence[int]:
        return [self.load.pid]

    async def grow(self, size: int) -> Grown:
        """Start anew with so many sockets."""
        self._end()
        self.load.forget()
        ports = []
        for _ in range(self.shape.hearing(size)):
            sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sink.bind(("127.0.0.1", 0))
            ports.append(sink.getsockname()[1])
            self.load.add(sink, Kind.COUNTED)
        room = self.shape.listeners and self.shape.listeners + self.shape.voices - 1
        self._process = self._start(self.shape.voices, room)
        self._tell(" ".join(map(str, ports)))
        self.size = size
        return Grown(joins=0, cpu_ms=0.0, per_s=0.0, kib=0.0)

    async def speak(self, seconds: float) -> Turn:
        assert self._process is not None
        assert self._process.stdout is not None
        before_ns, begin_s = cpu_ns_of(self.pids), time.monotonic()
        self.load.begin(seconds, settle_ms=SETTLE_MS)
        self._tell(str(round(seconds * PACKETS_PER_S)))
        sent = int(await asyncio.to_thread(self._process.stdout.readline))
        cpu_ns, took_s = cpu_ns_of(self.pids) - before_ns, time.monotonic() - begin_s
        self.load.stop()
        heard = await self.load.end()
        return Turn(
            heard=heard,
            cpu_ns=cpu_ns,
            seconds=took_s,
            wanted=sent,
        )

    async def close(self) -> None:
        self._end()
        self.load.__exit__(None, None, None)

    def _start(self, voices: int, room: int) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(  # noqa: S603 - our own program
            [self._program, str(voices), str(room)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        pin(process.pid, SERVER_CORE)
        return process

    def _tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process = None


def _openssl_version() -> str:
    found = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False)  # noqa: S607
    return " ".join(found.stdout.split()[:2])
