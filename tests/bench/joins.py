"""CPU time and memory of one join: offer, answer, checks, handshake, keys, all through the media plane.

The browsers' side runs in a process of its own and is not counted. CPU time is user and system time of this
process over the whole run, offer text and the plane's own tick included; memory is the growth of the resident
set per peer that stays.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import platform
import socket
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

from aioice import stun

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.media.dtls_seam import Certificate, DtlsSeam
from server.media.plane import MediaPlane
from server.media.settings import MediaSettings
from signaling.from_browser import AnswerMedia, Fingerprint

SUMMARY = "CPU time and memory per join"
WARM_UP_JOINS: Final = 10
ROOM: Final = RoomSlug("bench")
RETRY_S: Final = 0.25  # of a check that was not answered

Job = tuple[int, str]
"""The port and the offer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--joins", type=int, default=300, metavar="N")
    parser.add_argument("--at-once", type=int, nargs="+", default=[10, 300], metavar="N")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    rows = [_measure_apart(arguments.joins, at_once) for at_once in arguments.at_once]
    return {
        "measurement": "joins",
        "joins": arguments.joins,
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        "rows": rows,
    }


def write_table(report: dict[str, Any]) -> str:
    lines = [
        f"{report['measurement']}: {report['joins']} joins, load {report['load_1min']}",
        "at once   CPU ms/join   joins/s/core   KiB/peer   wall s   p50 ms   p99 ms   connected",
    ]
    lines.extend(
        f"{row['at_once']:7}   {row['cpu_ms']:11.2f}   {1_000 / row['cpu_ms']:12.0f}   {row['kib']:8.0f}   "
        f"{row['wall_s']:6.2f}   {row['p50_ms']:6.0f}   {row['p99_ms']:6.0f}   {row['connected']:9}"
        for row in report["rows"]
    )
    return "\n".join(lines)


def _measure_apart(joins: int, at_once: int) -> dict[str, Any]:
    """Measure one row in a fresh process, so that memory is not what an earlier row has left."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as server:
        return server.submit(_measure_warm, joins, at_once).result()


def _measure_warm(joins: int, at_once: int) -> dict[str, Any]:
    asyncio.run(_measure(WARM_UP_JOINS, WARM_UP_JOINS))  # the first ones pay for imports and caches
    return asyncio.run(_measure(joins, at_once))


async def _measure(joins: int, at_once: int) -> dict[str, Any]:
    spawn = multiprocessing.get_context("spawn")
    settings = MediaSettings(udp_host4="127.0.0.1", udp_host6="")
    with ProcessPoolExecutor(1, mp_context=spawn) as browsers:
        fingerprint = browsers.submit(_certificate_print).result()
        async with MediaPlane(settings, SystemClock()) as plane:
            gc.collect()
            rss_before, cpu_before = _resident_kib(), time.process_time()
            jobs = [_open(plane, voice_id, fingerprint) for voice_id in range(joins)]
            latencies_ms = browsers.submit(_connect_all, jobs, at_once)
            begin = time.monotonic()
            found = sorted(await asyncio.wrap_future(latencies_ms))
            wall_s = time.monotonic() - begin
            cpu_s = time.process_time() - cpu_before
            gc.collect()
            kib = (_resident_kib() - rss_before) / joins
            return {
                "at_once": at_once,
                "cpu_ms": cpu_s * 1_000 / joins,
                "kib": kib,
                "wall_s": wall_s,
                "p50_ms": found[len(found) // 2],
                "p99_ms": found[int(len(found) * 0.99)],
                "connected": plane.counts().joins,
            }


def _open(plane: MediaPlane, voice_id: int, fingerprint: str) -> Job:
    offer = plane.open_peer(ROOM, voice_id)
    prints = (Fingerprint(algorithm="sha-256", value=fingerprint),)
    refusal = plane.accept_answer(
        ROOM, voice_id, AnswerMedia(peer_id=offer.peer_id, fingerprints=prints, setup="active")
    )
    assert refusal is None
    return plane.port_number, offer.sdp


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_024


# --- the browsers' process --------------------------------------------------------------------

_CERTIFICATES: Final[list[Certificate]] = []


def _certificate_print() -> str:
    _CERTIFICATES.append(Certificate.generateCertificate())
    return _CERTIFICATES[0].sha256


def _connect_all(jobs: list[Job], at_once: int) -> list[float]:
    return asyncio.run(_connect_limited(jobs, at_once))


async def _connect_limited(jobs: list[Job], at_once: int) -> list[float]:
    room = asyncio.Semaphore(at_once)

    async def connect(job: Job) -> float:
        async with room:
            return await _Browser(*job).connect()

    return await asyncio.gather(*(connect(job) for job in jobs))


class _Browser:
    """One socket that checks, shakes hands and stays silent."""

    def __init__(self, port: int, sdp: str) -> None:
        lines = dict(
            line.split(":", 1) for line in sdp.split("\r\n") if line.startswith("a=") and ":" in line
        )
        self._ufrag, self._pwd = lines["a=ice-ufrag"], lines["a=ice-pwd"]
        self._print = lines["a=fingerprint"].removeprefix("sha-256 ")
        self._answered = asyncio.Event()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)  # noqa: FBT003 - the library's signature
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)
        self._seam = DtlsSeam(_CERTIFICATES[0], "client", self._socket.send, lambda: None)

    def _read(self) -> None:
        datagram = self._socket.recv(2_048)
        if datagram[0] < 4:  # STUN
            self._answered.set()
        else:
            self._seam.feed(datagram)

    async def connect(self) -> float:
        begin = time.perf_counter()
        while not self._answered.is_set():
            self._socket.send(self._write_check())
            try:
                async with asyncio.timeout(RETRY_S):
                    await self._answered.wait()
            except TimeoutError:
                continue
        assert await self._seam.shake_hands([("sha-256", self._print)]) is not None
        return (time.perf_counter() - begin) * 1_000

    def _write_check(self) -> bytes:
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes.update({"USERNAME": f"{self._ufrag}:browser", "PRIORITY": 1})
        message.attributes.update({"ICE-CONTROLLING": 1, "USE-CANDIDATE": None})
        message.add_message_integrity(self._pwd.encode("ascii"))
        return bytes(message)
